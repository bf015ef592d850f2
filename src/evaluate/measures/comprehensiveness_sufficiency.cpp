// Comprehensiveness, sufficiency (DeYoung et al. 2020) and their difference: evaluate/faithfulness.h for
// each method. Cost: two predictions a bin, text and method, less those that methods have in common.
#include "evaluate/faithfulness.h"
#include "evaluate/measures/measures.h"

namespace pellucid {
namespace {

Measured by_text(Scene& scene, double (*value)(const TextFaithfulness&)) {
  Measured measured;
  for (const std::span<const Ranking> rankings : scene.rankings) {
    std::vector<double>& values = measured.values.emplace_back();
    for (const TextFaithfulness& text : faithfulness(scene.predictions, rankings, scene.options.bins)) {
      values.push_back(value(text));
    }
  }
  return measured;
}

}  // namespace

Result<Measured> comprehensiveness(Scene& scene) {
  return by_text(scene, [](const TextFaithfulness& text) { return text.comprehensiveness; });
}

Result<Measured> sufficiency(Scene& scene) {
  return by_text(scene, [](const TextFaithfulness& text) { return text.sufficiency; });
}

Result<Measured> faithfulness_difference(Scene& scene) {
  return by_text(scene, [](const TextFaithfulness& text) { return text.difference(); });
}

}  // namespace pellucid
