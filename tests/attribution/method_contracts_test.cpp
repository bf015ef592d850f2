// What every explaining method promises, with every head: company, repetition, completeness, targets,
// special tokens, empty texts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "attribution/method.h"
#include "tiny_texts.h"

namespace pellucid {
namespace {

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Methods that a head has nothing to give to.
bool refuses(const std::string& head, std::string_view method) {
  if (method == "attention-attribution") return head == "none" || head == "pooler";
  return method == "head-contributions" && head == "pooler";
}

// Whether scores are linear in the functional: not of lengths, positive parts, what does not look at it, and what
// sets a label against those that are probable beside it.
bool is_linear(std::string_view method) {
  static constexpr std::string_view kNot[] = {"gradient-norm",     "random",  "attention", "rollout",
                                              "generic-attention", "attattr", "alti",      "expected-decomposition"};
  return std::ranges::find(kNot, method) == std::end(kNot);
}

using HeadAndMethod = std::pair<std::string, std::string>;

std::vector<HeadAndMethod> heads_and_methods(bool refused) {
  std::vector<HeadAndMethod> found;
  for (const char* head : {"none", "top", "input", "pooler"}) {
    for (const Method& method : methods()) {
      if (refuses(head, method.name) == refused) found.emplace_back(head, method.name);
    }
  }
  return found;
}

std::string test_name(const ::testing::TestParamInfo<HeadAndMethod>& info) {
  std::string name = info.param.first + "_" + info.param.second;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class Methods : public ::testing::TestWithParam<HeadAndMethod> {
 protected:
  std::vector<Attribution> explain(const std::vector<Input>& inputs, const MethodOptions& options = {}) {
    return unwrap(method_->explain(*classifier_, inputs, options));
  }

  std::unique_ptr<Classifier> classifier_ = load_tiny_classifier(GetParam().first);
  const Method* method_ = unwrap(find_method(GetParam().second));
};
using Contracts = Methods;
using Refusals = Methods;

TEST_P(Refusals, SayWhatToUseInstead) {
  EXPECT_FALSE(method_->applies(*classifier_));
  const TinyInputs texts(*classifier_, {"film"});
  const auto refused = method_->explain(*classifier_, texts.inputs(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_NE(refused.error().message.find("one of decomposition"), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(All, Refusals, ::testing::ValuesIn(heads_and_methods(true)), test_name);

void expect_equal(const Attribution& a, const Attribution& b, double tolerance) {
  // fp32 sums: gradient norms are far from 1.
  const auto near = [&](double x) { return tolerance * std::max(1.0, std::abs(x)); };
  EXPECT_LE(largest_difference(a.logits, b.logits), tolerance);
  EXPECT_LE(largest_difference(a.scores, b.scores), near(b.scores.empty() ? 0 : std::ranges::max(b.scores)));
  EXPECT_EQ(a.target.label, b.target.label);
  EXPECT_NEAR(a.explained, b.explained, near(b.explained));
  EXPECT_NEAR(a.bias, b.bias, near(b.bias));
  EXPECT_NEAR(a.special, b.special, near(b.special));
  EXPECT_EQ(a.forward_equivalents, b.forward_equivalents);
}

TEST_P(Contracts, ATextAloneIsAsAmongSixtyFour) {
  EXPECT_TRUE(method_->applies(*classifier_));
  const TinyInputs texts(*classifier_, tiny_texts(64));
  const std::vector<Input> inputs = texts.inputs();
  const MethodOptions options = {.samples = 24, .steps = 6};  // fewer than usual, for methods that take many
  const std::vector<Attribution> together = explain(inputs, options);
  MethodOptions small = options;
  small.batch_tokens = 100;
  const std::vector<Attribution> in_small_batches = explain(inputs, small);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    SCOPED_TRACE(i);
    expect_equal(in_small_batches[i], together[i], 1e-5);
    if (i % 3 == 0) expect_equal(explain({inputs[i]}, options).front(), together[i], 1e-5);
  }
}

TEST_P(Contracts, RunsAreBitIdentical) {
  const TinyInputs texts(*classifier_, tiny_texts(20));
  const std::vector<Attribution> first = explain(texts.inputs());
  const std::vector<Attribution> second = explain(texts.inputs());
  for (std::size_t i = 0; i < first.size(); ++i) expect_equal(first[i], second[i], 0);
}

TEST_P(Contracts, AnotherSeedGivesOtherScoresWhereTheMethodSaysSo) {
  const TinyInputs texts(*classifier_, tiny_texts(18));  // long ones too, of which not every coalition is tried
  const std::vector<Attribution> first = explain(texts.inputs(), {.seed = 1, .samples = 24, .steps = 6});
  const std::vector<Attribution> second = explain(texts.inputs(), {.seed = 2, .samples = 24, .steps = 6});
  bool same = true;
  for (std::size_t i = 0; i < first.size(); ++i) same = same && first[i].scores == second[i].scores;
  EXPECT_EQ(same, !method_->seeded);
}

TEST_P(Contracts, EverythingAddsUp) {
  for (const Unit unit : {Unit::piece, Unit::word, Unit::sentence}) {
    const TinyInputs texts(*classifier_, tiny_texts(24), unit);
    const MethodOptions options;
    const double allowed = method_->name == "integrated-gradients" ? options.tolerance : 1e-4;
    for (const Attribution& one : explain(texts.inputs(), options)) {
      EXPECT_NEAR(sum(one.scores) + one.bias + one.residual, one.explained, 1e-9);
      if (method_->complete) {
        EXPECT_LE(std::abs(one.residual), allowed);
      }
      EXPECT_GE(one.forward_equivalents, 1);
    }
  }
}

TEST_P(Contracts, OrdinaryTokensHaveScoresAndSpecialOnesHoldZero) {
  const TinyInputs texts(*classifier_, tiny_texts(24));
  const std::vector<Attribution> found = explain(texts.inputs());
  const bool positive_part = method_->name == "attattr" || method_->name == "generic-attention";  // may be 0
  for (std::size_t t = 0; t < found.size(); ++t) {
    const Encoding& encoding = texts.encodings[t];
    ASSERT_EQ(found[t].scores.size(), encoding.ids.size());
    for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
      EXPECT_TRUE(std::isfinite(found[t].scores[i]));
      const bool special = encoding.words[i] == kNoWord;
      if (special) {
        EXPECT_EQ(found[t].scores[i], 0);
      } else if (!positive_part) {
        EXPECT_NE(found[t].scores[i], 0) << "text " << t << ", token " << i;
      }
    }
  }
}

TEST_P(Contracts, ATextOfSpecialTokensAloneIsNoError) {
  const TinyInputs texts(*classifier_, {"", " \n"});
  for (const Attribution& one : explain(texts.inputs())) {
    EXPECT_EQ(one.scores, (std::vector<double>{0, 0}));
    if (method_->complete) {
      EXPECT_NEAR(one.bias, one.explained, 1e-4);
    }
  }
  EXPECT_TRUE(explain({}).empty());
}

TEST_P(Contracts, ThePredictedClassIsExplainedUnlessAnotherIsNamed) {
  const TinyInputs texts(*classifier_, tiny_texts(16));
  const std::vector<Attribution> predicted = explain(texts.inputs());
  for (std::size_t t = 0; t < predicted.size(); ++t) {
    const std::vector<float> logits = logits_of(*classifier_, texts.encodings[t].ids);
    const std::int32_t label = argmax(logits);
    EXPECT_LE(largest_difference(predicted[t].logits, logits), 1e-5);
    EXPECT_EQ(predicted[t].target.label, label);
    EXPECT_EQ(predicted[t].target.against, kMean);
    const double mean = (logits[0] + logits[1] + logits[2]) / 3;
    EXPECT_NEAR(predicted[t].explained, logits[label] - mean, 1e-5);
    const Input named = {&texts.encodings[t], &texts.units[t], {.label = label}};
    expect_equal(explain({named}).front(), predicted[t], 1e-5);
    const std::int32_t other = (label + 1) % 3;
    const Input against = {&texts.encodings[t], &texts.units[t], {.against = other}};
    EXPECT_NEAR(explain({against}).front().explained, logits[label] - logits[other], 1e-5);
  }
}

// "A rather than B" is A against the mean less B against the mean, for what is linear in the functional.
TEST_P(Contracts, ContrastsAreDifferences) {
  if (!is_linear(method_->name)) return;
  const TinyInputs texts(*classifier_, tiny_texts(16));
  // A fixed number of steps: how many integrated gradients takes depends on the functional.
  const MethodOptions options = {.max_steps = 20};
  for (const std::int32_t a : {0, 1, 2}) {
    const std::int32_t b = (a + 1) % 3;
    const std::vector<Attribution> contrast = explain(texts.inputs({.label = a, .against = b}), options);
    const std::vector<Attribution> first = explain(texts.inputs({.label = a}), options);
    const std::vector<Attribution> second = explain(texts.inputs({.label = b}), options);
    for (std::size_t t = 0; t < contrast.size(); ++t) {
      std::vector<double> difference = first[t].scores;
      for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= second[t].scores[i];
      EXPECT_LT(largest_difference(contrast[t].scores, difference), 1e-5);
      EXPECT_NEAR(contrast[t].explained, first[t].explained - second[t].explained, 1e-5);
      EXPECT_NEAR(contrast[t].bias, first[t].bias - second[t].bias, 1e-5);
    }
  }
}

// Several targets of a text share passes, and nothing else: each is explained as if it were asked for alone.
TEST_P(Contracts, TargetsTogetherAreAsOneByOne) {
  const TinyInputs texts(*classifier_, tiny_texts(12));
  std::vector<Input> together;
  for (std::size_t t = 0; t < texts.encodings.size(); ++t) {
    for (const std::int32_t label : {0, 1, 2}) {
      // Every third text has two targets only.
      if (t % 3 != 2 || label != 1) together.push_back({&texts.encodings[t], &texts.units[t], {.label = label}});
    }
  }
  const std::vector<Attribution> found = explain(together);
  double apart = 0;
  double shared = 0;
  for (std::size_t k = 0; k < together.size(); ++k) {
    Attribution one = explain({together[k]}).front();
    apart += one.forward_equivalents;
    shared += found[k].forward_equivalents;
    one.forward_equivalents = found[k].forward_equivalents;
    expect_equal(one, found[k], 1e-5);
  }
  // attattr's passes are made for one target each, all but the first.
  EXPECT_LT(shared, (method_->name == "attattr" ? 1 : 0.8) * apart);
}

INSTANTIATE_TEST_SUITE_P(All, Contracts, ::testing::ValuesIn(heads_and_methods(false)), test_name);

}  // namespace
}  // namespace pellucid
