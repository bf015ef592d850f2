// Shapley and Owen values against their definition and the shap package, regressions against
// scikit-learn (tests/oracles/shap_methods.py).
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "attribution/oracle_texts.h"
#include "attribution/regression.h"
#include "tiny_texts.h"

namespace pellucid {
namespace {

class Shap : public ::testing::Test {
 protected:
  std::vector<double> words(std::size_t t, const Attribution& found) const {
    return unit_scores(*texts_[t].units, found.scores);
  }
  std::vector<float> expected(const std::string& name, std::size_t t) const {
    const std::vector<float> all = expected_[name];
    return {all.begin() + bounds_[t], all.begin() + bounds_[t + 1]};
  }
  std::vector<Attribution> explain(const char* method, const MethodOptions& options = {}) const {
    return oracle_.explain(method, options);
  }

  const OracleTexts oracle_{"pooler"};
  const std::vector<Input>& texts_ = oracle_.texts;
  const Expected expected_{"shap"};
  const std::vector<std::int32_t> bounds_ = expected_.operator[]<std::int32_t>("bounds");
};

TEST_F(Shap, OfFewWordsKernelShapIsExact) {
  const std::vector<Attribution> found = explain("kernel-shap");
  std::size_t compared = 0;
  for (std::size_t t = 0; t < found.size(); ++t) {
    const std::size_t n = texts_[t].units->ranges.size();
    ASSERT_EQ(static_cast<std::int32_t>(n), bounds_[t + 1] - bounds_[t]);
    if (n > 7) continue;  // 2^n > 200
    EXPECT_LT(largest_difference(words(t, found[t]), expected("shapley", t)), 1e-5) << t;
    if (n > 0) {
      EXPECT_EQ(found[t].forward_equivalents, std::pow(2, n));
    }
    ++compared;
  }
  EXPECT_GE(compared, 4U);
}

TEST_F(Shap, SampledValuesComeNearTheExactOnesAsSamplesGrow) {
  const auto error = [&](std::size_t t, std::size_t samples) {
    double sum = 0;
    for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
      const Attribution found = explain("kernel-shap", {.seed = seed, .samples = samples})[t];
      EXPECT_NEAR(found.residual, 0, 1e-6);
      sum += largest_difference(words(t, found), expected("shapley", t));
    }
    return sum / 5;
  };
  for (std::size_t t = 0; t < texts_.size(); ++t) {
    const std::size_t n = texts_[t].units->ranges.size();
    if (n != 5) continue;
    EXPECT_LT(error(t, 30), 0.1);
    EXPECT_GT(error(t, 30), 1e-4);  // 30 < 2^5: they are samples
    EXPECT_LT(error(t, 32), 1e-5);
  }
}

// The shap package, on the same tree and masks.
TEST_F(Shap, WithEnoughEvaluationsPartitionShapIsThePartitionExplainer) {
  const std::vector<Attribution> found = explain("partition-shap");
  for (std::size_t t = 0; t < found.size(); ++t) {
    EXPECT_LT(largest_difference(words(t, found[t]), expected("owen", t)), 1e-4) << t;
  }
}

TEST_F(Shap, EvaluationsStayWithinTheirNumber) {
  for (const std::size_t samples : {1, 2, 9, 40}) {
    for (const Attribution& one : explain("partition-shap", {.samples = samples})) {
      EXPECT_LE(one.forward_equivalents, 1 + static_cast<double>(samples) + 1);  // halves come in twos
      EXPECT_NEAR(one.residual, 0, 1e-6);
    }
  }
}

// One unit takes everything, however few coalitions may be drawn.
TEST(KernelShap, OneUnitNeedsNoCoalition) {
  const auto classifier = load_tiny_classifier("top");
  const Encoding encoding = classifier->tokenizer().encode("good", 16);
  const Units units = units_of("good", encoding, Unit::sentence);
  const Input input{&encoding, &units, {}};
  const auto found = unwrap(unwrap(find_method("kernel-shap"))->explain(*classifier, {&input, 1}, {.samples = 1}));
  EXPECT_NEAR(found[0].residual, 0, 1e-6);
}

TEST(Regression, IsThatOfScikitLearn) {
  const SafetensorsFile file = unwrap(SafetensorsFile::open(kFixtures / "shap" / "regression.safetensors"));
  const auto tensor = [&](const std::string& name) {
    const TensorView* view = file.find(name);
    std::vector<double> values(view->bytes.size() / sizeof(double));
    std::memcpy(values.data(), view->bytes.data(), view->bytes.size());
    return values;
  };
  const auto transposed = [](const std::vector<double>& values) {  // [2, 5] -> [5, 2]
    std::vector<double> result;
    for (std::size_t i = 0; i < 5; ++i) result.insert(result.end(), {values[i], values[5 + i]});
    return result;
  };
  std::vector<double> x = tensor("x");
  std::vector<double> y = tensor("y");
  const std::vector<double> w = tensor("w");

  // Σ β = 1.5: rows without their mean, targets without an equal share, as kernel-shap has it.
  std::vector<double> centred = x;
  std::vector<double> rest = y;
  for (std::size_t k = 0; k < 40; ++k) {
    const double share = std::accumulate(x.begin() + 5 * k, x.begin() + 5 * k + 5, 0.0) / 5;
    for (std::size_t i = 0; i < 5; ++i) centred[5 * k + i] -= share;
    for (std::size_t c = 0; c < 2; ++c) rest[2 * k + c] -= 1.5 * share;
  }
  std::vector<double> constrained = ridge_regression(centred, rest, w, 5, 1e-9);
  for (double& value : constrained) value += 1.5 / 5;
  EXPECT_LT(largest_difference(constrained, transposed(tensor("constrained"))), 1e-6);

  const std::vector<double> x_mean = centre(x, w);
  const std::vector<double> y_mean = centre(y, w);
  const std::vector<double> ridge = ridge_regression(x, y, w, 5, 1);
  EXPECT_LT(largest_difference(ridge, transposed(tensor("ridge"))), 1e-10);
  std::vector<double> intercept = y_mean;
  for (std::size_t k = 0; k < ridge.size(); ++k) intercept[k % 2] -= x_mean[k / 2] * ridge[k];
  EXPECT_LT(largest_difference(intercept, tensor("intercept")), 1e-10);
}

// scikit-learn on the same coalitions and maskings.
TEST_F(Shap, SampledRegressionsAreThoseOfScikitLearn) {
  const std::vector<Attribution> sampled = explain("kernel-shap", {.seed = 5, .samples = 60});
  const std::vector<Attribution> lime = explain("lime", {.seed = 5, .samples = 60});
  const std::vector<float> intercepts = expected_["lime.intercept"];
  for (std::size_t t = 0; t < texts_.size(); ++t) {
    const std::size_t n = texts_[t].units->ranges.size();
    if (n > 5) {
      EXPECT_LT(largest_difference(words(t, sampled[t]), expected("sampled", t)), 1e-4) << t;
    }
    if (n > 0) {
      EXPECT_LT(largest_difference(words(t, lime[t]), expected("lime", t)), 1e-5) << t;
      EXPECT_NEAR(lime[t].bias, intercepts[t], 1e-5) << t;
      EXPECT_EQ(lime[t].forward_equivalents, 60);
    }
  }
}

}  // namespace
}  // namespace pellucid
