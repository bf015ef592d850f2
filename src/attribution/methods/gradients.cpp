// Gradients at the word embeddings x_i: gradient-x-input (Simonyan et al. 2013) and gradient-norm
// (Li et al. 2016). One forward pass, one backward pass.
#include <cmath>

#include "attribution/methods/methods.h"
#include "attribution/passes.h"

namespace pellucid {
namespace {

// score(gradient at x_i, x_i) for each token.
template <class Score>
std::vector<Attribution> by_gradient(Classifier& classifier, std::span<const Input> inputs,
                                     const MethodOptions& options, const Score& score) {
  const std::size_t d = classifier.hidden_size();
  return explain_in_passes(classifier, inputs, options, [&](const InputsPass& one, std::span<Attribution> results) {
    const std::vector<float> gradient = one.pass->gradient(one.functionals);
    const std::vector<float> rows = classifier.word_embeddings(one.batch.ids);
    for (std::size_t b = 0; b < one.inputs.size(); ++b) {
      std::vector<double> scores;
      for (auto i = static_cast<std::size_t>(one.batch.bounds[b]);
           i < static_cast<std::size_t>(one.batch.bounds[b + 1]); ++i) {
        scores.push_back(score(std::span(gradient).subspan(i * d, d), std::span(rows).subspan(i * d, d)));
      }
      Attribution& result = results[one.inputs[b]];
      set_scores(result, *inputs[one.inputs[b]].encoding, scores, 0);
      result.forward_equivalents += 1;
    }
  });
}

}  // namespace

Result<std::vector<Attribution>> gradient_x_input(Classifier& classifier, std::span<const Input> inputs,
                                                  const MethodOptions& options) {
  return by_gradient(classifier, inputs, options,
                     [](std::span<const float> gradient, std::span<const float> x) { return value_of(gradient, x); });
}

Result<std::vector<Attribution>> gradient_norm(Classifier& classifier, std::span<const Input> inputs,
                                               const MethodOptions& options) {
  return by_gradient(classifier, inputs, options, [](std::span<const float> gradient, std::span<const float>) {
    return std::sqrt(value_of(gradient, gradient));
  });
}

}  // namespace pellucid
