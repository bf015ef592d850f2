// Model-parameter randomisation, cascading from the top (Adebayo et al. 2018, section 3): the model loses its
// head, then its last layer, …, in the end its embeddings (randomised_model.h), and explains the same class of the
// same texts each time. Value: Spearman's ρ of the new scores with the trained model's, mean over the stages;
// the parts are the stages. An explanation that does not depend on what the model learnt keeps a ρ near 1, as
// the control, whose scores depend on the text alone, has by definition. Cost: each method once more a stage,
// and a copy of the model on disk at a time.
#include "evaluate/correlation.h"
#include "evaluate/explain_units.h"
#include "evaluate/measures/measures.h"
#include "evaluate/randomised_model.h"

namespace pellucid {

Result<Measured> parameter_randomisation(Scene& scene) {
  PELLUCID_TRY(const std::vector<std::string> stages, randomisation_stages(scene.options.model));
  Measured measured;
  for (const std::span<const Ranking> rankings : scene.rankings) measured.values.emplace_back(rankings.size());
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    PELLUCID_TRY(const auto random,
                 load_randomised(scene.options.model, stage, scene.options.method.seed, scene.explainer));
    Values& part = measured.parts.emplace_back(stages[stage], Values()).second;
    for (std::size_t m = 0; m < scene.methods.size(); ++m) {
      const std::span<const Ranking> rankings = scene.rankings[m];
      PELLUCID_TRY(const auto scores, explain_units(*scene.methods[m], *random, rankings, scene.options.method));
      std::vector<double>& values = part.emplace_back();
      for (std::size_t t = 0; t < rankings.size(); ++t) {
        values.push_back(spearman(rankings[t].scores, scores[t]));
        measured.values[m][t] += values.back() / static_cast<double>(stages.size());
      }
    }
  }
  return measured;
}

}  // namespace pellucid
