// Relevance between the tokens of a text, followed from where the head reads down through the layers that mix
// tokens. Internal to the methods.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "attribution/passes.h"

namespace pellucid {

// [n, n] of one text and layer; row j holds what token j takes from each token i of the layer's input.
using Relevance = std::vector<double>;

// One text of a batch: its tokens, and its part of what is laid out as attention weights are.
struct Place {
  std::size_t first, n;
  std::size_t heads, weights;  // [heads, n, n] from there on
};
std::vector<Place> places_of(const PackedBatch& batch, std::size_t weight_count);

// Σ_h of a text's [heads, n, n].
Relevance sum_of_heads(std::span<const float> weights, const Place& place);

// r ← r · layer, from the top layer to the lowest, r [T] being at first what the head reads at each token.
// `layer_of` gives a layer's relevance for each text.
std::vector<double> follow(const ForwardPass& pass, const PackedBatch& batch,
                           const std::function<std::vector<Relevance>(std::size_t layer)>& layer_of);

// For methods whose scores are the same for every target: `score(pass, batch)` gives those of all tokens [T], at the
// cost of `passes` beside the forward pass.
template <class Score>
std::vector<Attribution> explain_whatever_the_target(Classifier& classifier, std::span<const Input> inputs,
                                                     const MethodOptions& options, double passes, const Score& score) {
  std::vector<double> scores;
  return explain_in_passes(classifier, inputs, options, [&](const InputsPass& one, std::span<Attribution> results) {
    if (one.round == 0) scores = score(*one.pass, one.batch);
    for (std::size_t b = 0; b < one.inputs.size(); ++b) {
      const auto first = static_cast<std::size_t>(one.batch.bounds[b]);
      const auto n = static_cast<std::size_t>(one.batch.bounds[b + 1]) - first;
      Attribution& result = results[one.inputs[b]];
      set_scores(result, *inputs[one.inputs[b]].encoding, std::span(scores).subspan(first, n), 0);
      result.forward_equivalents *= 1 + passes;
    }
  });
}

}  // namespace pellucid
