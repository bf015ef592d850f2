// Logits of many texts, in packed batches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/classifier.h"

namespace pellucid {

// Token ids of each text -> logits [N, C]. At most `batch_tokens` a batch (a longer text is a batch of its own).
std::vector<float> predict(Classifier& classifier, std::span<const std::vector<std::int32_t>> texts,
                           std::size_t batch_tokens);

}  // namespace pellucid
