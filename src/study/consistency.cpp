#include "study/consistency.h"

#include <algorithm>
#include <map>

#include "evaluate/correlation.h"

namespace pellucid::study {
namespace {

// By the bytes of the unchanged text, [begin, end), in its order: of equal scores the earlier is the stronger for both.
using Scores = std::map<std::pair<std::size_t, std::size_t>, double>;

Scores scores_of(const MeasuredText& text) {
  Scores scores;
  for (std::size_t u = 0; u < text.units.size(); ++u) {
    const ByteRange& range = text.units[u];
    if (range.begin < range.end) scores.emplace(std::pair(range.begin, range.end), text.scores[u]);
  }
  return scores;
}

}  // namespace

std::optional<Agreement> agreement(const MeasuredText& one, const MeasuredText& other) {
  if (one.label != other.label) return std::nullopt;
  const Scores ones = scores_of(one);
  const Scores others = scores_of(other);
  std::vector<double> a;
  std::vector<double> b;
  for (const auto& [range, score] : ones) {
    const auto found = others.find(range);
    if (found == others.end()) continue;
    a.push_back(score);
    b.push_back(found->second);
  }
  if (a.size() < 2) return std::nullopt;
  return Agreement{spearman(a, b), top_overlap(a, b, kTopUnits)};
}

std::optional<Consistency> consistency(std::span<const Pair> pairs, std::uint64_t seed) {
  // Texts that any measurement has, in columns.
  std::map<std::size_t, std::size_t> columns;
  for (const auto& [one, other] : pairs) {
    for (const MeasuredText& text : one->texts) columns.emplace(text.text, 0);
  }
  std::size_t next = 0;
  for (auto& [text, column] : columns) column = next++;

  Consistency found;
  std::vector<std::vector<std::optional<double>>> correlations;
  std::vector<std::vector<std::optional<double>>> overlaps;
  for (const auto& [one, other] : pairs) {
    correlations.emplace_back(columns.size());
    overlaps.emplace_back(columns.size());
    for (const MeasuredText& text : one->texts) {
      const auto same = std::ranges::find(other->texts, text.text, &MeasuredText::text);
      if (same == other->texts.end()) continue;
      const std::optional<Agreement> both = agreement(text, *same);
      if (!both) continue;
      correlations.back()[columns[text.text]] = both->rank_correlation;
      overlaps.back()[columns[text.text]] = both->overlap;
      ++found.n;
    }
  }
  if (found.n == 0) return std::nullopt;
  found.rank_correlation = *compare::figure_of_some(correlations, seed);
  found.overlap = *compare::figure_of_some(overlaps, seed);
  return found;
}

}  // namespace pellucid::study
