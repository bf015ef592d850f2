#include "audit/contested.h"

#include <algorithm>
#include <cmath>

#include "evaluate/quality.h"
#include "evaluate/ranking.h"

namespace pellucid {
namespace {

constexpr std::size_t kFewestWords = 5;  // fewer have hardly an order
// Texts explained between two reports of progress; few, since some methods take a pass a word.
constexpr std::size_t kTogether = 4;

// [texts][methods] unit scores; `texts` are places in the audit.
using Scores = std::vector<std::vector<std::vector<double>>>;

Result<Scores> scores_of(Classifier& classifier, const AuditedTexts& audited, std::span<const std::size_t> texts,
                         std::span<const Method* const> others, const MethodOptions& options,
                         const AuditProgress& progress) {
  Scores scores;
  for (const std::size_t t : texts) scores.push_back({audited.texts[t].scores});
  for (std::size_t m = 0; m < others.size(); ++m) {
    for (std::size_t first = 0; first < texts.size(); first += kTogether) {
      const std::span<const std::size_t> chunk = texts.subspan(first, std::min(kTogether, texts.size() - first));
      std::vector<Input> inputs;
      for (const std::size_t t : chunk) {
        const AuditedText& text = audited.texts[t];
        inputs.push_back({&text.encoding, &text.units, {.label = text.predicted}});
      }
      PELLUCID_TRY(const std::vector<Attribution> found, others[m]->explain(classifier, inputs, options));
      for (std::size_t i = 0; i < chunk.size(); ++i) {
        scores[first + i].push_back(unit_scores(audited.texts[chunk[i]].units, found[i].scores));
      }
      if (progress &&
          !progress("comparing methods", m * texts.size() + first + chunk.size(), others.size() * texts.size())) {
        return fail(ErrorCode::interrupted, "interrupted; run the command again");
      }
    }
  }
  return scores;
}

DisputedText disputed(std::size_t text, std::span<const Method* const> methods,
                      const std::vector<std::vector<double>>& by_method) {
  DisputedText found{.text = text};
  double pairs = 0;
  for (std::size_t a = 0; a < by_method.size(); ++a) {
    found.top.push_back(order_of(by_method[a]).front());
    for (std::size_t b = a + 1; b < by_method.size(); ++b, ++pairs) {
      found.agreement += rank_agreement(*methods[a], by_method[a], *methods[b], by_method[b]);
    }
  }
  found.agreement /= pairs;
  return found;
}

CloseText close_of(std::size_t t, const AuditedText& text) {
  std::vector<float> others = text.logits;
  const auto own = static_cast<std::size_t>(text.predicted);
  others[own] = -HUGE_VALF;
  const std::int32_t runner_up = argmax(others);
  return {.text = t,
          .runner_up = runner_up,
          .gap = static_cast<double>(text.logits[own]) -
                 static_cast<double>(text.logits[static_cast<std::size_t>(runner_up)])};
}

}  // namespace

Result<Contested> find_contested(Classifier& classifier, const AuditedTexts& audited, const Method& method,
                                 std::span<const Method* const> others, const MethodOptions& method_options,
                                 const ContestedOptions& options, const AuditProgress& progress) {
  Contested found;
  std::vector<const Method*> methods = {&method};
  methods.insert(methods.end(), others.begin(), others.end());
  for (const Method* one : methods) found.methods.emplace_back(one->name);
  std::vector<std::size_t> texts;
  for (std::size_t t = 0; t < audited.texts.size(); ++t) {
    if (!others.empty() && audited.texts[t].scores.size() >= kFewestWords) texts.push_back(t);
    found.close.push_back(close_of(t, audited.texts[t]));
  }
  PELLUCID_TRY(const Scores scores, scores_of(classifier, audited, texts, others, method_options, progress));
  std::vector<double> agreements;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    found.disputed.push_back(disputed(texts[i], methods, scores[i]));
    agreements.push_back(found.disputed.back().agreement);
  }
  found.compared = texts.size();
  found.agreement = mean(agreements);
  found.agreement_interval = bootstrap_mean(agreements, options.seed);
  std::ranges::stable_sort(found.disputed, {}, &DisputedText::agreement);
  found.disputed.resize(std::min(found.disputed.size(), options.count));
  std::ranges::stable_sort(found.close, {}, &CloseText::gap);
  found.close.resize(std::min(found.close.size(), options.count));

  std::vector<Input> inputs;
  for (const CloseText& one : found.close) {
    const AuditedText& text = audited.texts[one.text];
    inputs.push_back({&text.encoding, &text.units, {.label = text.predicted, .against = one.runner_up}});
  }
  PELLUCID_TRY(const std::vector<Attribution> contrasts, method.explain(classifier, inputs, method_options));
  for (std::size_t i = 0; i < contrasts.size(); ++i) {
    found.close[i].scores = unit_scores(*inputs[i].units, contrasts[i].scores);
  }
  return found;
}

}  // namespace pellucid
