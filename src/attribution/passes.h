// What the methods share: forward passes over inputs in packed batches. Internal to the methods.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "attribution/method.h"
#include "data/random.h"

namespace pellucid {

// One text and the inputs of a call that ask about it.
struct Text {
  const Encoding* encoding = nullptr;
  const Units* units = nullptr;
  std::vector<std::size_t> inputs;  // one a target
};
std::vector<Text> texts_of(std::span<const Input> inputs);

// One forward pass over some of the texts, and one target of each.
struct InputsPass {
  PackedBatch batch;
  std::unique_ptr<ForwardPass> pass;
  std::vector<std::size_t> inputs;  // [B] which of the call
  std::vector<float> functionals;   // [B, C]
  std::size_t round = 0;            // 0 for the first target of each text, 1 for the second …
};

// Attributions with logits, target, explained and zero scores, after `work` was called with each pass and
// each target.
template <class Work>
std::vector<Attribution> explain_in_passes(Classifier& classifier, std::span<const Input> inputs,
                                           const MethodOptions& options, const Work& work);

// Scores of one text's units for the logits of all classes at once, by a method that is linear in them.
struct ClassScores {
  std::vector<double> scores;  // [u, C]
  std::vector<double> bias;    // [C]
  double passes = 0;           // what they cost beside the prediction of the whole text
};

// Attributions from what `score(text, logits of the whole text [C])` returns for each text.
template <class Score>
std::vector<Attribution> explain_all_classes(Classifier& classifier, std::span<const Input> inputs,
                                             const MethodOptions& options, const Score& score);

// Logits of the text with some units removed, each of `kept` naming those that stay. [kept.size(), C]
std::vector<float> predict_without(Classifier& classifier, const Text& text, std::span<const std::vector<bool>> kept,
                                   const MethodOptions& options);

// Sets scores (special tokens' go to `special` and `bias`), adds `bias`, and sets the residual.
void set_scores(Attribution& attribution, const Encoding& encoding, std::span<const double> scores, double bias);

// A unit's score in equal parts on its pieces, so that their sum is the unit's.
std::vector<double> spread(const Units& units, std::span<const double> unit_scores);

// Logits alone: attributions without scores, for methods that only look at predictions.
std::vector<Attribution> predictions(Classifier& classifier, std::span<const Input> inputs,
                                     const MethodOptions& options);

// Random choices that depend on the seed and the text alone.
SplitMix64 random_of(std::uint64_t seed, const Encoding& encoding);

double value_of(std::span<const float> functional, std::span<const float> logits);

// ---- implementation ----

PackedBatch batch_of(std::span<const Text> texts, std::span<const std::size_t> group);
std::vector<std::vector<std::size_t>> groups_of(std::span<const Text> texts, std::size_t batch_tokens);
Attribution unexplained(const Input& input, std::span<const float> logits, std::size_t targets);
void set_class_scores(const ClassScores& found, const Text& text, std::span<Attribution> results);

template <class Work>
std::vector<Attribution> explain_in_passes(Classifier& classifier, std::span<const Input> inputs,
                                           const MethodOptions& options, const Work& work) {
  const std::size_t classes = classifier.labels().size();
  const std::vector<Text> texts = texts_of(inputs);
  std::vector<Attribution> results(inputs.size());
  for (const std::vector<std::size_t>& group : groups_of(texts, options.batch_tokens)) {
    InputsPass one{batch_of(texts, group), nullptr, std::vector<std::size_t>(group.size()), {}, 0};
    one.pass = classifier.forward(one.batch);
    std::size_t rounds = 0;
    for (const std::size_t text : group) rounds = std::max(rounds, texts[text].inputs.size());
    for (one.round = 0; one.round < rounds; ++one.round) {
      one.functionals.clear();
      for (std::size_t b = 0; b < group.size(); ++b) {
        // A text with fewer targets than its neighbours explains one of its own again.
        const std::vector<std::size_t>& own = texts[group[b]].inputs;
        const std::size_t input = one.inputs[b] = own[one.round % own.size()];
        results[input] = unexplained(inputs[input], one.pass->logits().subspan(b * classes, classes), own.size());
        const std::vector<float> weights = functional(results[input].target, results[input].logits);
        one.functionals.insert(one.functionals.end(), weights.begin(), weights.end());
      }
      work(std::as_const(one), std::span(results));
    }
  }
  return results;
}

template <class Score>
std::vector<Attribution> explain_all_classes(Classifier& classifier, std::span<const Input> inputs,
                                             const MethodOptions& options, const Score& score) {
  std::vector<Attribution> results = predictions(classifier, inputs, options);
  for (const Text& text : texts_of(inputs)) {
    const std::vector<float>& logits = results[text.inputs.front()].logits;
    set_class_scores(score(text, std::span<const float>(logits)), text, results);
  }
  return results;
}

}  // namespace pellucid
