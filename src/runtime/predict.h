// Logits of many texts, in packed batches.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "data/example.h"
#include "runtime/classifier.h"

namespace pellucid {

// Token ids of each text -> logits [N, C]. At most `batch_tokens` a batch (a longer text is a batch of its own).
std::vector<float> predict(Classifier& classifier, std::span<const std::vector<std::int32_t>> texts,
                           std::size_t batch_tokens);

struct TextPredictions {
  std::vector<float> logits;         // [N, C], finite
  std::vector<std::size_t> dropped;  // [N] pieces beyond max_length, which are not read
  double seconds = 0;                // of predicting alone, after tokenising
};

// The same of texts as they are read from files, a chunk at a time, so that an interrupt is noticed: `progress` gets
// the number of texts finished with each call; returning false ends with Error{interrupted}.
Result<TextPredictions> predict_examples(Classifier& classifier, std::span<const Example> texts,
                                         const std::function<bool(std::size_t)>& progress = {});

}  // namespace pellucid
