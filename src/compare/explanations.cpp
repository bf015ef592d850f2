#include "compare/explanations.h"

#include <algorithm>
#include <chrono>

#include "evaluate/predictions.h"

namespace pellucid::compare {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTogether = 64;  // texts whose predictions all methods share

}  // namespace

Result<std::vector<ExplainedTexts>> explain_texts(Classifier& classifier, std::span<const Example> texts,
                                                  std::span<const Method* const> methods, const FaithfulnessPlan& plan,
                                                  std::uint64_t seed,
                                                  const std::function<bool(std::size_t)>& progress) {
  std::vector<std::size_t> which;
  std::vector<Encoding> encodings;
  std::vector<Units> units;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    Encoding encoding = classifier.tokenizer().encode(texts[t].text, classifier.max_length());
    Units own = units_of(texts[t].text, encoding, plan.unit);
    if (own.ranges.empty()) continue;
    which.push_back(t);
    encodings.push_back(std::move(encoding));
    units.push_back(std::move(own));
  }
  const MethodOptions options{.seed = seed, .removal = plan.removal};
  std::vector<ExplainedTexts> found;
  for (const Method* method : methods) found.push_back({.method = std::string(method->name), .texts = {}});
  for (std::size_t first = 0; first < encodings.size(); first += kTogether) {
    const std::size_t count = std::min(kTogether, encodings.size() - first);
    std::vector<Input> inputs;
    for (std::size_t i = first; i < first + count; ++i) inputs.push_back({&encodings[i], &units[i], {}});
    Predictions predictions(classifier, plan.removal);
    for (std::size_t m = 0; m < methods.size(); ++m) {
      const auto start = Clock::now();
      PELLUCID_TRY(const std::vector<Attribution> attributions, methods[m]->explain(classifier, inputs, options));
      found[m].seconds_per_text += std::chrono::duration<double>(Clock::now() - start).count();
      std::vector<Ranking> rankings;
      for (std::size_t i = 0; i < count; ++i) {
        found[m].forward_equivalents += attributions[i].forward_equivalents;
        rankings.push_back({inputs[i].encoding, inputs[i].units, unit_scores(*inputs[i].units, attributions[i].scores),
                            attributions[i].target.label});
      }
      const std::vector<TextFaithfulness> measured = faithfulness(predictions, rankings, plan.bins);
      for (std::size_t i = 0; i < count; ++i) {
        found[m].texts.push_back({.text = which[first + i],
                                  .label = rankings[i].label,
                                  .units = units[first + i].ranges,
                                  .scores = std::move(rankings[i].scores),
                                  .faithfulness = measured[i]});
      }
      if (progress && !progress(count)) {
        return fail(ErrorCode::interrupted, "interrupted while explanations were measured");
      }
    }
  }
  const auto n = static_cast<double>(std::max<std::size_t>(1, encodings.size()));
  for (ExplainedTexts& one : found) {
    one.seconds_per_text /= n;
    one.forward_equivalents /= n;
  }
  return found;
}

}  // namespace pellucid::compare
