#include "evaluate/quality.h"

#include <algorithm>
#include <cmath>

#include "data/random.h"
#include "evaluate/correlation.h"
#include "evaluate/faithfulness.h"
#include "evaluate/measure.h"

namespace pellucid {
namespace {

constexpr std::size_t kTogether = 16;  // texts whose random orders are predicted together
constexpr double kCheap = 2;           // passes
constexpr std::size_t kOrders = 4;     // units: 24 orders

// The explanation itself, then random orders of the same units.
std::vector<Ranking> with_random_orders(const Input& input, const Attribution& found, const QualityOptions& options) {
  const Ranking own{input.encoding, input.units, unit_scores(*input.units, found.scores), found.target.label};
  std::vector<Ranking> rankings(1 + options.random_orders, own);
  SplitMix64 random(options.method.seed, hash_of(input.encoding->ids));
  for (std::size_t r = 1; r < rankings.size(); ++r) {
    for (std::size_t u = 0; u < own.scores.size(); ++u) rankings[r].scores[u] = static_cast<double>(u);
    random.shuffle(std::span(rankings[r].scores));
  }
  return rankings;
}

Quality measured(std::span<const TextFaithfulness> texts, std::size_t units, Removal removal) {
  Quality quality{
      .comprehensiveness = texts[0].comprehensiveness, .sufficiency = texts[0].sufficiency, .removal = removal};
  if (units < kOrders) return quality;
  double below = 0;
  for (const TextFaithfulness& random : texts.subspan(1)) {
    const double less = texts[0].difference() - random.difference();
    below += less > 0 ? 1 : less == 0 ? 0.5 : 0;
  }
  quality.random_percentile = 100 * below / static_cast<double>(texts.size() - 1);
  return quality;
}

std::optional<double> completeness_error(const Method& method, const Units& units, const Attribution& found) {
  if (!method.complete) return {};
  double sum = 0;
  for (const double score : unit_scores(units, found.scores)) sum += std::abs(score);
  return sum == 0 ? std::abs(found.residual) : std::abs(found.residual) / sum;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  constexpr std::string_view kNames[] = {"ok", "weak", "suspect"};
  return kNames[static_cast<std::size_t>(verdict)];
}

double rank_agreement(const Method& a, std::span<const double> a_scores, const Method& b,
                      std::span<const double> b_scores) {
  if (a.has_signs && b.has_signs) return kendall_tau(a_scores, b_scores);
  const auto sizes = [](std::span<const double> scores) {
    std::vector<double> sizes;
    for (const double score : scores) sizes.push_back(std::abs(score));
    return sizes;
  };
  return kendall_tau(sizes(a_scores), sizes(b_scores));
}

Verdict verdict_of(const Quality& quality) {
  if (quality.random_percentile && *quality.random_percentile < kSuspectPercentile) return Verdict::suspect;
  if (quality.completeness_error && !(*quality.completeness_error <= kSuspectError)) return Verdict::suspect;
  if (quality.random_percentile && *quality.random_percentile < kWeakPercentile) return Verdict::weak;
  return quality.agreement && *quality.agreement < kWeakAgreement ? Verdict::weak : Verdict::ok;
}

Result<std::vector<const Method*>> cheap_methods(Classifier& classifier) {
  constexpr std::string_view kText = "one two three";
  const Encoding encoding = classifier.tokenizer().encode(kText, classifier.max_length());
  const Units units = units_of(kText, encoding, Unit::word);
  const Input input{&encoding, &units, {}};
  std::vector<const Method*> cheap;
  for (const Method* method : methods_for(classifier)) {
    if (method->name == kControlMethod) continue;
    PELLUCID_TRY(const auto found, method->explain(classifier, {&input, 1}, {}));
    if (found.front().forward_equivalents <= kCheap) cheap.push_back(method);
  }
  return cheap;
}

Result<std::vector<std::optional<Quality>>> qualities(const Method& method, Classifier& classifier,
                                                      std::span<const Input> inputs, std::span<const Attribution> found,
                                                      const QualityOptions& options) {
  std::vector<std::optional<Quality>> results(inputs.size());
  const std::size_t each = 1 + options.random_orders;
  for (std::size_t first = 0; first < inputs.size(); first += kTogether) {
    Predictions predictions(classifier, options.method.removal);
    std::vector<std::size_t> which;
    std::vector<Ranking> rankings;
    for (std::size_t i = first; i < std::min(first + kTogether, inputs.size()); ++i) {
      // Of a class rather than itself there is nothing to judge: all scores are 0.
      if (inputs[i].units->ranges.empty() || found[i].target.label == found[i].target.against) continue;
      which.push_back(i);
      const std::vector<Ranking> own = with_random_orders(inputs[i], found[i], options);
      rankings.insert(rankings.end(), own.begin(), own.end());
    }
    const std::vector<TextFaithfulness> texts = faithfulness(predictions, rankings, Bins::deciles);
    for (std::size_t w = 0; w < which.size(); ++w) {
      const Units& units = *inputs[which[w]].units;
      results[which[w]] =
          measured(std::span(texts).subspan(w * each, each), units.ranges.size(), options.method.removal);
      results[which[w]]->completeness_error = completeness_error(method, units, found[which[w]]);
    }
  }
  double others = 0;
  std::vector<double> agreement(inputs.size());
  for (const Method* other : options.others) {
    if (other == &method) continue;
    PELLUCID_TRY(const auto second, other->explain(classifier, inputs, options.method));
    ++others;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      agreement[i] += rank_agreement(method, unit_scores(*inputs[i].units, found[i].scores), *other,
                                     unit_scores(*inputs[i].units, second[i].scores));
    }
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!results[i]) continue;
    if (others > 0) results[i]->agreement = agreement[i] / others;
    results[i]->verdict = verdict_of(*results[i]);
  }
  return results;
}

}  // namespace pellucid
