// Training texts that a study changes. Choices are seeded; what a larger share changes or a smaller size leaves out, a
// smaller share and a larger size do alike, so that neighbouring values differ in the factor alone.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "data/example.h"

namespace pellucid::study {

// Of one label n / ratio texts are left, rounded, one at least; of the others all. In their order.
std::vector<Example> with_minority(std::span<const Example> texts, std::string_view label, double ratio,
                                   std::uint64_t seed);

// `share` of the texts, rounded, get another label than their own, each other one equally likely.
std::vector<Example> with_label_noise(std::span<const Example> texts, const LabelSet& labels, double share,
                                      std::uint64_t seed);

// About `count` texts (labels are rounded one by one), labels as they are distributed. In their order.
std::vector<Example> stratified(std::span<const Example> texts, const LabelSet& labels, std::size_t count,
                                std::uint64_t seed);

}  // namespace pellucid::study
