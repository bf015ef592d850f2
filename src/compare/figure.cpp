#include "compare/figure.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

namespace pellucid::compare {
namespace {

using OfSeeds = std::vector<std::optional<double>>;

std::vector<double> mean_over_seeds(std::span<const std::vector<double>> values) {
  std::vector<double> means(values.front().size(), 0);
  for (const std::vector<double>& one : values) {
    for (std::size_t i = 0; i < means.size(); ++i) means[i] += one[i] / static_cast<double>(values.size());
  }
  return means;
}

std::vector<double> those_there(std::span<const std::optional<double>> values) {
  std::vector<double> there;
  for (const std::optional<double>& one : values) {
    if (one) there.push_back(*one);
  }
  return there;
}

std::vector<std::size_t> all_texts(std::size_t n) {
  std::vector<std::size_t> texts(n);
  std::iota(texts.begin(), texts.end(), std::size_t{0});
  return texts;
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

Statistic mean_of_some(std::vector<std::vector<std::optional<double>>> values) {
  Statistic statistic;
  for (std::size_t i = 0; !values.empty() && i < values.front().size(); ++i) {
    if (std::ranges::any_of(values, [&](const auto& one) { return one[i].has_value(); })) statistic.texts.push_back(i);
  }
  statistic.of_seeds = [values = std::move(values)](std::span<const std::size_t> texts) {
    OfSeeds means;
    for (const auto& one : values) {
      double sum = 0;
      std::size_t n = 0;
      for (const std::size_t i : texts) {
        sum += one[i].value_or(0);
        n += one[i] ? 1 : 0;
      }
      means.push_back(n > 0 ? std::optional(sum / static_cast<double>(n)) : std::nullopt);
    }
    return means;
  };
  return statistic;
}

Statistic macro_average(std::vector<std::vector<std::int32_t>> predicted, std::span<const std::int32_t> gold,
                        std::size_t classes, double Average::* which) {
  Statistic statistic{.texts = all_texts(gold.size()), .of_seeds = {}};
  std::vector<ClassificationMetrics> whole;
  for (const std::vector<std::int32_t>& one : predicted) {
    whole.push_back(metrics_of_counts(confusion_of(statistic.texts, one, gold, classes)));
  }
  statistic.of_seeds = [=, whole = std::move(whole), predicted = std::move(predicted)](auto texts) {
    OfSeeds averages;
    for (std::size_t s = 0; s < predicted.size(); ++s) {
      const ClassificationMetrics drawn = metrics_of_counts(confusion_of(texts, predicted[s], gold, classes));
      averages.emplace_back(macro_of_resample(drawn, whole[s]).*which);
    }
    return averages;
  };
  return statistic;
}

Statistic averaged(Statistic statistic, std::size_t together) {
  statistic.of_seeds = [of_seeds = std::move(statistic.of_seeds), together](std::span<const std::size_t> texts) {
    const OfSeeds all = of_seeds(texts);
    OfSeeds means;
    for (std::size_t i = 0; i < all.size(); i += together) {
      const std::vector<double> own = those_there(std::span(all).subspan(i, std::min(together, all.size() - i)));
      means.push_back(own.empty() ? std::nullopt : std::optional(mean(own)));
    }
    return means;
  };
  return statistic;
}

Statistic difference(Statistic one, Statistic other) {
  Statistic statistic;
  std::ranges::set_union(one.texts, other.texts, std::back_inserter(statistic.texts));
  statistic.of_seeds = [one = std::move(one.of_seeds), other = std::move(other.of_seeds)](auto texts) {
    OfSeeds differences = one(texts);
    const OfSeeds others = other(texts);
    for (std::size_t s = 0; s < differences.size(); ++s) {
      const std::size_t own = others.size() == 1 ? 0 : s;
      if (differences[s] && others[own]) {
        *differences[s] -= *others[own];
      } else {
        differences[s].reset();
      }
    }
    return differences;
  };
  return statistic;
}

std::optional<Figure> figure_of(const Statistic& statistic, std::uint64_t seed) {
  Figure figure;
  figure.of_seeds = those_there(statistic.of_seeds(statistic.texts));
  if (figure.of_seeds.empty()) return std::nullopt;
  figure.value = mean(figure.of_seeds);
  figure.interval = bootstrap(
      statistic.texts.size(),
      [&](std::span<const std::size_t> drawn) {
        std::vector<std::size_t> texts;
        texts.reserve(drawn.size());
        for (const std::size_t i : drawn) texts.push_back(statistic.texts[i]);
        const std::vector<double> of_seeds = those_there(statistic.of_seeds(texts));
        return of_seeds.empty() ? std::nan("") : mean(of_seeds);
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

ClassificationMetrics pooled_metrics(std::span<const std::vector<std::int32_t>> predicted,
                                     std::span<const std::int32_t> gold, std::size_t classes) {
  std::vector<std::int32_t> of_all_seeds;
  std::vector<std::int32_t> gold_of_all;
  for (const auto& one : predicted) {
    of_all_seeds.insert(of_all_seeds.end(), one.begin(), one.end());
    gold_of_all.insert(gold_of_all.end(), gold.begin(), gold.end());
  }
  return metrics_of_counts(confusion_of(all_texts(gold_of_all.size()), of_all_seeds, gold_of_all, classes));
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
