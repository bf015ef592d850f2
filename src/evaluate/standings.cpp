#include "evaluate/standings.h"

#include <algorithm>
#include <functional>

namespace pellucid {

std::vector<Standing> standings(std::span<const std::vector<double>> values, Better better, std::uint64_t seed) {
  std::vector<Standing> found;
  for (std::size_t m = 0; m < values.size(); ++m) {
    found.push_back({.method = m, .value = mean(values[m]), .interval = bootstrap_mean(values[m], seed)});
  }
  const double sign = better == Better::higher ? 1 : -1;
  std::ranges::stable_sort(found, std::greater(), [&](const Standing& one) { return sign * one.value; });
  std::vector<double> p_values;
  for (std::size_t place = 1; place < found.size(); ++place) {
    const std::vector<double>& best = values[found.front().method];
    std::vector<double> differences(best.size());
    std::ranges::transform(best, values[found[place].method], differences.begin(), std::minus());
    p_values.push_back(sign_flip_test(differences, seed));
  }
  const std::vector<double> corrected = holm(p_values);
  for (std::size_t i = 0; i < corrected.size(); ++i) found[i + 1].p_value = corrected[i];
  return found;
}

}  // namespace pellucid
