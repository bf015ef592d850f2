// The classifier's own attribution (the paper's scoring equation; method.md sections 1, 2).
#include "attribution/methods/methods.h"
#include "attribution/passes.h"

namespace pellucid {

// a_i = Σ_h Σ_j A^h_ji ⟨∂y/∂u_j, u_j⟩: what the head ranks tokens by.
Result<std::vector<Attribution>> attention_attribution(Classifier& classifier, std::span<const Input> inputs,
                                                       const MethodOptions& options) {
  return explain_in_passes(classifier, inputs, options, [&](const InputsPass& one, std::span<Attribution> results) {
    const std::vector<float> a = one.pass->attribution(one.functionals);
    for (std::size_t b = 0; b < one.inputs.size(); ++b) {
      const std::vector<double> scores(a.begin() + one.batch.bounds[b], a.begin() + one.batch.bounds[b + 1]);
      set_scores(results[one.inputs[b]], *inputs[one.inputs[b]].encoding, scores, 0);
    }
  });
}

// w_i ⟨f, t_i − b_c⟩: the terms of z = Σ_i w_i t_i, exact at the head's inputs.
Result<std::vector<Attribution>> head_contributions(Classifier& classifier, std::span<const Input> inputs,
                                                    const MethodOptions& options) {
  const std::size_t classes = classifier.labels().size();
  return explain_in_passes(classifier, inputs, options, [&](const InputsPass& one, std::span<Attribution> results) {
    const std::vector<float> contributions = one.pass->head_attribution().contributions;
    for (std::size_t b = 0; b < one.inputs.size(); ++b) {
      const auto functional = std::span(one.functionals).subspan(b * classes, classes);
      std::vector<double> scores;
      for (auto i = static_cast<std::size_t>(one.batch.bounds[b]);
           i < static_cast<std::size_t>(one.batch.bounds[b + 1]); ++i) {
        scores.push_back(value_of(functional, std::span(contributions).subspan(i * classes, classes)));
      }
      set_scores(results[one.inputs[b]], *inputs[one.inputs[b]].encoding, scores,
                 value_of(functional, one.pass->class_bias()));
    }
  });
}

}  // namespace pellucid
