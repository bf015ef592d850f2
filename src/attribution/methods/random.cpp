// The control: a random score in [0, 1) for each unit, from the seed and the text alone.
#include "data/random.h"
#include "attribution/methods/methods.h"
#include "attribution/passes.h"

namespace pellucid {

Result<std::vector<Attribution>> random_scores(Classifier& classifier, std::span<const Input> inputs,
                                               const MethodOptions& options) {
  std::vector<Attribution> results = predictions(classifier, inputs, options);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::uint64_t text = 0xCBF29CE484222325;  // FNV-1a of the ids
    for (const std::int32_t id : inputs[i].encoding->ids)
      text = (text ^ static_cast<std::uint32_t>(id)) * 0x100000001B3;
    SplitMix64 random(options.seed, text);
    std::vector<double> scores(inputs[i].units->ranges.size());
    for (double& score : scores) score = static_cast<double>(random.next() >> 11) * 0x1.0p-53;
    set_scores(results[i], *inputs[i].encoding, spread(*inputs[i].units, scores), 0);
  }
  return results;
}

}  // namespace pellucid
