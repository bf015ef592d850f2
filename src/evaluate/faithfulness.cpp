#include "evaluate/faithfulness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "runtime/predict.h"

namespace pellucid {
namespace {

constexpr std::array<std::pair<std::string_view, Bins>, 3> kBins = {
    {{"eraser", Bins::eraser}, {"deciles", Bins::deciles}, {"curve", Bins::curve}}};
constexpr std::size_t kTogether = 64;  // rankings whose variants are predicted together

// The texts to be predicted, each once.
class Variants {
 public:
  std::size_t add(std::vector<std::int32_t> ids) {
    const auto [known, added] = index_.try_emplace(std::move(ids), texts_.size());
    if (added) texts_.push_back(known->first);
    return known->second;
  }
  const std::vector<std::vector<std::int32_t>>& texts() const { return texts_; }

 private:
  std::map<std::vector<std::int32_t>, std::size_t> index_;
  std::vector<std::vector<std::int32_t>> texts_;
};

struct Measured {
  std::size_t full;
  std::vector<std::size_t> without, only;  // one a bin
};

Measured plan(const Ranking& ranking, const FaithfulnessOptions& options, const SpecialTokens& specials,
              Variants& variants) {
  const std::size_t n = ranking.scores.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t u) { return ranking.scores[u]; });
  Measured measured{variants.add(ranking.encoding->ids), {}, {}};
  std::vector<bool> top(n, false);
  std::size_t in_top = 0;
  const auto variant = [&] {
    return variants.add(remove_units(*ranking.encoding, *ranking.units, top, options.removal, specials));
  };
  for (const std::size_t k : bin_counts(options.bins, n)) {
    while (in_top < k) top[order[in_top++]] = true;
    measured.only.push_back(variant());
    top.flip();
    measured.without.push_back(variant());
    top.flip();
  }
  return measured;
}

}  // namespace

Result<Bins> bins_from_name(std::string_view name) {
  const auto found = std::ranges::find(kBins, name, [](const auto& pair) { return pair.first; });
  if (found != kBins.end()) return found->second;
  return fail(ErrorCode::usage, "expected bins: one of eraser, deciles, curve; found '" + std::string(name) + "'");
}

std::string_view name_of(Bins bins) {
  return std::ranges::find(kBins, bins, [](const auto& pair) { return pair.second; })->first;
}

std::vector<std::size_t> bin_counts(Bins bins, std::size_t n) {
  std::vector<std::size_t> counts;
  if (bins == Bins::curve) {
    counts.resize(n);
    std::iota(counts.begin(), counts.end(), std::size_t{1});
    return counts;
  }
  static constexpr std::array<std::size_t, 5> kEraser = {1, 5, 10, 20, 50};
  static constexpr std::array<std::size_t, 10> kDeciles = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100};
  const std::span<const std::size_t> percents =
      bins == Bins::eraser ? std::span<const std::size_t>(kEraser) : std::span<const std::size_t>(kDeciles);
  for (const std::size_t percent : percents) counts.push_back(std::max<std::size_t>(1, (percent * n + 99) / 100));
  return counts;
}

std::vector<TextFaithfulness> faithfulness(Classifier& classifier, std::span<const Ranking> rankings,
                                           const FaithfulnessOptions& options) {
  const std::size_t classes = classifier.labels().size();
  std::vector<TextFaithfulness> results;
  for (std::size_t first = 0; first < rankings.size(); first += kTogether) {
    const auto chunk = rankings.subspan(first, std::min(kTogether, rankings.size() - first));
    Variants variants;
    std::vector<Measured> plans;
    for (const Ranking& ranking : chunk) {
      plans.push_back(plan(ranking, options, classifier.tokenizer().specials(), variants));
    }
    const std::vector<float> logits = predict(classifier, variants.texts(), options.batch_tokens);
    for (std::size_t r = 0; r < chunk.size(); ++r) {
      const auto probability = [&](std::size_t variant) {  // f_c
        return softmax(std::span(logits).subspan(variant * classes, classes))[static_cast<std::size_t>(chunk[r].label)];
      };
      const auto mean_drop = [&](const std::vector<std::size_t>& changed) {
        double sum = 0;
        for (const std::size_t variant : changed) sum += probability(plans[r].full) - probability(variant);
        return sum / static_cast<double>(changed.size());
      };
      results.push_back({mean_drop(plans[r].without), mean_drop(plans[r].only)});
    }
  }
  return results;
}

}  // namespace pellucid
