#include "data/packing.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "data/random.h"

namespace pellucid {
namespace {

// Batches' worth of tokens that are sorted together. More: lengths within a batch are closer (even
// work for every thread); fewer: batches are closer to a plain shuffle. At 32 the lengths within a
// batch differ by some 3 % of their range.
constexpr std::size_t kBatchesPerBucket = 32;

template <class Index, class Length>
void sort_by_length(std::span<Index> indices, std::span<const Length> lengths) {
  std::stable_sort(indices.begin(), indices.end(), [&](Index a, Index b) { return lengths[a] < lengths[b]; });
}

// Cuts sorted indices into full groups, [first, last) of them each; where the last, unfinished one begins.
template <class Index, class Length, class Take>
std::size_t cut(std::span<const Index> sorted, std::span<const Length> lengths, std::size_t token_budget,
                const Take& take) {
  std::size_t first = 0, tokens = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const std::size_t length = lengths[sorted[i]];
    if (i > first && (tokens > token_budget || length > token_budget - tokens)) {
      take(std::exchange(first, i), i);
      tokens = 0;
    }
    tokens += length;
  }
  return first;
}

}  // namespace

void PackedBatch::add(std::span<const std::int32_t> text_ids) {
  ids.insert(ids.end(), text_ids.begin(), text_ids.end());
  bounds.push_back(static_cast<std::int32_t>(ids.size()));
}

std::vector<std::vector<std::size_t>> batches_by_length(std::span<const std::size_t> lengths,
                                                        std::size_t token_budget) {
  std::vector<std::size_t> indices(lengths.size());
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  sort_by_length(std::span(indices), lengths);
  std::vector<std::vector<std::size_t>> groups;
  const auto take = [&](std::size_t first, std::size_t last) {
    groups.emplace_back(indices.begin() + static_cast<std::ptrdiff_t>(first),
                        indices.begin() + static_cast<std::ptrdiff_t>(last));
  };
  const std::size_t rest = cut(std::span<const std::size_t>(indices), lengths, token_budget, take);
  if (rest < indices.size()) take(rest, indices.size());
  return groups;
}

Batches shuffled_batches(std::vector<std::uint32_t> texts, std::span<const std::uint32_t> lengths,
                         std::size_t token_budget, std::uint64_t seed, std::uint64_t epoch) {
  SplitMix64 random(seed, epoch);
  Batches batches{std::move(texts), {}};
  const std::span<std::uint32_t> order(batches.texts);
  random.shuffle(order);

  // What is left of one bucket begins the next, so that one batch at most is far below the budget.
  std::size_t bucket = 0, bucket_batches = 0, batch_tokens = 0;
  const auto take = [&](std::size_t first, std::size_t last) {
    batches.runs.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last)});
  };
  const auto close_bucket = [&](std::size_t end) {
    const std::span<std::uint32_t> own = order.subspan(bucket, end - bucket);
    sort_by_length(own, lengths);
    const std::size_t begin = bucket;
    bucket += cut(std::span<const std::uint32_t>(own), lengths, token_budget,
                  [&](std::size_t first, std::size_t last) { take(begin + first, begin + last); });
  };
  for (std::size_t i = 0; i < order.size(); ++i) {
    batch_tokens += lengths[order[i]];
    if (batch_tokens < token_budget) continue;
    batch_tokens = 0;
    if (++bucket_batches < kBatchesPerBucket) continue;
    bucket_batches = 0;
    close_bucket(i + 1);
  }
  close_bucket(order.size());
  if (bucket < order.size()) take(bucket, order.size());
  random.shuffle(std::span(batches.runs));
  return batches;
}

}  // namespace pellucid
