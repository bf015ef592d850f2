// Normalised AOPC (Edin et al. 2024, section 4): where a method's comprehensiveness or sufficiency lies
// between the lowest and the highest that any order of this text's units has, 0 … 1, over every number of
// units (the bins `curve`). It makes texts and models comparable whose probabilities differ in how far they
// can fall. With g(S) = f_c(only S), n units, T_k the top k:
//   comprehensiveness = g(N) − 1/n Σ_{k=1}^{n} g(N \ T_k)     subsets of sizes n−1 … 0
//   sufficiency       = g(N) − 1/n Σ_{k=1}^{n} g(T_k)         subsets of sizes 1 … n
// both sums over a chain, so that one search gives the limits of both. Exact up to 12 units (2^n
// predictions a text), beyond by beam search of width 5 (about 5 n² predictions); what beats the beam's limit
// counts as 1 or 0. A text on which all orders are equal has ½.
#include <algorithm>

#include "evaluate/chain_limits.h"
#include "evaluate/faithfulness.h"
#include "evaluate/measures/measures.h"

namespace pellucid {
namespace {

constexpr std::size_t kExactUnits = 12;
constexpr std::size_t kBeamWidth = 5;

AopcLimits limits_of(Scene& scene, const Ranking& ranking) {
  // Its own: the subsets of one text are of no use to any other.
  Predictions predictions(scene.classifier, scene.options.method.removal);
  const SubsetValues g = [&](const std::vector<std::vector<bool>>& subsets) {
    std::vector<Predictions::Variant> variants;
    for (const std::vector<bool>& keep : subsets) {
      variants.push_back(predictions.add(*ranking.encoding, *ranking.units, keep));
    }
    predictions.run();
    std::vector<double> values;
    for (const Predictions::Variant v : variants) values.push_back(predictions.probability(v, ranking.label));
    return values;
  };
  const std::size_t n = ranking.scores.size();
  const std::vector<double> ends = g({std::vector<bool>(n, false), std::vector<bool>(n, true)});
  ChainLimits chain;
  if (n <= kExactUnits) {
    std::vector<std::vector<bool>> subsets(std::size_t{1} << n, std::vector<bool>(n));
    for (std::size_t s = 0; s < subsets.size(); ++s) {
      for (std::size_t u = 0; u < n; ++u) subsets[s][u] = (s >> u & 1) != 0;
    }
    chain = exact_chain_limits(g(subsets));
  } else {
    chain = beam_chain_limits(n, kBeamWidth, g);
  }
  const auto drop = [&](double sum) { return ends[1] - sum / static_cast<double>(n); };
  const double shift = ends[1] - ends[0];  // from sizes 0 … n−1 to 1 … n
  return {{drop(chain.high), drop(chain.low)}, {drop(chain.high + shift), drop(chain.low + shift)}};
}

double place(double value, const ChainLimits& limits) {
  constexpr double kEqual = 1e-6;  // rounding of predictions in different batches
  const double range = limits.high - limits.low;
  return range < kEqual ? 0.5 : std::clamp((value - limits.low) / range, 0.0, 1.0);
}

Measured normalised(Scene& scene, ChainLimits AopcLimits::* limits, double TextFaithfulness::* value) {
  if (scene.aopc_limits.empty()) {
    for (const Ranking& text : scene.rankings.front()) scene.aopc_limits.push_back(limits_of(scene, text));
  }
  Measured measured;
  for (const std::span<const Ranking> rankings : scene.rankings) {
    const std::vector<TextFaithfulness> found = faithfulness(scene.predictions, rankings, Bins::curve);
    std::vector<double>& values = measured.values.emplace_back();
    for (std::size_t t = 0; t < found.size(); ++t)
      values.push_back(place(found[t].*value, scene.aopc_limits[t].*limits));
  }
  return measured;
}

}  // namespace

Result<Measured> normalised_comprehensiveness(Scene& scene) {
  return normalised(scene, &AopcLimits::comprehensiveness, &TextFaithfulness::comprehensiveness);
}

Result<Measured> normalised_sufficiency(Scene& scene) {
  return normalised(scene, &AopcLimits::sufficiency, &TextFaithfulness::sufficiency);
}

}  // namespace pellucid
