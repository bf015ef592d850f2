#include "study/training_texts.h"

#include <algorithm>
#include <cmath>

#include "data/random.h"
#include "data/split.h"

namespace pellucid::study {

std::vector<Example> with_minority(std::span<const Example> texts, std::string_view label, double ratio,
                                   std::uint64_t seed) {
  std::vector<std::size_t> own;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (*texts[i].label == label) own.push_back(i);
  }
  const double wanted = std::round(static_cast<double>(own.size()) / ratio);
  std::vector<bool> goes(texts.size(), false);
  for (const std::size_t i : own) goes[i] = true;
  for (const std::size_t i : draw(own.size(), std::max<std::size_t>(1, static_cast<std::size_t>(wanted)), seed)) {
    goes[own[i]] = false;
  }
  std::vector<Example> left;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!goes[i]) left.push_back(texts[i]);
  }
  return left;
}

std::vector<Example> with_label_noise(std::span<const Example> texts, const LabelSet& labels, double share,
                                      std::uint64_t seed) {
  std::vector<Example> noisy(texts.begin(), texts.end());
  const auto count = static_cast<std::size_t>(std::round(share * static_cast<double>(texts.size())));
  for (const std::size_t i : draw(texts.size(), count, seed)) {
    const auto own = static_cast<std::size_t>(*labels.index(*texts[i].label));
    const std::size_t other = SplitMix64(seed, i).below(labels.size() - 1);
    noisy[i].label = labels.name(other < own ? other : other + 1);
  }
  return noisy;
}

std::vector<Example> stratified(std::span<const Example> texts, const LabelSet& labels, std::size_t count,
                                std::uint64_t seed) {
  if (count >= texts.size()) return {texts.begin(), texts.end()};
  std::vector<std::int32_t> own;
  for (const Example& text : texts) own.push_back(*labels.index(*text.label));
  const double share = static_cast<double>(count) / static_cast<double>(texts.size());
  const std::vector<bool> chosen = held_out(own, share, seed);
  std::vector<std::size_t> sizes(labels.size());
  for (const std::int32_t label : own) ++sizes[static_cast<std::size_t>(label)];
  std::vector<Example> some;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool only_one = sizes[static_cast<std::size_t>(own[i])] == 1;  // nothing is held out of one text
    if (chosen[i] || only_one) some.push_back(texts[i]);
  }
  return some;
}

}  // namespace pellucid::study
