#include "evaluate/faithfulness.h"

namespace pellucid {
namespace {

struct Asked {
  Predictions::Variant whole;
  std::vector<Predictions::Variant> without, only;  // one a bin
};

}  // namespace

std::vector<TextFaithfulness> faithfulness(Predictions& predictions, std::span<const Ranking> rankings, Bins bins) {
  std::vector<Asked> all;
  for (const Ranking& ranking : rankings) {
    const std::vector<std::size_t> order = order_of(ranking.scores);
    Asked& asked = all.emplace_back(Asked{predictions.add(ranking.encoding->ids), {}, {}});
    for (const std::size_t k : bin_counts(bins, order.size())) {
      asked.without.push_back(predictions.add(*ranking.encoding, *ranking.units, without_first(order, k)));
      asked.only.push_back(predictions.add(*ranking.encoding, *ranking.units, only_first(order, k)));
    }
  }
  predictions.run();
  std::vector<TextFaithfulness> results;
  for (std::size_t r = 0; r < rankings.size(); ++r) {
    const auto mean_drop = [&](const std::vector<Predictions::Variant>& changed) {
      const double whole = predictions.probability(all[r].whole, rankings[r].label);
      double sum = 0;
      for (const Predictions::Variant variant : changed) {
        sum += whole - predictions.probability(variant, rankings[r].label);
      }
      return sum / static_cast<double>(changed.size());
    };
    results.push_back({mean_drop(all[r].without), mean_drop(all[r].only)});
  }
  return results;
}

}  // namespace pellucid
