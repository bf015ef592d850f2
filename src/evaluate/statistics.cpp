#include "evaluate/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/random.h"

namespace pellucid {
namespace {

// The share of random sign patterns whose sum is as extreme as the one observed, which counts among them.
template <class IsExtreme>
double share_of_flips(std::span<const double> differences, std::uint64_t seed, std::size_t flips,
                      const IsExtreme& is_extreme) {
  SplitMix64 random(seed);
  std::size_t as_extreme = 0;
  for (std::size_t flip = 0; flip < flips; ++flip) {
    double sum = 0;
    std::uint64_t signs = 0;
    for (std::size_t i = 0; i < differences.size(); ++i, signs >>= 1) {
      if (i % 64 == 0) signs = random.next();
      sum += (signs & 1) != 0 ? differences[i] : -differences[i];
    }
    as_extreme += is_extreme(sum) ? 1 : 0;
  }
  return static_cast<double>(as_extreme + 1) / static_cast<double>(flips + 1);
}

// Indices of p-values, the smallest first.
std::vector<std::size_t> ascending_order(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  return order;
}

}  // namespace

double mean(std::span<const double> values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double quantile(std::span<const double> ascending, double p) {
  const double at = p * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] + (at - static_cast<double>(below)) * (ascending[above] - ascending[below]);
}

std::vector<Interval> bootstrap_each(std::size_t n, std::size_t count,
                                     const std::function<std::vector<double>(std::span<const std::size_t>)>& statistics,
                                     std::uint64_t seed, std::size_t resamples) {
  std::vector<Interval> intervals(count);
  if (n == 0 || resamples == 0) return intervals;
  SplitMix64 random(seed);
  std::vector<std::size_t> drawn(n);
  std::vector<std::vector<double>> values(count);
  for (std::size_t resample = 0; resample < resamples; ++resample) {
    for (std::size_t& index : drawn) index = random.below(n);
    const std::vector<double> found = statistics(drawn);
    for (std::size_t s = 0; s < count; ++s) {
      if (!std::isnan(found[s])) values[s].push_back(found[s]);
    }
  }
  for (std::size_t s = 0; s < count; ++s) {
    if (values[s].empty()) continue;
    std::ranges::sort(values[s]);
    intervals[s] = {quantile(values[s], 0.025), quantile(values[s], 0.975)};
  }
  return intervals;
}

Interval bootstrap(std::size_t n, const std::function<double(std::span<const std::size_t>)>& statistic,
                   std::uint64_t seed, std::size_t resamples) {
  return bootstrap_each(
             n, 1, [&](std::span<const std::size_t> drawn) { return std::vector<double>{statistic(drawn)}; }, seed,
             resamples)
      .front();
}

Interval bootstrap_mean(std::span<const double> values, std::uint64_t seed, std::size_t resamples) {
  return bootstrap(
      values.size(),
      [&](std::span<const std::size_t> drawn) {
        double sum = 0;
        for (const std::size_t index : drawn) sum += values[index];
        return sum / static_cast<double>(drawn.size());
      },
      seed, resamples);
}

double sign_flip_test(std::span<const double> differences, std::uint64_t seed, std::size_t flips) {
  // Sums that are equal but for rounding count as extreme, as does what cannot be compared, NaN.
  const double observed = std::abs(std::accumulate(differences.begin(), differences.end(), 0.0)) * (1 - 1e-12);
  return share_of_flips(differences, seed, flips, [&](double sum) { return !(std::abs(sum) < observed); });
}

double sign_flip_above(std::span<const double> differences, std::uint64_t seed, std::size_t flips) {
  double size = 0;
  for (const double difference : differences) size += std::abs(difference);
  const double observed = std::accumulate(differences.begin(), differences.end(), 0.0) - 1e-12 * size;
  return share_of_flips(differences, seed, flips, [&](double sum) { return !(sum < observed); });
}

double mcnemar_exact(std::size_t only_first_right, std::size_t only_second_right) {
  const std::size_t n = only_first_right + only_second_right;
  const std::size_t fewer = std::min(only_first_right, only_second_right);
  // 2 P(X <= fewer), X binomial (n, ½), at most 1.
  double tail = 0;
  for (std::size_t k = 0; k <= fewer; ++k) {
    const auto nn = static_cast<double>(n);
    const auto kk = static_cast<double>(k);
    tail += std::exp(std::lgamma(nn + 1) - std::lgamma(kk + 1) - std::lgamma(nn - kk + 1) - nn * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

std::vector<double> holm(std::span<const double> p_values) {
  const std::vector<std::size_t> order = ascending_order(p_values);
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(order.size() - rank) * p_values[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  const std::vector<std::size_t> order = ascending_order(p_values);
  std::vector<double> adjusted(p_values.size());
  const auto tests = static_cast<double>(p_values.size());
  double smallest = 1;
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    smallest = std::min(smallest, tests / static_cast<double>(rank) * p_values[order[rank - 1]]);
    adjusted[order[rank - 1]] = smallest;
  }
  return adjusted;
}

}  // namespace pellucid
