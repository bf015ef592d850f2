#include "data/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "data/random.h"

namespace pellucid {

Split stratified_split(std::span<const std::int32_t> labels, double fraction, std::uint64_t seed) {
  std::map<std::int32_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < labels.size(); ++i) members[labels[i]].push_back(i);

  Split split;
  for (auto& [label, indices] : members) {
    // A stream a class: the choice within one class does not depend on the others.
    SplitMix64 random(seed, static_cast<std::uint64_t>(label));
    random.shuffle(std::span(indices));
    const std::size_t size = indices.size();
    std::size_t held_out = 0;
    if (size >= 2 && fraction > 0) {
      const double wanted = std::round(fraction * static_cast<double>(size));
      held_out = static_cast<std::size_t>(std::clamp(wanted, 1.0, static_cast<double>(size - 1)));
    }
    const auto border = indices.begin() + static_cast<std::ptrdiff_t>(held_out);
    split.held_out.insert(split.held_out.end(), indices.begin(), border);
    split.train.insert(split.train.end(), border, indices.end());
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.held_out.begin(), split.held_out.end());
  return split;
}

std::vector<std::size_t> draw(std::size_t n, std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> drawn(n);
  std::iota(drawn.begin(), drawn.end(), std::size_t{0});
  SplitMix64(seed).shuffle(std::span(drawn));
  drawn.resize(std::min(n, count));
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

}  // namespace pellucid
