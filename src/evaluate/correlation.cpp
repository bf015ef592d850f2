#include "evaluate/correlation.h"

#include <algorithm>
#include <cmath>

#include "evaluate/ranking.h"

namespace pellucid {
namespace {

int sign(double value) {
  return (value > 0) - (value < 0);
}

}  // namespace

std::vector<double> mean_ranks(std::span<const double> values) {
  const std::vector<std::size_t> order = order_of({values.begin(), values.end()});
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    do ++end;
    while (end < order.size() && values[order[end]] == values[order[begin]]);
    for (std::size_t r = begin; r < end; ++r) ranks[order[r]] = static_cast<double>(begin + end + 1) / 2;
  }
  return ranks;
}

double kendall_tau(std::span<const double> a, std::span<const double> b) {
  double balance = 0;
  double untied_a = 0;
  double untied_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = i + 1; j < a.size(); ++j) {
      const int in_a = sign(a[i] - a[j]);
      const int in_b = sign(b[i] - b[j]);
      balance += in_a * in_b;
      untied_a += in_a * in_a;
      untied_b += in_b * in_b;
    }
  }
  if (untied_a == 0 || untied_b == 0) return untied_a == untied_b ? 1 : 0;
  return balance / std::sqrt(untied_a * untied_b);
}

double spearman(std::span<const double> a, std::span<const double> b) {
  const std::vector<double> ranks_a = mean_ranks(a);
  const std::vector<double> ranks_b = mean_ranks(b);
  const double mean = (static_cast<double>(a.size()) + 1) / 2;
  double covariance = 0;
  double variance_a = 0;
  double variance_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    covariance += (ranks_a[i] - mean) * (ranks_b[i] - mean);
    variance_a += (ranks_a[i] - mean) * (ranks_a[i] - mean);
    variance_b += (ranks_b[i] - mean) * (ranks_b[i] - mean);
  }
  if (variance_a == 0 || variance_b == 0) return variance_a == variance_b ? 1 : 0;
  return covariance / std::sqrt(variance_a * variance_b);
}

double top_overlap(std::span<const double> a, std::span<const double> b, std::size_t k) {
  k = std::min(k, a.size());
  if (k == 0) return 1;
  const std::vector<bool> in_a = only_first(order_of({a.begin(), a.end()}), k);
  const std::vector<bool> in_b = only_first(order_of({b.begin(), b.end()}), k);
  std::size_t both = 0;
  for (std::size_t u = 0; u < a.size(); ++u) both += in_a[u] && in_b[u];
  return static_cast<double>(both) / static_cast<double>(k);
}

}  // namespace pellucid
