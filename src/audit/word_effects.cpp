#include "audit/word_effects.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "data/random.h"
#include "evaluate/quality_study.h"

namespace pellucid {
namespace {

// Of `texts`, as many as are tested: the same for all candidates, as far as they suit.
std::vector<std::size_t> drawn(std::vector<std::size_t> texts, const EffectOptions& options) {
  SplitMix64(options.seed).shuffle(std::span(texts));
  texts.resize(std::min(texts.size(), options.texts));
  std::ranges::sort(texts);
  return texts;
}

// Choices that depend on the seed, the text and the word alone.
SplitMix64 random_of(const EffectOptions& options, const AuditedText& text, std::size_t word) {
  return {options.seed ^ hash_of(text.encoding.ids), word};
}

std::size_t weakest_unit(const AuditedText& text) {
  return static_cast<std::size_t>(
      std::ranges::min_element(text.scores, {}, [](double score) { return std::abs(score); }) - text.scores.begin());
}

// The ids with other pieces in a unit's place, cut to what the model reads.
std::vector<std::int32_t> replaced(const AuditedText& text, std::size_t unit, std::span<const std::int32_t> pieces,
                                   std::size_t max_length) {
  std::vector<std::int32_t> ids;
  bool put = false;
  for (std::size_t i = 0; i < text.encoding.ids.size(); ++i) {
    if (text.units.unit_of[i] != static_cast<std::int32_t>(unit)) {
      ids.push_back(text.encoding.ids[i]);
    } else if (!put) {
      ids.insert(ids.end(), pieces.begin(), pieces.end());
      put = true;
    }
  }
  if (ids.size() > max_length) ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(max_length) - 1, ids.end() - 1);
  return ids;
}

double log_odds(std::span<const float> logits, std::int32_t label) {
  const auto own = static_cast<std::size_t>(label);
  double largest = -HUGE_VAL;
  for (std::size_t c = 0; c < logits.size(); ++c) {
    if (c != own) largest = std::max(largest, static_cast<double>(logits[c]));
  }
  double sum = 0;
  for (std::size_t c = 0; c < logits.size(); ++c) {
    if (c != own) sum += std::exp(static_cast<double>(logits[c]) - largest);
  }
  return static_cast<double>(logits[own]) - largest - std::log(sum);
}

// Changes of p_c and flips, text by text, of the word and of its control.
struct Changes {
  std::vector<double> word, control;
  std::size_t flips = 0, control_flips = 0;
};

Effect effect_of(const Changes& changes, const EffectOptions& options) {
  Effect effect{.texts = changes.word.size(),
                .change = mean(changes.word),
                .control_change = mean(changes.control),
                .interval = {},
                .flips_interval = wilson_interval(changes.flips, changes.word.size()),
                .control_flips_interval = wilson_interval(changes.control_flips, changes.word.size())};
  if (effect.texts == 0) return effect;
  const auto n = static_cast<double>(effect.texts);
  effect.flips = static_cast<double>(changes.flips) / n;
  effect.control_flips = static_cast<double>(changes.control_flips) / n;
  std::vector<double> beyond;
  std::vector<double> above_least;
  for (std::size_t i = 0; i < changes.word.size(); ++i) {
    beyond.push_back(changes.word[i] - changes.control[i]);
    above_least.push_back(beyond.back() - options.least_effect);
  }
  effect.beyond = mean(beyond);
  effect.interval = bootstrap_mean(beyond, options.seed);
  if (effect.texts >= kFewestTested) effect.p_value = sign_flip_above(above_least, options.seed);
  return effect;
}

}  // namespace

