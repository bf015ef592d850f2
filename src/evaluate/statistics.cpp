#include "evaluate/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/random.h"

namespace pellucid {
namespace {

// The p-quantile of sorted values, linear between the neighbours (numpy's default).
double quantile(std::span<const double> sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

double mean(std::span<const double> values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Interval bootstrap(std::size_t n, const std::function<double(std::span<const std::size_t>)>& statistic,
                   std::uint64_t seed, std::size_t resamples) {
  if (n == 0 || resamples == 0) return {};
  SplitMix64 random(seed);
  std::vector<std::size_t> drawn(n);
  std::vector<double> values(resamples);
  for (double& value : values) {
    for (std::size_t& index : drawn) index = random.below(n);
    value = statistic(drawn);
  }
  std::ranges::sort(values);
  return {quantile(values, 0.025), quantile(values, 0.975)};
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
  const double observed = std::abs(std::accumulate(differences.begin(), differences.end(), 0.0));
  SplitMix64 random(seed);
  std::size_t as_extreme = 0;
  for (std::size_t flip = 0; flip < flips; ++flip) {
    double sum = 0;
    std::uint64_t signs = 0;
    for (std::size_t i = 0; i < differences.size(); ++i, signs >>= 1) {
      if (i % 64 == 0) signs = random.next();
      sum += (signs & 1) != 0 ? differences[i] : -differences[i];
    }
    // Sums that are equal but for rounding count as extreme.
    as_extreme += std::abs(sum) >= observed * (1 - 1e-12);
  }
  return static_cast<double>(as_extreme + 1) / static_cast<double>(flips + 1);
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
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(order.size() - rank) * p_values[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

}  // namespace pellucid
