#include "runtime/predict.h"

#include <algorithm>

namespace pellucid {

std::vector<float> predict(Classifier& classifier, std::span<const std::vector<std::int32_t>> texts,
                           std::size_t batch_tokens) {
  const std::size_t classes = classifier.labels().size();
  std::vector<std::size_t> lengths;
  for (const auto& ids : texts) lengths.push_back(ids.size());
  std::vector<float> all(texts.size() * classes);
  for (const std::vector<std::size_t>& group : batches_by_length(lengths, batch_tokens)) {
    PackedBatch batch;
    for (const std::size_t text : group) batch.add(texts[text]);
    const std::vector<float> logits = classifier.logits(batch);
    for (std::size_t b = 0; b < group.size(); ++b) {
      std::copy_n(logits.begin() + static_cast<std::ptrdiff_t>(b * classes), classes,
                  all.begin() + static_cast<std::ptrdiff_t>(group[b] * classes));
    }
  }
  return all;
}

}  // namespace pellucid
