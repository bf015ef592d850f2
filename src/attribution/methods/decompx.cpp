// DecompX (Modarressi et al. 2023), kept to the classifier's logits: each token's embedding is taken
// forwards through the network by itself, attention weights, LayerNorm's 1/σ, GELU(x)/x and tanh(x)/x
// held at their values in the text's own pass. The network is then linear, so the tokens' parts and the
// part of the biases add up to the logits of every class at once. One pass a token.
//
// It is the decomposition of decomposition.cpp the long way round: the same linear map applied forwards
// to each token instead of backwards to each functional. DecompX can also share the biases out among
// the tokens in proportion to their parts; here they are reported on their own, as by every method.
#include <algorithm>

#include "attribution/methods/methods.h"
#include "attribution/passes.h"

namespace pellucid {
namespace {

struct Parts {
  std::vector<std::vector<float>> tokens;  // of each text's r-th token [B, C]
  std::vector<float> biases;               // [B, C]
};

Parts parts_of(const ForwardPass& pass, const PackedBatch& batch) {
  std::size_t longest = 0;
  for (std::size_t b = 0; b < batch.texts(); ++b) {
    longest = std::max(longest, static_cast<std::size_t>(batch.bounds[b + 1] - batch.bounds[b]));
  }
  Parts parts;
  for (std::size_t r = 0; r < longest; ++r) {
    parts.tokens.push_back(pass.propagate(std::vector<std::size_t>(batch.texts(), r)));
  }
  parts.biases = pass.propagate_biases();
  return parts;
}

}  // namespace

Result<std::vector<Attribution>> decompx(Classifier& classifier, std::span<const Input> inputs,
                                         const MethodOptions& options) {
  const std::size_t classes = classifier.labels().size();
  Parts parts;
  MethodOptions one_by_one = options;
  one_by_one.batch_tokens = 1;  // a text of its own: beside longer ones it would wait for all of their tokens
  return explain_in_passes(classifier, inputs, one_by_one, [&](const InputsPass& one, std::span<Attribution> results) {
    if (one.round == 0) parts = parts_of(*one.pass, one.batch);
    for (std::size_t b = 0; b < one.inputs.size(); ++b) {
      const auto functional = std::span(one.functionals).subspan(b * classes, classes);
      const auto part = [&](std::span<const float> of_all) {
        return value_of(functional, of_all.subspan(b * classes, classes));
      };
      std::vector<double> scores;
      for (std::int32_t i = one.batch.bounds[b]; i < one.batch.bounds[b + 1]; ++i) {
        scores.push_back(part(parts.tokens[scores.size()]));
      }
      Attribution& result = results[one.inputs[b]];
      set_scores(result, *inputs[one.inputs[b]].encoding, scores, part(parts.biases));
      result.forward_equivalents *= 2 + static_cast<double>(scores.size());
    }
  });
}

}  // namespace pellucid
