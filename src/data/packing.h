// The packed batch: token ids of all texts one after another, with text boundaries. Nothing is
// padded, so no result can depend on who shares the batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/tokenizer.h"

namespace pellucid {

struct PackedBatch {
  std::vector<std::int32_t> ids;        // [T]
  std::vector<std::int32_t> bounds{0};  // [B + 1] cumulative lengths; bounds[0] = 0, bounds[B] = T

  std::size_t texts() const { return bounds.size() - 1; }
  std::size_t tokens() const { return ids.size(); }
  void add(std::span<const std::int32_t> text_ids);
};

// Groups of indices into `lengths`, each group sorted by length and at most `token_budget` tokens
// (a longer text makes a group of its own). Every index appears once. For prediction.
std::vector<std::vector<std::size_t>> batches_by_length(std::span<const std::size_t> lengths, std::size_t token_budget);

// The same with a seeded shuffle: indices shuffled, cut into buckets of a few batches, grouped by
// length within each bucket, groups shuffled. One call an epoch; the result depends on (seed, epoch) alone.
std::vector<std::vector<std::size_t>> shuffled_batches(std::span<const std::size_t> lengths, std::size_t token_budget,
                                                       std::uint64_t seed, std::uint64_t epoch);

}  // namespace pellucid
