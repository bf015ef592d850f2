#include "evaluate/curves.h"

#include <numeric>

namespace pellucid {
namespace {

std::vector<CurvePoint> mean_curve(std::span<const TextCurves> texts,
                                   std::array<double, kCurvePoints> TextCurves::* curve, std::uint64_t seed) {
  std::vector<CurvePoint> points;
  for (std::size_t p = 0; p < kCurvePoints; ++p) {
    std::vector<double> values;
    for (const TextCurves& text : texts) values.push_back((text.*curve)[p]);
    points.push_back({.share = static_cast<double>(p) / (kCurvePoints - 1),
                      .value = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()),
                      .interval = bootstrap_mean(values, seed)});
  }
  return points;
}

}  // namespace

std::vector<TextCurves> text_curves(Predictions& predictions, std::span<const Ranking> rankings) {
  struct Asked {
    std::array<Predictions::Variant, kCurvePoints> deletion{}, insertion{};
  };
  std::vector<Asked> all;
  for (const Ranking& ranking : rankings) {
    const std::vector<std::size_t> order = order_of(ranking.scores);
    Asked& asked = all.emplace_back();
    for (std::size_t p = 0; p < kCurvePoints; ++p) {
      const std::size_t k = (p * order.size() + kCurvePoints - 2) / (kCurvePoints - 1);
      asked.deletion[p] = predictions.add(*ranking.encoding, *ranking.units, without_first(order, k));
      asked.insertion[p] = predictions.add(*ranking.encoding, *ranking.units, only_first(order, k));
    }
  }
  predictions.run();
  std::vector<TextCurves> curves(rankings.size());
  for (std::size_t r = 0; r < rankings.size(); ++r) {
    for (std::size_t p = 0; p < kCurvePoints; ++p) {
      curves[r].deletion[p] = predictions.probability(all[r].deletion[p], rankings[r].label);
      curves[r].insertion[p] = predictions.probability(all[r].insertion[p], rankings[r].label);
    }
  }
  return curves;
}

Curves mean_curves(std::string method, std::span<const TextCurves> texts, std::uint64_t seed) {
  return {std::move(method), mean_curve(texts, &TextCurves::deletion, seed),
          mean_curve(texts, &TextCurves::insertion, seed)};
}

}  // namespace pellucid
