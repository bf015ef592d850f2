// Soft comprehensiveness and sufficiency (Zhao & Aletras 2023, section 3): no word is removed as a whole;
// each entry of a piece's word embedding survives with a probability,
//   x'_i = x_i ⊙ e_i,   e_i ~ Bernoulli(q_i)^d,   q_i = a_i (sufficiency) or 1 − a_i (comprehensiveness),
// a_i the text's scores brought to 0 … 1 by their minimum and maximum (½ where all are equal), and
// f_c(x) − f_c(x') is averaged over four draws. The paper's further steps, cutting negative falls to 0 and
// dividing by the fall of the empty text, are left out, so that values compare with the hard measures'.
// All methods get the same uniform numbers. Special tokens, positions and types stay. Cost: four passes a
// method and text, activations kept.
#include <algorithm>

#include "data/packing.h"
#include "data/random.h"
#include "evaluate/measures/measures.h"

namespace pellucid {
namespace {

constexpr std::size_t kDraws = 4;

std::vector<double> to_unit_interval(const std::vector<double>& scores) {
  const auto [low, high] = std::ranges::minmax(scores);
  std::vector<double> scaled;
  for (const double score : scores) scaled.push_back(high > low ? (score - low) / (high - low) : 0.5);
  return scaled;
}

// Embeddings [n, d] of a text in which entries of unit u survive with probability kept[u].
void append_dropped(const Ranking& ranking, std::vector<float> rows, const std::vector<double>& kept, SplitMix64 random,
                    std::vector<float>& all) {
  const std::size_t d = rows.size() / ranking.encoding->ids.size();
  for (std::size_t i = 0; i < ranking.encoding->ids.size(); ++i) {
    const std::int32_t unit = ranking.units->unit_of[i];
    if (unit < 0) continue;
    for (std::size_t k = i * d; k < (i + 1) * d; ++k) {
      const double uniform = random.uniform();
      if (uniform >= kept[static_cast<std::size_t>(unit)]) rows[k] = 0;
    }
  }
  all.insert(all.end(), rows.begin(), rows.end());
}

// Mean over the draws of f_c(x') for each ranking.
std::vector<double> dropped_probabilities(Scene& scene, std::span<const Ranking> rankings, bool keep_important) {
  const std::size_t classes = scene.classifier.labels().size();
  std::vector<std::size_t> lengths;  // a text for each ranking and draw
  for (const Ranking& ranking : rankings) lengths.insert(lengths.end(), kDraws, ranking.encoding->ids.size());
  std::vector<double> means(rankings.size());
  for (const std::vector<std::size_t>& group : batches_by_length(lengths, scene.options.method.batch_tokens)) {
    PackedBatch batch;
    std::vector<float> rows;
    for (const std::size_t g : group) {
      const Ranking& ranking = rankings[g / kDraws];
      const std::vector<std::int32_t>& ids = ranking.encoding->ids;
      std::vector<double> kept = to_unit_interval(ranking.scores);
      if (!keep_important) std::ranges::for_each(kept, [](double& q) { q = 1 - q; });
      batch.add(ids);
      append_dropped(ranking, scene.classifier.word_embeddings(ids), kept,
                     SplitMix64(scene.options.method.seed, hash_of(ids) + g % kDraws), rows);
    }
    const auto pass = scene.classifier.forward(batch, rows);
    for (std::size_t b = 0; b < group.size(); ++b) {
      const std::size_t r = group[b] / kDraws;
      means[r] += softmax(pass->logits().subspan(b * classes, classes))[static_cast<std::size_t>(rankings[r].label)] /
                  static_cast<double>(kDraws);
    }
  }
  return means;
}

Measured soft(Scene& scene, bool keep_important) {
  Measured measured;
  for (const std::span<const Ranking> rankings : scene.rankings) {
    std::vector<Predictions::Variant> whole;
    for (const Ranking& ranking : rankings) whole.push_back(scene.predictions.add(ranking.encoding->ids));
    scene.predictions.run();
    std::vector<double>& values = measured.values.emplace_back(dropped_probabilities(scene, rankings, keep_important));
    for (std::size_t t = 0; t < values.size(); ++t) {
      values[t] = scene.predictions.probability(whole[t], rankings[t].label) - values[t];
    }
  }
  return measured;
}

}  // namespace

Result<Measured> soft_comprehensiveness(Scene& scene) {
  return soft(scene, false);
}

Result<Measured> soft_sufficiency(Scene& scene) {
  return soft(scene, true);
}

}  // namespace pellucid
