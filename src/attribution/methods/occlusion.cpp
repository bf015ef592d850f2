// Occlusion (Li et al. 2016): f(x) − f(x without the unit). One forward pass a unit.
#include "attribution/methods/methods.h"
#include "attribution/passes.h"
#include "runtime/predict.h"

namespace pellucid {

Result<std::vector<Attribution>> occlusion(Classifier& classifier, std::span<const Input> inputs,
                                           const MethodOptions& options) {
  const std::size_t classes = classifier.labels().size();
  std::vector<Attribution> results = predictions(classifier, inputs, options);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Units& units = *inputs[i].units;
    std::vector<std::vector<std::int32_t>> without;
    std::vector<bool> keep(units.ranges.size(), true);
    for (std::size_t u = 0; u < keep.size(); ++u) {
      keep[u] = false;
      without.push_back(
          remove_units(*inputs[i].encoding, units, keep, options.removal, classifier.tokenizer().specials()));
      keep[u] = true;
    }
    const std::vector<float> logits = predict(classifier, without, options.batch_tokens);
    const std::vector<float> weights = functional(results[i].target, results[i].logits);
    std::vector<double> scores;
    for (std::size_t u = 0; u < without.size(); ++u) {
      scores.push_back(results[i].explained - value_of(weights, std::span(logits).subspan(u * classes, classes)));
    }
    set_scores(results[i], *inputs[i].encoding, spread(units, scores), 0);
    results[i].forward_equivalents = 1 + static_cast<double>(without.size());
  }
  return results;
}

}  // namespace pellucid