Swap::Swap(const AuditedTexts& audited, const Candidate& candidate, const EffectOptions& options,
           std::size_t max_length, Predictions& predictions)
    : audited_(audited), candidate_(candidate), options_(options) {
  if (candidate.controls.empty()) return;
  std::vector<std::size_t> suited;
  for (std::size_t t = 0; t < audited.texts.size(); ++t) {
    const AuditedText& text = audited.texts[t];
    if (text.selects || text.units.ranges.empty() || text.predicted == candidate.label) continue;
    if (text.gold != candidate.label && !contains(text, candidate.word)) suited.push_back(t);
  }
  for (const std::size_t t : drawn(std::move(suited), options)) {
    const AuditedText& text = audited.texts[t];
    const std::size_t unit = weakest_unit(text);
    const std::size_t control =
        candidate.controls[random_of(options, text, candidate.word).below(candidate.controls.size())];
    const auto label = static_cast<std::size_t>(candidate.label);
    copies_.push_back(
        {.example = {.text = t, .unit = unit, .control = control, .before = text.probabilities[label]},
         .with = predictions.add(replaced(text, unit, audited.words.pieces(candidate.word), max_length)),
         .with_control = predictions.add(replaced(text, unit, audited.words.pieces(control), max_length))});
  }
}

SwapTest Swap::outcome(const Predictions& predictions) const {
  Changes changes;
  std::vector<double> weights;
  std::vector<SwapExample> examples;
  for (const Copy& copy : copies_) {
    SwapExample example = copy.example;
    example.after = predictions.probability(copy.with, candidate_.label);
    example.with_control = predictions.probability(copy.with_control, candidate_.label);
    example.predicted = argmax(predictions.logits(copy.with));
    changes.word.push_back(example.after - example.before);
    changes.control.push_back(example.with_control - example.before);
    changes.flips += example.predicted == candidate_.label ? 1 : 0;
    changes.control_flips += argmax(predictions.logits(copy.with_control)) == candidate_.label ? 1 : 0;
    weights.push_back(log_odds(predictions.logits(copy.with), candidate_.label) -
                      log_odds(predictions.logits(copy.with_control), candidate_.label));
    examples.push_back(example);
  }
  std::ranges::stable_sort(examples, std::greater(),
                           [](const SwapExample& example) { return example.after - example.with_control; });
  examples.resize(std::min(examples.size(), options_.examples));
  return {.effect = effect_of(changes, options_),
          .weight = mean(weights),
          .weight_interval = bootstrap_mean(weights, options_.seed),
          .examples = std::move(examples)};
}

Taking::Taking(const AuditedTexts& audited, const Candidate& candidate, const EffectOptions& options,
               Predictions& predictions)
    : audited_(audited), candidate_(candidate), options_(options) {
  std::vector<std::size_t> suited;
  for (std::size_t t = 0; t < audited.texts.size(); ++t) {
    const AuditedText& text = audited.texts[t];
    const auto times = static_cast<std::size_t>(std::ranges::count(text.words, candidate.word));
    if (!text.selects && text.predicted == candidate.label && times > 0 && text.words.size() >= 2 * times) {
      suited.push_back(t);
    }
  }
  for (const std::size_t t : drawn(std::move(suited), options)) {
    const AuditedText& text = audited.texts[t];
    std::vector<bool> keep(text.words.size());
    std::vector<std::size_t> others;
    for (std::size_t u = 0; u < text.words.size(); ++u) {
      keep[u] = text.words[u] != candidate.word;
      if (keep[u]) others.push_back(u);
    }
    const std::size_t times = text.words.size() - others.size();
    random_of(options, text, candidate.word).shuffle(std::span(others));
    std::vector<bool> keep_in_control(text.words.size(), true);
    for (std::size_t i = 0; i < times; ++i) keep_in_control[others[i]] = false;
    copies_.push_back({.text = t,
                       .without = predictions.add(text.encoding, text.units, keep),
                       .without_control = predictions.add(text.encoding, text.units, keep_in_control)});
  }
}

Effect Taking::outcome(const Predictions& predictions) const {
  Changes changes;
  for (const Copy& copy : copies_) {
    const double before = audited_.texts[copy.text].probabilities[static_cast<std::size_t>(candidate_.label)];
    changes.word.push_back(before - predictions.probability(copy.without, candidate_.label));
    changes.control.push_back(before - predictions.probability(copy.without_control, candidate_.label));
    changes.flips += argmax(predictions.logits(copy.without)) != candidate_.label ? 1 : 0;
    changes.control_flips += argmax(predictions.logits(copy.without_control)) != candidate_.label ? 1 : 0;
  }
  return effect_of(changes, options_);
}

}  // namespace pellucid
