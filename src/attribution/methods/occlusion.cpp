// Occlusion (Li et al. 2016): f(x) − f(x without the unit). One forward pass a unit.
#include "attribution/methods/methods.h"
#include "attribution/passes.h"

namespace pellucid {

Result<std::vector<Attribution>> occlusion(Classifier& classifier, std::span<const Input> inputs,
                                           const MethodOptions& options) {
  return explain_all_classes(classifier, inputs, options, [&](const Text& text, std::span<const float> logits) {
    const std::size_t units = text.units->ranges.size();
    std::vector<std::vector<bool>> kept(units, std::vector<bool>(units, true));
    for (std::size_t u = 0; u < units; ++u) kept[u][u] = false;
    const std::vector<float> rest = predict_without(classifier, text, kept, options);
    ClassScores found{{}, std::vector<double>(logits.size()), static_cast<double>(units)};
    for (std::size_t k = 0; k < rest.size(); ++k) {
      found.scores.push_back(static_cast<double>(logits[k % logits.size()]) - rest[k]);
    }
    return found;
  });
}

}  // namespace pellucid
