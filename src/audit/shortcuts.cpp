#include "audit/shortcuts.h"

#include <algorithm>

namespace pellucid {
namespace {

Reading reading_of(const SwapTest& swap, const Association& association) {
  if (swap.weight_interval.low > association.weight_interval.high) return Reading::over_relied;
  return association.weight_interval.low > 0 ? Reading::borne_out : Reading::unclear;
}

// Adjusts the p-values of the tests that were made.
template <class EffectOf>
void control_discoveries(std::vector<TestedWord>& words, const EffectOf& effect_of) {
  std::vector<double> p;
  for (TestedWord& word : words) {
    if (const auto own = effect_of(word).p_value) p.push_back(*own);
  }
  const std::vector<double> adjusted = benjamini_hochberg(p);
  auto next = adjusted.begin();
  for (TestedWord& word : words) {
    if (effect_of(word).p_value) effect_of(word).p_value = *next++;
  }
}

void judge(Shortcuts& found, const AuditedTexts& audited, const ShortcutOptions& options) {
  control_discoveries(found.words, [](TestedWord& word) -> Effect& { return word.swap.effect; });
  control_discoveries(found.words, [](TestedWord& word) -> Effect& { return word.removal; });
  for (TestedWord& word : found.words) {
    word.drives = *word.swap.effect.p_value <= options.fdr;
    word.association = association(audited, word.candidate.word, word.candidate.label);
    if (word.drives && word.association) word.reading = reading_of(word.swap, *word.association);
  }
  std::ranges::stable_sort(found.words, [](const TestedWord& a, const TestedWord& b) {
    return a.drives != b.drives ? a.drives : a.swap.effect.beyond > b.swap.effect.beyond;
  });
}

}  // namespace

std::string_view name_of(Reading reading) {
  constexpr std::string_view kNames[] = {"over-relied", "borne out", "unclear"};
  return kNames[static_cast<std::size_t>(reading)];
}

Result<Shortcuts> find_shortcuts(Classifier& classifier, const AuditedTexts& audited, const ShortcutOptions& options,
                                 const AuditProgress& progress) {
  Shortcuts found;
  for (const AuditedText& text : audited.texts) ++(text.selects ? found.choosing : found.testing);
  const std::vector<Candidate> chosen = candidates(audited, classifier.labels().size(), options.candidates);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    Predictions predictions(classifier, options.removal);
    const Swap swap(audited, chosen[i], options.effects, classifier.max_length(), predictions);
    const Taking taking(audited, chosen[i], options.effects, predictions);
    predictions.run();
    SwapTest swapped = swap.outcome(predictions);
    if (swapped.effect.p_value) {
      found.words.push_back({.candidate = chosen[i],
                             .swap = std::move(swapped),
                             .removal = taking.outcome(predictions),
                             .association = {},
                             .reading = {}});
    }
    if (progress && !progress("testing words", i + 1, chosen.size())) {
      return fail(ErrorCode::interrupted, "interrupted; run the command again");
    }
  }
  judge(found, audited, options);
  return found;
}

}  // namespace pellucid
