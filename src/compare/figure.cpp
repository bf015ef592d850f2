#include "compare/figure.h"

#include <algorithm>
#include <cmath>

namespace pellucid::compare {
namespace {

using Counts = std::vector<std::vector<std::size_t>>;

std::vector<double> mean_over_seeds(std::span<const std::vector<double>> values) {
  std::vector<double> means(values.front().size(), 0);
  for (const std::vector<double>& one : values) {
    for (std::size_t i = 0; i < means.size(); ++i) means[i] += one[i] / static_cast<double>(values.size());
  }
  return means;
}

}  // namespace

std::optional<double> spread_of(std::span<const double> of_seeds) {
  if (of_seeds.size() < kLeastSeeds) return std::nullopt;
  const double centre = mean(of_seeds);
  double squares = 0;
  for (const double one : of_seeds) squares += (one - centre) * (one - centre);
  return std::sqrt(squares / static_cast<double>(of_seeds.size() - 1));
}

Figure figure_of(std::span<const std::vector<double>> values, std::uint64_t seed) {
  Figure figure;
  for (const std::vector<double>& one : values) figure.of_seeds.push_back(mean(one));
  figure.value = mean(figure.of_seeds);
  figure.interval = bootstrap_mean(mean_over_seeds(values), seed);
  figure.spread = spread_of(figure.of_seeds);
  return figure;
}

std::optional<Figure> figure_of_some(std::span<const std::vector<std::optional<double>>> values, std::uint64_t seed) {
  // Those that a draw of texts has, of each seed.
  const auto means = [&](std::span<const std::size_t> texts) {
    std::vector<double> of_seeds;
    for (const auto& one : values) {
      double sum = 0;
      std::size_t n = 0;
      for (const std::size_t i : texts) {
        sum += one[i].value_or(0);
        n += one[i] ? 1 : 0;
      }
      if (n > 0) of_seeds.push_back(sum / static_cast<double>(n));
    }
    return of_seeds;
  };
  // Texts that no seed has would leave draws empty.
  std::vector<std::size_t> some;
  for (std::size_t i = 0; !values.empty() && i < values.front().size(); ++i) {
    if (std::ranges::any_of(values, [&](const auto& one) { return one[i].has_value(); })) some.push_back(i);
  }
  if (some.empty()) return std::nullopt;
  Figure figure;
  figure.of_seeds = means(some);
  figure.value = mean(figure.of_seeds);
  figure.interval = bootstrap(
      some.size(),
      [&](std::span<const std::size_t> drawn) {
        std::vector<std::size_t> texts;
        for (const std::size_t i : drawn) texts.push_back(some[i]);
        return mean(means(texts));
      },
      seed);
  figure.spread = spread_of(figure.of_seeds);
  return figure;
}

std::vector<std::vector<double>> correctness(std::span<const std::vector<std::int32_t>> predicted,
                                             std::span<const std::int32_t> gold) {
  std::vector<std::vector<double>> right;
  for (const std::vector<std::int32_t>& one : predicted) {
    std::vector<double>& row = right.emplace_back(gold.size());
    for (std::size_t i = 0; i < gold.size(); ++i) row[i] = one[i] == gold[i] ? 1 : 0;
  }
  return right;
}

Figure macro_figure(std::span<const std::vector<std::int32_t>> predicted, std::span<const std::int32_t> gold,
                    std::size_t classes, double Average::* which, std::uint64_t seed) {
  const auto macro = [&](const std::vector<std::int32_t>& one, std::span<const std::size_t> texts) {
    Counts counts(classes, std::vector<std::size_t>(classes, 0));
    for (const std::size_t i : texts) ++counts[static_cast<std::size_t>(gold[i])][static_cast<std::size_t>(one[i])];
    return metrics_of_counts(std::move(counts)).macro.*which;
  };
  std::vector<std::size_t> all(gold.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  Figure figure;
  for (const auto& one : predicted) figure.of_seeds.push_back(macro(one, all));
  figure.value = mean(figure.of_seeds);
  figure.interval = bootstrap(
      gold.size(),
      [&](std::span<const std::size_t> drawn) {
        double sum = 0;
        for (const auto& one : predicted) sum += macro(one, drawn);
        return sum / static_cast<double>(predicted.size());
      },
      seed);
  figure.spread = spread_of(figure.of_seeds);
  return figure;
}

ClassificationMetrics pooled_metrics(std::span<const std::vector<std::int32_t>> predicted,
                                     std::span<const std::int32_t> gold, std::size_t classes) {
  Counts counts(classes, std::vector<std::size_t>(classes, 0));
  for (const auto& one : predicted) {
    for (std::size_t i = 0; i < gold.size(); ++i) {
      ++counts[static_cast<std::size_t>(gold[i])][static_cast<std::size_t>(one[i])];
    }
  }
  return metrics_of_counts(std::move(counts));
}

double paired_test(std::span<const std::vector<double>> system, std::span<const std::vector<double>> reference,
                   std::uint64_t seed) {
  std::vector<double> differences = mean_over_seeds(system);
  const std::vector<double> other = mean_over_seeds(reference);
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] -= other[i];
  return sign_flip_test(differences, seed);
}

double correctness_test(std::span<const std::vector<double>> system, std::span<const std::vector<double>> reference,
                        std::uint64_t seed) {
  if (system.size() > 1 || reference.size() > 1) return paired_test(system, reference, seed);
  std::size_t only_system = 0;
  std::size_t only_reference = 0;
  for (std::size_t i = 0; i < system.front().size(); ++i) {
    only_system += system.front()[i] > reference.front()[i] ? 1 : 0;
    only_reference += system.front()[i] < reference.front()[i] ? 1 : 0;
  }
  return mcnemar_exact(only_system, only_reference);
}

void add_corrected(std::span<const Test> tests) {
  std::vector<double> p_values;
  for (const Test& one : tests) p_values.push_back(one.p_value);
  const std::vector<double> corrected = holm(p_values);
  for (std::size_t i = 0; i < tests.size(); ++i) tests[i].figure->p_value = corrected[i];
}

}  // namespace pellucid::compare
