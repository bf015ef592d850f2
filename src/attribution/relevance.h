// Relevance between the tokens of one text, followed through layers that mix them. Internal to the methods.
#pragma once

#include <span>
#include <vector>

#include "attribution/passes.h"

namespace pellucid {

// [n, n]; row j holds what token j takes from each token i.
using Relevance = std::vector<double>;

Relevance identity(std::size_t n);

// layer · below, where `below` holds what its tokens took from the input.
Relevance rolled(const Relevance& layer, const Relevance& below, std::size_t n);

// Σ_j readout_j relevance_ji: what is read at the top, back at the input. [n]
std::vector<double> read_out(std::span<const float> readout, const Relevance& relevance);

// One text of a batch: its tokens, and its part of what is laid out as attention weights are.
struct Place {
  std::size_t first, n;
  std::size_t heads, weights;  // [heads, n, n] from there on
};
std::vector<Place> places_of(const PackedBatch& batch, std::size_t weight_count);

// Σ_h of a text's [heads, n, n].
Relevance sum_of_heads(std::span<const float> weights, const Place& place);

// Of all texts: read_out() at the tokens where the head reads. [T]
std::vector<double> read_out(const ForwardPass& pass, const PackedBatch& batch, std::span<const Relevance> relevance);

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
