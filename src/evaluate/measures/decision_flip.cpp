// Decision flip (Serrano & Smith 2019, section 4): the smallest share k/n of units whose removal changes the
// predicted class, units removed by rank; 1 where even the empty text keeps the class. Most important first: lower
// is better. Reversed, least important first (the second curve of Nguyen 2018): higher is better. Cost: up to n
// predictions a text and method, in rounds that end with the flip.
#include <algorithm>

#include "evaluate/measures/measures.h"

namespace pellucid {
namespace {

constexpr std::size_t kRound = 8;  // removals that are tried together

std::vector<double> flips(Predictions& predictions, std::span<const Ranking> rankings, bool reversed) {
  std::vector<std::vector<std::size_t>> orders;
  std::vector<Predictions::Variant> whole;
  std::size_t longest = 0;
  for (const Ranking& ranking : rankings) {
    std::vector<std::size_t>& order = orders.emplace_back(order_of(ranking.scores));
    if (reversed) std::ranges::reverse(order);
    whole.push_back(predictions.add(ranking.encoding->ids));
    longest = std::max(longest, order.size());
  }
  std::vector<double> shares(rankings.size(), 1);
  std::vector<bool> flipped(rankings.size(), false);
  for (std::size_t first = 1; first <= longest; first += kRound) {
    struct Try {
      std::size_t text, removed;
      Predictions::Variant variant;
    };
    std::vector<Try> tries;
    for (std::size_t t = 0; t < rankings.size(); ++t) {
      for (std::size_t k = first; !flipped[t] && k < first + kRound && k <= orders[t].size(); ++k) {
        tries.push_back(
            {t, k, predictions.add(*rankings[t].encoding, *rankings[t].units, without_first(orders[t], k))});
      }
    }
    predictions.run();
    for (const Try& one : tries) {
      if (flipped[one.text]) continue;
      flipped[one.text] = argmax(predictions.logits(one.variant)) != argmax(predictions.logits(whole[one.text]));
      if (flipped[one.text]) {
        shares[one.text] = static_cast<double>(one.removed) / static_cast<double>(orders[one.text].size());
      }
    }
  }
  return shares;
}

Measured flips_of_all(Scene& scene, bool reversed) {
  Measured measured;
  for (const std::span<const Ranking> rankings : scene.rankings) {
    measured.values.push_back(flips(scene.predictions, rankings, reversed));
  }
  return measured;
}

}  // namespace

Result<Measured> decision_flip(Scene& scene) {
  return flips_of_all(scene, false);
}

Result<Measured> decision_flip_reversed(Scene& scene) {
  return flips_of_all(scene, true);
}

}  // namespace pellucid
