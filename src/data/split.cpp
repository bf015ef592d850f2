#include "data/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "data/random.h"

namespace pellucid {

std::vector<bool> held_out(std::span<const std::int32_t> labels, double fraction, std::uint64_t seed) {
  struct Class {
    std::size_t size = 0;
    std::size_t end = 0;  // of its members that are there
  };
  std::map<std::int32_t, Class> classes;
  for (const std::int32_t label : labels) ++classes[label].size;
  std::size_t before = 0;
  for (auto& [label, own] : classes) own.end = std::exchange(before, before + own.size);
  std::vector<std::uint32_t> members(labels.size());  // class after class
  for (std::size_t i = 0; i < labels.size(); ++i) members[classes[labels[i]].end++] = static_cast<std::uint32_t>(i);

  std::vector<bool> chosen(labels.size());
  for (const auto& [label, own] : classes) {
    const auto indices = std::span(members).subspan(own.end - own.size, own.size);
    // A stream a class: the choice within one class does not depend on the others.
    SplitMix64 random(seed, static_cast<std::uint64_t>(label));
    random.shuffle(indices);
    std::size_t count = 0;
    if (own.size >= 2 && fraction > 0) {
      const double wanted = std::round(fraction * static_cast<double>(own.size));
      count = static_cast<std::size_t>(std::clamp(wanted, 1.0, static_cast<double>(own.size - 1)));
    }
    for (const std::uint32_t index : indices.first(count)) chosen[index] = true;
  }
  return chosen;
}

Split stratified_split(std::span<const std::int32_t> labels, double fraction, std::uint64_t seed) {
  const std::vector<bool> chosen = held_out(labels, fraction, seed);
  Split split;
  for (std::size_t i = 0; i < labels.size(); ++i) (chosen[i] ? split.held_out : split.train).push_back(i);
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

std::vector<Example> selected(std::span<const Example> all, std::span<const std::size_t> indices) {
  std::vector<Example> some;
  some.reserve(indices.size());
  for (const std::size_t i : indices) some.push_back(all[i]);
  return some;
}

}  // namespace pellucid
