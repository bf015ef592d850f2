#include "evaluate/ranking.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace pellucid {

std::vector<std::size_t> order_of(std::span<const double> scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t u) { return scores[u]; });
  return order;
}

std::vector<bool> only_first(const std::vector<std::size_t>& order, std::size_t k) {
  std::vector<bool> keep(order.size(), false);
  for (std::size_t r = 0; r < k; ++r) keep[order[r]] = true;
  return keep;
}

std::vector<bool> without_first(const std::vector<std::size_t>& order, std::size_t k) {
  std::vector<bool> keep = only_first(order, k);
  keep.flip();
  return keep;
}

}  // namespace pellucid
