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

// Groups of an epoch's texts: runs of one array, four bytes a text and eight a group.
struct Batches {
  struct Run {
    std::uint32_t first = 0, last = 0;
  };
  std::vector<std::uint32_t> texts;
  std::vector<Run> runs;

  std::size_t size() const { return runs.size(); }
  std::span<const std::uint32_t> operator[](std::size_t group) const {
    return std::span(texts).subspan(runs[group].first, runs[group].last - runs[group].first);
  }
};

// Groups as those of batches_by_length, with a seeded shuffle: `texts` shuffled, cut into buckets of a few batches,
// grouped by length within each bucket, groups shuffled. `texts` are indices into `lengths`; one may occur again. One
// call an epoch; the result depends on the texts and (seed, epoch) alone.
Batches shuffled_batches(std::vector<std::uint32_t> texts, std::span<const std::uint32_t> lengths,
                         std::size_t token_budget, std::uint64_t seed, std::uint64_t epoch);

}  // namespace pellucid
