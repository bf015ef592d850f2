// Methods that follow attention, against a float64 PyTorch computation (tests/oracles/attention_methods.py),
// and what relates them to each other.
#include <gtest/gtest.h>

#include <numeric>

#include "attribution/oracle_texts.h"

namespace pellucid {
namespace {

class FollowingAttention : public ::testing::TestWithParam<std::string> {
 protected:
  std::vector<Attribution> explain(const char* method, const MethodOptions& options = {}) const {
    return oracle_.explain(method, options);
  }

  const OracleTexts oracle_{GetParam()};
  const std::vector<Input>& texts_ = oracle_.texts;
};

TEST_P(FollowingAttention, ScoresAreTheOracles) {
  const Expected expected("attention-methods");
  for (const char* method : {"attention", "rollout", "generic-attention", "attattr", "alti", "decompx"}) {
    SCOPED_TRACE(method);
    const std::vector<Attribution> found = explain(method, {.steps = 7});
    const std::vector<float> scores = expected[GetParam() + "." + method];
    auto score = scores.begin();
    for (std::size_t t = 0; t < found.size(); ++t) {
      double special = 0;
      for (std::size_t i = 0; i < found[t].scores.size(); ++i, ++score) {
        const bool ordinary = texts_[t].encoding->words[i] != kNoWord;
        if (!ordinary) special += *score;
        EXPECT_NEAR(found[t].scores[i], ordinary ? *score : 0, 2e-5) << "text " << t << ", token " << i;
      }
      EXPECT_NEAR(found[t].special, special, 2e-5) << "text " << t;
    }
    EXPECT_EQ(score, scores.end());
  }
}

// Forwards from each token, or backwards from the functional: one linear map, biases counted apart by both.
TEST_P(FollowingAttention, DecompXAndTheDecompositionAreOne) {
  const std::vector<float> biases = Expected("attention-methods")[GetParam() + ".decompx.bias"];
  const std::vector<Attribution> forwards = explain("decompx");
  const std::vector<Attribution> backwards = explain("decomposition");
  for (std::size_t t = 0; t < forwards.size(); ++t) {
    EXPECT_LT(largest_difference(forwards[t].scores, backwards[t].scores), 1e-5);
    EXPECT_NEAR(forwards[t].bias, backwards[t].bias, 1e-5);
    EXPECT_NEAR(forwards[t].bias - forwards[t].special, biases[t], 2e-5);
    EXPECT_NEAR(forwards[t].residual, 0, 1e-5);
    EXPECT_EQ(forwards[t].forward_equivalents, 2 + static_cast<double>(forwards[t].scores.size()));
  }
}

// Rows of every layer sum to 1, and so does what is read.
TEST_P(FollowingAttention, SharesSumToOne) {
  for (const char* method : {"attention", "rollout", "alti"}) {
    for (const Attribution& one : explain(method)) {
      EXPECT_NEAR(std::accumulate(one.scores.begin(), one.scores.end(), one.special), 1, 1e-5) << method;
      for (const double score : one.scores) EXPECT_GE(score, 0) << method;
    }
  }
}

// A layer's gradient is the same whether the layers below are asked for too, and the factor changes it smoothly.
TEST_P(FollowingAttention, GradientsOfOneLayerAreThoseOfAll) {
  PackedBatch batch;
  std::vector<float> functionals;
  for (const Input& text : texts_) {
    batch.add(text.encoding->ids);
    functionals.insert(functionals.end(), {0.5F, -1, 0.25F});
  }
  const auto pass = oracle_.classifier->forward(batch);
  const std::vector<std::vector<float>> all = pass->attention_gradients(functionals);
  ASSERT_EQ(all.size(), pass->mixing_layers());
  for (std::size_t layer = 0; layer < all.size(); ++layer) {
    EXPECT_EQ(pass->attention_gradients(functionals, layer).front(), all[layer]);
    const std::vector<float> near = pass->attention_gradients(functionals, layer, 0.99999F).front();
    EXPECT_LT(largest_difference(near, all[layer]), 1e-3);
    if (layer + 1 < all.size()) {  // of the last layer f may be linear in A, where nothing bends it on the way up
      const std::vector<float> far = pass->attention_gradients(functionals, layer, 0.1F).front();
      EXPECT_GT(largest_difference(far, all[layer]), 1e-3);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Heads, FollowingAttention, ::testing::Values("none", "top", "input", "pooler"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace pellucid
