// Against captum on the same model, texts, targets and baselines (tests/oracles/captum_methods.py).
#include <gtest/gtest.h>

#include "attribution/oracle_texts.h"

namespace pellucid {
namespace {

class Captum : public ::testing::Test {
 protected:
  void SetUp() override {
    // The same tokens in the same words.
    for (std::size_t t = 0; t < texts_.size(); ++t) {
      ASSERT_EQ(of_text(expected_.operator[]<std::int32_t>("ids"), t), texts_[t].encoding->ids);
      ASSERT_EQ(of_text(expected_.operator[]<std::int32_t>("words"), t), texts_[t].encoding->words);
    }
  }

  template <class T>
  std::vector<T> of_text(const std::vector<T>& all, std::size_t t) const {
    return {all.begin() + bounds_[t], all.begin() + bounds_[t + 1]};
  }

  // Scores of ordinary tokens, and the sum of what special ones get.
  void compare(const std::string& name, const std::vector<Attribution>& found, double tolerance) const {
    ASSERT_EQ(found.size(), texts_.size());
    for (std::size_t t = 0; t < found.size(); ++t) {
      const std::vector<float> expected = of_text(expected_[name], t);
      double special = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const bool ordinary = texts_[t].encoding->words[i] != kNoWord;
        if (!ordinary) special += expected[i];
        EXPECT_NEAR(found[t].scores[i], ordinary ? expected[i] : 0, tolerance) << "text " << t << ", token " << i;
      }
      EXPECT_NEAR(found[t].special, special, tolerance);
    }
  }

  std::vector<Attribution> explain(const char* method, const MethodOptions& options = {}) const {
    return oracle_.explain(method, options);
  }

  const OracleTexts oracle_{"pooler"};
  const std::vector<Input>& texts_ = oracle_.texts;
  const Expected expected_{"captum"};
  const std::vector<std::int32_t> bounds_ = expected_.operator[]<std::int32_t>("bounds");
};

TEST_F(Captum, GradientTimesInput) {
  compare("gradient_x_input", explain("gradient-x-input"), 1e-5);
}

TEST_F(Captum, IntegratedGradientsByTheMidpointRule) {
  const std::vector<Attribution> found = explain("integrated-gradients", {.steps = 20, .max_steps = 20});
  compare("integrated_gradients", found, 1e-5);
  const std::vector<float> error = expected_["integrated_gradients.error"];
  for (std::size_t t = 0; t < found.size(); ++t) EXPECT_NEAR(found[t].residual, -error[t], 1e-5);
}

TEST_F(Captum, OcclusionOfWholeWords) {
  for (const Removal removal : {Removal::mask, Removal::unknown}) {
    std::vector<Attribution> found = explain("occlusion", {.removal = removal});
    // captum gives every piece the word's value, we an equal part.
    for (std::size_t t = 0; t < found.size(); ++t) {
      const std::vector<double> words = unit_scores(*texts_[t].units, found[t].scores);
      for (std::size_t i = 0; i < found[t].scores.size(); ++i) {
        const std::int32_t word = texts_[t].units->unit_of[i];
        if (word >= 0) found[t].scores[i] = words[static_cast<std::size_t>(word)];
      }
    }
    compare(removal == Removal::mask ? "occlusion.mask" : "occlusion.unk", found, 1e-5);
  }
}

}  // namespace
}  // namespace pellucid
