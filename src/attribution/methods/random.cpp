// The control: a random score in [0, 1) for each unit, from the seed and the text alone.
#include "attribution/methods/methods.h"
#include "attribution/passes.h"

namespace pellucid {

Result<std::vector<Attribution>> random_scores(Classifier& classifier, std::span<const Input> inputs,
                                               const MethodOptions& options) {
  std::vector<Attribution> results = predictions(classifier, inputs, options);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    SplitMix64 random = random_of(options.seed, *inputs[i].encoding);
    std::vector<double> scores(inputs[i].units->ranges.size());
    for (double& score : scores) score = random.uniform();
    set_scores(results[i], *inputs[i].encoding, spread(*inputs[i].units, scores), 0);
  }
  return results;
}

}  // namespace pellucid
