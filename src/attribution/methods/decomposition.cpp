// The exact decomposition of the deployed prediction (method.md section 3): one forward pass, one
// backward pass with every gate held fixed.
#include "attribution/methods/methods.h"
#include "attribution/passes.h"

namespace pellucid {

Result<std::vector<Attribution>> decomposition(Classifier& classifier, std::span<const Input> inputs,
                                               const MethodOptions& options) {
  return explain_in_passes(classifier, inputs, options, [&](const InputsPass& one, std::span<Attribution> results) {
    const Decomposition found = one.pass->decompose(one.functionals);
    for (std::size_t b = 0; b < one.inputs.size(); ++b) {
      const auto begin = static_cast<std::size_t>(one.batch.bounds[b]);
      const auto end = static_cast<std::size_t>(one.batch.bounds[b + 1]);
      double bias = 0;
      for (std::size_t i = begin; i < end; ++i) bias += found.bias[i];
      Attribution& result = results[one.inputs[b]];
      set_scores(result, *inputs[one.inputs[b]].encoding, std::span(found.scores).subspan(begin, end - begin), bias);
      result.forward_equivalents += 1;
    }
  });
}

}  // namespace pellucid
