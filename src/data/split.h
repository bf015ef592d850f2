// Seeded choices among texts: a stratified hold-out split, for training without a validation file, and a draw.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/example.h"

namespace pellucid {

struct Split {
  std::vector<std::size_t> train;     // ascending
  std::vector<std::size_t> held_out;  // ascending
};

// Whether each text is held out: `fraction` of each class (rounded; at least 1 where the class has >= 2 texts, never
// all of it). Four bytes a text on the way.
std::vector<bool> held_out(std::span<const std::int32_t> labels, double fraction, std::uint64_t seed);

// The same as indices.
Split stratified_split(std::span<const std::int32_t> labels, double fraction, std::uint64_t seed);

// `count` of `n` indices, or all where there are fewer; ascending.
std::vector<std::size_t> draw(std::size_t n, std::size_t count, std::uint64_t seed);

// Those at `indices`, in their order.
std::vector<Example> selected(std::span<const Example> all, std::span<const std::size_t> indices);

}  // namespace pellucid
