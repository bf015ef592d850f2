#include "train/sampling.h"

#include <map>
#include <numeric>
#include <utility>

#include "data/random.h"

namespace pellucid::train {

std::vector<std::uint32_t> balanced_sample(std::span<const std::int32_t> labels, std::uint64_t seed,
                                           std::uint64_t epoch) {
  std::map<std::int32_t, std::vector<std::uint32_t>> members;
  for (std::size_t i = 0; i < labels.size(); ++i) members[labels[i]].push_back(static_cast<std::uint32_t>(i));
  SplitMix64 random(seed, epoch);
  std::vector<std::uint32_t> sample;
  sample.reserve(labels.size());
  std::size_t classes_left = members.size();
  for (auto& [label, texts] : members) {
    const std::size_t count = (labels.size() - sample.size()) / classes_left--;
    for (std::size_t i = 0; i < count; ++i) {
      if (i % texts.size() == 0) random.shuffle(std::span(texts));
      sample.push_back(texts[i % texts.size()]);
    }
  }
  return sample;
}

Batches epoch_batches(std::span<const std::uint32_t> lengths, std::span<const std::int32_t> labels, bool balanced,
                      std::size_t token_budget, std::uint64_t seed, std::uint64_t epoch) {
  if (balanced) return shuffled_batches(balanced_sample(labels, seed, epoch), lengths, token_budget, seed, epoch);
  std::vector<std::uint32_t> all(lengths.size());
  std::iota(all.begin(), all.end(), std::uint32_t{0});
  return shuffled_batches(std::move(all), lengths, token_budget, seed, epoch);
}

}  // namespace pellucid::train
