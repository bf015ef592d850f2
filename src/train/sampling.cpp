#include "train/sampling.h"

#include <map>

#include "data/packing.h"
#include "data/random.h"

namespace pellucid::train {

std::vector<std::size_t> balanced_sample(std::span<const std::int32_t> labels, std::uint64_t seed,
                                         std::uint64_t epoch) {
  std::map<std::int32_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < labels.size(); ++i) members[labels[i]].push_back(i);
  SplitMix64 random(seed, epoch);
  std::vector<std::size_t> sample;
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

std::vector<std::vector<std::size_t>> epoch_batches(std::span<const std::size_t> lengths,
                                                    std::span<const std::int32_t> labels, bool balanced,
                                                    std::size_t token_budget, std::uint64_t seed, std::uint64_t epoch) {
  if (!balanced) return shuffled_batches(lengths, token_budget, seed, epoch);
  const std::vector<std::size_t> sample = balanced_sample(labels, seed, epoch);
  std::vector<std::size_t> drawn_lengths;
  for (const std::size_t text : sample) drawn_lengths.push_back(lengths[text]);
  std::vector<std::vector<std::size_t>> groups = shuffled_batches(drawn_lengths, token_budget, seed, epoch);
  for (std::vector<std::size_t>& group : groups) {
    for (std::size_t& text : group) text = sample[text];
  }
  return groups;
}

}  // namespace pellucid::train
