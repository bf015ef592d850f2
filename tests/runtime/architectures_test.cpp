// Encoders beside BERT against transformers and float64 autograd (tests/oracles/encoders.py), and their invariants.
#include "architectures.h"

#include <cmath>
#include <numeric>

#include "kernels/relative_position.h"
#include "runtime/model.h"

namespace pellucid {
namespace {

class Architectures : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Classifier> plain(const LoadOptions& options = {}) const {
    return unwrap(load_classifier(plain_classifier(GetParam(), folder_).string(), options));
  }
  std::unique_ptr<Classifier> ours(Adjust adjust) const {
    return unwrap(load_classifier(our_classifier(GetParam(), adjust, folder_).string(), {}));
  }
  // The plain classifier and ours with each adjust.
  std::vector<std::unique_ptr<Classifier>> all() const {
    std::vector<std::unique_ptr<Classifier>> classifiers;
    classifiers.push_back(plain());
    for (const Adjust adjust : {Adjust::none, Adjust::top, Adjust::input}) classifiers.push_back(ours(adjust));
    return classifiers;
  }

  const TemporaryFolder folder_;
  const Expected expected_{fixture_of(GetParam())};
  const PackedBatch batch_ = expected_.batch();
  const std::vector<float> functionals_ = expected_["functionals"];
};

// f_b of the logits [B, 3].
std::vector<double> values_of(std::span<const float> functionals, std::span<const float> logits) {
  std::vector<double> values(logits.size() / 3);
  for (std::size_t i = 0; i < logits.size(); ++i) values[i / 3] += static_cast<double>(functionals[i]) * logits[i];
  return values;
}

TEST_P(Architectures, HiddenStatesAreTransformers) {
  const auto model =
      unwrap(Model::load(unwrap(open_model_folder(plain_classifier(GetParam(), folder_).string())), Precision::fp32));
  Encoder::Pass pass;
  const HiddenState last = model->encoder.forward(batch_, {}, &pass);
  EXPECT_LT(largest_difference(pass.embedded, expected_["hidden.0"]), 1e-5);
  EXPECT_LT(largest_difference(model->encoder.state(pass, 0).values, expected_["hidden.0"]), 1e-5);
  EXPECT_LT(largest_difference(model->encoder.state(pass, 1).values, expected_["hidden.1"]), 1e-5);
  EXPECT_LT(largest_difference(last.values, expected_["hidden.2"]), 1e-5);
}

TEST_P(Architectures, PlainClassifiersPredictAndExplainAsTheOracle) {
  const auto classifier = plain();
  EXPECT_EQ(classifier->adjust(), Adjust::pooler);
  EXPECT_EQ(classifier->labels().names(), (std::vector<std::string>{"negative", "neutral", "positive"}));
  EXPECT_EQ(classifier->max_length(), 40);
  EXPECT_LT(largest_difference(classifier->logits(batch_), expected_["logits"]), 1e-5);
  const auto pass = classifier->forward(batch_);
  EXPECT_LT(largest_difference(pass->logits(), expected_["logits"]), 1e-5);
  EXPECT_LT(largest_difference(pass->gradient(functionals_), expected_["gradient"]), 5e-5);
  const Decomposition found = pass->decompose(functionals_);
  EXPECT_LT(largest_difference(found.scores, expected_["scores"]), 2e-5);
  std::vector<double> bias(batch_.texts());
  for (std::size_t b = 0; b < batch_.texts(); ++b) {
    for (std::int32_t i = batch_.bounds[b]; i < batch_.bounds[b + 1]; ++i) bias[b] += found.bias[i];
  }
  EXPECT_LT(largest_difference(bias, expected_["bias"]), 2e-5);
}

TEST_P(Architectures, ScoresAndBiasAddUpToTheLogit) {
  for (const auto& classifier : all()) {
    const auto pass = classifier->forward(batch_);
    const Decomposition found = pass->decompose(functionals_);
    const std::vector<double> values = values_of(functionals_, pass->logits());
    for (std::size_t b = 0; b < batch_.texts(); ++b) {
      double sum = 0;
      for (std::int32_t i = batch_.bounds[b]; i < batch_.bounds[b + 1]; ++i) sum += found.scores[i] + found.bias[i];
      EXPECT_NEAR(sum, values[b], 2e-5) << name_of(classifier->adjust()) << ", text " << b;
    }
  }
}

// The same linear map gone forwards: a token at a time, and all biases.
TEST_P(Architectures, WhatIsPropagatedIsTheDecomposition) {
  for (const auto& classifier : all()) {
    const auto pass = classifier->forward(batch_);
    const Decomposition found = pass->decompose(functionals_);
    const std::vector<double> from_biases = values_of(functionals_, pass->propagate_biases());
    for (std::size_t token = 0; token < 5; ++token) {
      const std::vector<std::size_t> sources(batch_.texts(), token);
      const std::vector<double> values = values_of(functionals_, pass->propagate(sources));
      for (std::size_t b = 0; b < batch_.texts(); ++b) {
        const std::size_t i = static_cast<std::size_t>(batch_.bounds[b]) + token;
        if (i >= static_cast<std::size_t>(batch_.bounds[b + 1])) continue;
        EXPECT_NEAR(values[b], found.scores[i], 2e-5);
      }
    }
    for (std::size_t b = 0; b < batch_.texts(); ++b) {
      double bias = 0;
      for (std::int32_t i = batch_.bounds[b]; i < batch_.bounds[b + 1]; ++i) bias += found.bias[i];
      EXPECT_NEAR(from_biases[b], bias, 2e-5);
    }
  }
}

TEST_P(Architectures, AloneIsAsInABatch) {
  for (const auto& classifier : all()) {
    const auto together = classifier->forward(batch_);
    const Decomposition scores = together->decompose(functionals_);
    for (std::size_t b = 0; b < batch_.texts(); ++b) {
      const auto single = classifier->forward(alone(batch_, b));
      EXPECT_LT(largest_difference(single->logits(), together->logits().subspan(b * 3, 3)), 1e-5);
      const Decomposition own = single->decompose(std::span(functionals_).subspan(b * 3, 3));
      const auto among = std::span(scores.scores).subspan(batch_.bounds[b], own.scores.size());
      EXPECT_LT(largest_difference(own.scores, among), 1e-5);
    }
  }
}

TEST_P(Architectures, GivenWordRowsReplaceTheTable) {
  for (const auto& classifier : all()) {
    const std::vector<float> rows = classifier->word_embeddings(batch_.ids);
    ASSERT_EQ(rows.size(), batch_.tokens() * classifier->hidden_size());
    PackedBatch other = batch_;
    std::ranges::fill(other.ids, 5);
    EXPECT_EQ(largest_difference(classifier->forward(other, rows)->logits(), classifier->forward(batch_)->logits()), 0);
  }
}

// By differences of the logits: the word embeddings moved a little along a direction.
TEST_P(Architectures, GradientIsTheSlope) {
  for (const auto& classifier : all()) {
    const std::vector<float> rows = classifier->word_embeddings(batch_.ids);
    const std::vector<float> gradient = classifier->forward(batch_)->gradient(functionals_);
    const auto value = [&](double step) {
      std::vector<float> moved = rows;
      for (std::size_t k = 0; k < rows.size(); ++k) moved[k] += static_cast<float>(step * std::cos(7.0 * k));
      const auto values = values_of(functionals_, classifier->forward(batch_, moved)->logits());
      return std::accumulate(values.begin(), values.end(), 0.0);
    };
    double slope = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) slope += gradient[k] * std::cos(7.0 * k);
    const double measured = (value(2e-3) - value(-2e-3)) / 4e-3;
    EXPECT_NEAR(slope, measured, 2e-2 * (1 + std::abs(measured))) << name_of(classifier->adjust());
  }
}

