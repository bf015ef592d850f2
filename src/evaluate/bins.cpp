#include "evaluate/bins.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <string>

namespace pellucid {
namespace {

constexpr std::array<std::pair<std::string_view, Bins>, 3> kBins = {
    {{"eraser", Bins::eraser}, {"deciles", Bins::deciles}, {"curve", Bins::curve}}};

}  // namespace

Result<Bins> bins_from_name(std::string_view name) {
  const auto found = std::ranges::find(kBins, name, [](const auto& pair) { return pair.first; });
  if (found != kBins.end()) return found->second;
  return fail(ErrorCode::usage, "expected bins: one of eraser, deciles, curve; found '" + std::string(name) + "'",
              "--bins");
}

std::string_view name_of(Bins bins) {
  return std::ranges::find(kBins, bins, [](const auto& pair) { return pair.second; })->first;
}

std::vector<std::size_t> bin_counts(Bins bins, std::size_t n) {
  std::vector<std::size_t> counts;
  if (bins == Bins::curve) {
    counts.resize(n);
    std::iota(counts.begin(), counts.end(), std::size_t{1});
    return counts;
  }
  static constexpr std::array<std::size_t, 5> kEraser = {1, 5, 10, 20, 50};
  static constexpr std::array<std::size_t, 10> kDeciles = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100};
  const std::span<const std::size_t> percents =
      bins == Bins::eraser ? std::span<const std::size_t>(kEraser) : std::span<const std::size_t>(kDeciles);
  for (const std::size_t percent : percents) counts.push_back(std::max<std::size_t>(1, (percent * n + 99) / 100));
  return counts;
}

}  // namespace pellucid
