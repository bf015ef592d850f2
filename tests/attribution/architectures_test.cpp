// Every method that applies, on classifiers of encoders beside BERT.
#include "architectures.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tiny_texts.h"

namespace pellucid {
namespace {

class MethodsOn : public ::testing::TestWithParam<std::string> {};

TEST_P(MethodsOn, PlainClassifiersKeepTheirPromises) {
  const TemporaryFolder folder;
  const auto classifier = unwrap(load_classifier(plain_classifier(GetParam(), folder).string(), {}));
  const TinyInputs texts(*classifier, tiny_texts(10));
  const std::vector<Input> inputs = texts.inputs();
  const MethodOptions options = {.batch_tokens = 100, .samples = 24, .steps = 6};  // fewer than usual
  const std::vector<const Method*> methods = methods_for(*classifier);
  EXPECT_EQ(methods.size(), pellucid::methods().size() - 2);  // attention-attribution, head-contributions
  for (const Method* method : methods) {
    const std::vector<Attribution> together = unwrap(method->explain(*classifier, inputs, options));
    const double allowed = method->name == "integrated-gradients" ? options.tolerance : 1e-4;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Attribution& one = together[i];
      ASSERT_EQ(one.scores.size(), texts.encodings[i].ids.size()) << method->name;
      EXPECT_TRUE(std::ranges::all_of(one.scores, [](double score) { return std::isfinite(score); })) << method->name;
      const double sum = std::accumulate(one.scores.begin(), one.scores.end(), one.bias + one.residual);
      EXPECT_NEAR(sum, one.explained, 1e-9) << method->name;
      if (method->complete) {
        EXPECT_LE(std::abs(one.residual), allowed) << method->name;
      }
      if (i % 4 == 1) {
        const Attribution alone =
            unwrap(method->explain(*classifier, std::span(inputs).subspan(i, 1), options)).front();
        EXPECT_LE(largest_difference(alone.scores, one.scores), 1e-5) << method->name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, MethodsOn, ::testing::ValuesIn(kArchitectures),
                         [](const auto& info) { return test_name(info.param); });

}  // namespace
}  // namespace pellucid