TEST_P(Architectures, Bf16IsClose) {
  if (!cpu_has(Precision::bf16)) GTEST_SKIP() << "the CPU does not multiply bf16";
  const auto classifier = plain({.precision = Precision::bf16});
  const double off = largest_difference(classifier->logits(batch_), expected_["logits"]);
  EXPECT_LT(off, 0.15);
  EXPECT_GT(off, 0);
}

INSTANTIATE_TEST_SUITE_P(All, Architectures, ::testing::ValuesIn(kArchitectures),
                         [](const auto& info) { return test_name(info.param); });

TEST(RelativePositions, BucketsAreTransformers) {
  std::vector<std::int32_t> buckets;
  for (const std::int64_t bucket : relative_buckets(300)) buckets.push_back(static_cast<std::int32_t>(bucket));
  EXPECT_EQ(buckets, Expected("encoders/mpnet").operator[]<std::int32_t>("buckets"));
}

TEST(RelativePositions, PlacesAreTransformersBuckets) {
  std::vector<std::int32_t> buckets;  // of j − i; places go by i − j
  for (const std::int32_t place : disentangled_places(256, 512, 300)) buckets.push_back(256 - place);
  EXPECT_EQ(buckets, Expected("encoders/deberta-v2").operator[]<std::int32_t>("buckets"));
}

TEST(RelativePositions, ValuesAreRowsOfTheTableByDistance) {
  std::vector<float> table(kRelativeBuckets * 2);
  for (std::size_t k = 0; k < table.size(); ++k) table[k] = static_cast<float>(k);
  const std::vector<float> values = relative_values(table, 2, 20);
  const RelativeBias bias{values, 20};
  for (std::int64_t distance = -20; distance <= 20; ++distance) {
    for (std::int64_t head = 0; head < 2; ++head) {
      EXPECT_EQ(bias.centre(head)[distance], static_cast<float>(2 * relative_bucket(distance) + head));
    }
  }
  EXPECT_EQ(RelativeBias().centre(1), nullptr);
}

}  // namespace
}  // namespace pellucid
