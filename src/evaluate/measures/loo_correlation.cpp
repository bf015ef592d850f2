// Leave-one-out correlation (Jain & Wallace 2019, section 4.1): Kendall's τ-b of a text's scores with what
// leaving out each single unit does, f(x) − f(x \ u), f = z_c − mean of all logits: the scores of occlusion,
// which has 1 by definition. Cost: a prediction a unit and text, shared by all methods.
#include "evaluate/correlation.h"
#include "evaluate/measures/measures.h"

namespace pellucid {

Result<Measured> loo_correlation(Scene& scene) {
  const std::span<const Ranking> texts = scene.rankings.front();
  std::vector<std::vector<Predictions::Variant>> variants;  // the whole text, then without each unit
  for (const Ranking& text : texts) {
    std::vector<Predictions::Variant>& own = variants.emplace_back();
    own.push_back(scene.predictions.add(text.encoding->ids));
    std::vector<bool> keep(text.scores.size(), true);
    for (std::size_t u = 0; u < keep.size(); ++u) {
      keep[u] = false;
      own.push_back(scene.predictions.add(*text.encoding, *text.units, keep));
      keep[u] = true;
    }
  }
  scene.predictions.run();
  std::vector<std::vector<double>> effects;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const auto explained = [&](std::size_t v) { return scene.predictions.explained(variants[t][v], texts[t].label); };
    std::vector<double>& own = effects.emplace_back();
    for (std::size_t v = 1; v < variants[t].size(); ++v) own.push_back(explained(0) - explained(v));
  }
  Measured measured;
  for (const std::span<const Ranking> rankings : scene.rankings) {
    std::vector<double>& values = measured.values.emplace_back();
    for (std::size_t t = 0; t < rankings.size(); ++t) values.push_back(kendall_tau(rankings[t].scores, effects[t]));
  }
  return measured;
}

}  // namespace pellucid
