// Infidelity (Yeh et al. 2019, definition 2.1) with removals of units as perturbations: for a random set I of
// a tenth of the units (one at least; 32 sets a text, the same for all methods),
//   E_I [(β Σ_{u∈I} φ_u − (f(x) − f(x \ I)))²] / E_I [(f(x) − f(x \ I))²],   f = z_c − mean of all logits,
// with the β >= 0 that makes it least: the paper's optimal scaling (section 2.1), so that methods whose scores are no
// logits can be compared, kept from turning a ranking upside down. 0: the scores predict every removal; 1: they
// say nothing. All sets have one size, and a small one: where it varies, the effect grows with it, and any positive
// scores, random ones too, seem to predict it. Cost: 32 predictions a text, shared by all methods.
#include <algorithm>

#include "data/random.h"
#include "evaluate/measures/measures.h"

namespace pellucid {
namespace {

constexpr std::size_t kSets = 32;

struct Removed {
  std::vector<bool> keep;
  double effect = 0;  // f(x) − f(x \ I)
};

std::vector<bool> random_keep(std::size_t n, SplitMix64& random) {
  std::vector<std::size_t> order(n);
  for (std::size_t u = 0; u < n; ++u) order[u] = u;
  random.shuffle(std::span(order));
  return without_first(order, (n + 9) / 10);
}

double infidelity_of(const std::vector<double>& scores, const std::vector<Removed>& removals) {
  double scores_effects = 0;
  double scores_squared = 0;
  double effects_squared = 0;
  for (const Removed& removed : removals) {
    double sum = 0;
    for (std::size_t u = 0; u < scores.size(); ++u) sum += removed.keep[u] ? 0 : scores[u];
    scores_effects += sum * removed.effect;
    scores_squared += sum * sum;
    effects_squared += removed.effect * removed.effect;
  }
  if (scores_effects <= 0) return 1;  // β = 0
  return std::max(0.0, 1 - scores_effects * scores_effects / (scores_squared * effects_squared));
}

}  // namespace

Result<Measured> infidelity(Scene& scene) {
  const std::span<const Ranking> texts = scene.rankings.front();
  std::vector<std::vector<Removed>> removals;
  std::vector<std::vector<Predictions::Variant>> variants;  // the whole text, then one a set
  for (const Ranking& text : texts) {
    SplitMix64 random(scene.options.method.seed, hash_of(text.encoding->ids));
    std::vector<Removed>& own = removals.emplace_back(kSets);
    std::vector<Predictions::Variant>& asked = variants.emplace_back();
    asked.push_back(scene.predictions.add(text.encoding->ids));
    for (Removed& removed : own) {
      removed.keep = random_keep(text.scores.size(), random);
      asked.push_back(scene.predictions.add(*text.encoding, *text.units, removed.keep));
    }
  }
  scene.predictions.run();
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const auto explained = [&](std::size_t v) { return scene.predictions.explained(variants[t][v], texts[t].label); };
    for (std::size_t i = 0; i < kSets; ++i) removals[t][i].effect = explained(0) - explained(i + 1);
  }
  Measured measured;
  for (const std::span<const Ranking> rankings : scene.rankings) {
    std::vector<double>& values = measured.values.emplace_back();
    for (std::size_t t = 0; t < rankings.size(); ++t) {
      values.push_back(infidelity_of(rankings[t].scores, removals[t]));
    }
  }
  return measured;
}

}  // namespace pellucid
