// Max-sensitivity (Yeh et al. 2019, definition 3.1), relative: max over perturbations of
//   |φ(x̃) − φ(x)| / |φ(x)|,   Euclidean length over the units of a text, for the class predicted of x; of no
// length at all, 0 where that stays so, else 1,
// x̃ the word embeddings moved by 2 % of their length (perturbed_classifier.h), four draws that all texts and
// methods share. Cost: each method four times more, on passes that keep their activations.
#include <algorithm>
#include <cmath>

#include "evaluate/explain_units.h"
#include "evaluate/measures/measures.h"
#include "evaluate/perturbed_classifier.h"

namespace pellucid {
namespace {

constexpr double kRadius = 0.02;
constexpr std::uint64_t kDraws = 4;

double relative_change(const std::vector<double>& scores, const std::vector<double>& changed) {
  double difference = 0;
  double length = 0;
  for (std::size_t u = 0; u < scores.size(); ++u) {
    difference += (changed[u] - scores[u]) * (changed[u] - scores[u]);
    length += scores[u] * scores[u];
  }
  if (length == 0) return difference == 0 ? 0 : 1;
  return std::sqrt(difference / length);
}

}  // namespace

Result<Measured> max_sensitivity(Scene& scene) {
  Measured measured;
  for (const std::span<const Ranking> rankings : scene.rankings) measured.values.emplace_back(rankings.size());
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    PerturbedClassifier perturbed(scene.explainer, kRadius, scene.options.method.seed + draw);
    for (std::size_t m = 0; m < scene.methods.size(); ++m) {
      const std::span<const Ranking> rankings = scene.rankings[m];
      PELLUCID_TRY(const auto changed, explain_units(*scene.methods[m], perturbed, rankings, scene.options.method));
      for (std::size_t t = 0; t < rankings.size(); ++t) {
        measured.values[m][t] = std::max(measured.values[m][t], relative_change(rankings[t].scores, changed[t]));
      }
    }
  }
  return measured;
}

}  // namespace pellucid
