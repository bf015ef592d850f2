#include "report/shading.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/numbers.h"

namespace pellucid {

constexpr std::size_t kClassesShown = 8;

std::vector<Part> parts_of(const Explanation& explanation) {
  const std::size_t size = explanation.text.size();
  std::vector<Part> parts;
  std::size_t at = 0;
  for (std::size_t u = 0; u < explanation.units.size(); ++u) {
    // Clamped: a unit that is out of order or out of the text can hide nothing of it.
    const std::size_t begin = std::clamp(explanation.units[u].range.begin, at, size);
    const std::size_t end = std::clamp(explanation.units[u].range.end, begin, size);
    if (begin > at) parts.push_back({{at, begin}, std::nullopt});
    if (end > begin) parts.push_back({{begin, end}, u});
    at = end;
  }
  if (at < size) parts.push_back({{at, size}, std::nullopt, explanation.dropped_pieces > 0});
  return parts;
}

std::string_view bytes_of(const Explanation& explanation, const ByteRange& range) {
  const std::size_t begin = std::min(range.begin, explanation.text.size());
  return std::string_view(explanation.text).substr(begin, std::max(range.end, begin) - begin);
}

double largest_score(const Explanation& explanation) {
  double largest = 0;
  for (const ExplainedUnit& unit : explanation.units) {
    if (std::isfinite(unit.score)) largest = std::max(largest, std::abs(unit.score));
  }
  return largest;
}

double strength(double score, double largest) {
  return largest > 0 && std::isfinite(score) ? std::min(1.0, std::abs(score) / largest) : 0;
}

double sum_of_scores(const Explanation& explanation) {
  double sum = 0;
  for (const ExplainedUnit& unit : explanation.units) sum += unit.score;
  return sum;
}

std::vector<std::size_t> by_strength(const Explanation& explanation) {
  const double largest = largest_score(explanation);
  std::vector<std::size_t> order(explanation.units.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater(),
                           [&](std::size_t u) { return strength(explanation.units[u].score, largest); });
  return order;
}

ShownClasses shown_classes(const Explanation& explanation) {
  ShownClasses shown;
  shown.first.resize(explanation.classes.size());
  std::iota(shown.first.begin(), shown.first.end(), std::size_t{0});
  if (shown.first.size() <= kClassesShown) return shown;
  std::ranges::stable_sort(shown.first, std::greater(), [&](std::size_t c) { return explanation.probabilities[c]; });
  shown.rest.assign(shown.first.begin() + kClassesShown, shown.first.end());
  shown.first.resize(kClassesShown);
  return shown;
}

double probability_of_label(const Explanation& explanation) {
  const auto found = std::ranges::find(explanation.classes, explanation.label);
  if (found == explanation.classes.end()) return 0;
  return explanation.probabilities[static_cast<std::size_t>(found - explanation.classes.begin())];
}

std::string question(const Explanation& explanation) {
  if (explanation.against) return explanation.target + " rather than " + *explanation.against;
  return explanation.target + ", against the mean of all classes";
}

const char* side_of(const Explanation& explanation, double score) {
  return !explanation.has_signs ? "weight" : score > 0 ? "for" : "against";
}

std::string score_text(const Explanation& explanation, double score, int decimals) {
  return explanation.has_signs ? with_sign(score, decimals) : fixed(score, decimals);
}

std::string direction(const Explanation& explanation, double score) {
  if (!explanation.has_signs) return "how much, not for which class";
  if (score >= 0) return "for " + explanation.target;
  return explanation.against ? "for " + *explanation.against : "against " + explanation.target;
}

std::string explained_value(const Explanation& explanation) {
  return "logit of " + explanation.target + " − " +
         (explanation.against ? "logit of " + *explanation.against : "mean of all logits");
}

std::string quality_in_words(const Explanation& explanation) {
  const Quality& quality = *explanation.quality;
  std::string words =
      "comprehensiveness " + fixed(quality.comprehensiveness, 3) + ", sufficiency " + fixed(quality.sufficiency, 3);
  if (quality.random_percentile) {
    words += ", better than " + fixed(*quality.random_percentile, 0) + "% of random orders";
  }
  if (quality.completeness_error) words += ", completeness error " + percent(*quality.completeness_error);
  if (quality.agreement) words += ", agreement with other methods " + with_sign(*quality.agreement, 2);
  return words;
}

std::string unit_name(Unit unit, std::size_t count) {
  return std::string(name_of(unit)) + (count == 1 ? "" : "s");
}

}  // namespace pellucid
