#include "runtime/predict.h"

#include <gtest/gtest.h>

#include "tiny_texts.h"

namespace pellucid {
namespace {

std::vector<Example> examples() {
  std::vector<Example> all;
  for (const char* text : {"the film is good", "film", "", "the film is good the film is good the film is good"}) {
    all.push_back({.id = std::to_string(all.size()), .text = text});
  }
  return all;
}

TEST(PredictExamples, IsThePredictionOfEachAlone) {
  const auto classifier = load_tiny_classifier("top");
  const std::vector<Example> all = examples();
  const TextPredictions found = unwrap(predict_examples(*classifier, all));
  const std::size_t classes = classifier->labels().size();
  ASSERT_EQ(found.logits.size(), all.size() * classes);
  ASSERT_EQ(found.dropped.size(), all.size());
  for (std::size_t t = 0; t < all.size(); ++t) {
    const Encoding encoding = classifier->tokenizer().encode(all[t].text, classifier->max_length());
    EXPECT_EQ(found.dropped[t], encoding.dropped);
    const std::vector<float> alone = predict(*classifier, {&encoding.ids, 1}, 64);
    for (std::size_t c = 0; c < classes; ++c) EXPECT_NEAR(found.logits[t * classes + c], alone[c], 1e-5);
  }
}

TEST(PredictExamples, StopsWhereItIsToldTo) {
  const auto classifier = load_tiny_classifier("top");
  std::size_t done = 0;
  const auto stopped = predict_examples(*classifier, examples(), [&](std::size_t count) {
    done += count;
    return false;
  });
  EXPECT_EQ(done, examples().size());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
}

}  // namespace
}  // namespace pellucid
