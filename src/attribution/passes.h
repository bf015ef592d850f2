// What the methods share: forward passes over inputs in packed batches. Internal to the methods.
#pragma once

#include <span>
#include <vector>

#include "attribution/method.h"
#include "data/random.h"

namespace pellucid {

// One forward pass over some of the inputs.
struct InputsPass {
  std::vector<std::size_t> inputs;  // which, one text of the batch each
  PackedBatch batch;
  std::unique_ptr<ForwardPass> pass;
  std::vector<float> functionals;  // [B, C]
};

// Attributions with logits, target, explained and zero scores, after `work` was called with each pass.
template <class Work>
std::vector<Attribution> explain_in_passes(Classifier& classifier, std::span<const Input> inputs,
                                           const MethodOptions& options, const Work& work);

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

PackedBatch batch_of(std::span<const Input> inputs, std::span<const std::size_t> group);
std::vector<std::vector<std::size_t>> groups_of(std::span<const Input> inputs, std::size_t batch_tokens);
Attribution unexplained(const Input& input, std::span<const float> logits);

template <class Work>
std::vector<Attribution> explain_in_passes(Classifier& classifier, std::span<const Input> inputs,
                                           const MethodOptions& options, const Work& work) {
  const std::size_t classes = classifier.labels().size();
  std::vector<Attribution> results(inputs.size());
  for (std::vector<std::size_t>& group : groups_of(inputs, options.batch_tokens)) {
    InputsPass one{.inputs = std::move(group), .batch = {}, .pass = nullptr, .functionals = {}};
    one.batch = batch_of(inputs, one.inputs);
    one.pass = classifier.forward(one.batch);
    for (std::size_t b = 0; b < one.inputs.size(); ++b) {
      const std::size_t input = one.inputs[b];
      results[input] = unexplained(inputs[input], one.pass->logits().subspan(b * classes, classes));
      const std::vector<float> weights = functional(results[input].target, results[input].logits);
      one.functionals.insert(one.functionals.end(), weights.begin(), weights.end());
    }
    work(one, std::span(results));
  }
  return results;
}

}  // namespace pellucid
