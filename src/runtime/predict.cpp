#include "runtime/predict.h"

#include <algorithm>
#include <chrono>

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunkTexts = 1024;
constexpr std::size_t kBatchTokens = 8192;

}  // namespace

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

Result<TextPredictions> predict_examples(Classifier& classifier, std::span<const Example> texts,
                                         const std::function<bool(std::size_t)>& progress) {
  const std::size_t classes = classifier.labels().size();
  TextPredictions found;
  for (std::size_t first = 0; first < texts.size(); first += kChunkTexts) {
    const auto chunk = texts.subspan(first, std::min(kChunkTexts, texts.size() - first));
    std::vector<std::vector<std::int32_t>> ids;
    for (const Example& example : chunk) {
      Encoding encoding = classifier.tokenizer().encode(example.text, classifier.max_length());
      found.dropped.push_back(encoding.dropped);
      ids.push_back(std::move(encoding.ids));
    }
    const auto start = Clock::now();
    const std::vector<float> logits = predict(classifier, ids, kBatchTokens);
    found.seconds += std::chrono::duration<double>(Clock::now() - start).count();
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      PELLUCID_CHECK(check_finite(std::span(logits).subspan(i * classes, classes), "text " + chunk[i].id));
    }
    found.logits.insert(found.logits.end(), logits.begin(), logits.end());
    if (progress && !progress(chunk.size())) {
      return fail(ErrorCode::interrupted, "interrupted; run the command again");
    }
  }
  return found;
}

}  // namespace pellucid
