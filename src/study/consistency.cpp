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

Agreements agreements(std::span<const Pair> pairs, std::size_t texts) {
  Agreements found;
  for (const auto& [one, other] : pairs) {
    auto& correlations = found.rank_correlations.emplace_back(texts);
    auto& overlaps = found.overlaps.emplace_back(texts);
    for (const MeasuredText& text : one->texts) {
      const auto same = std::ranges::find(other->texts, text.text, &MeasuredText::text);
      if (same == other->texts.end()) continue;
      const std::optional<Agreement> both = agreement(text, *same);
      if (!both) continue;
      correlations[text.text] = both->rank_correlation;
      overlaps[text.text] = both->overlap;
      ++found.n;
    }
  }
  return found;
}

}  // namespace pellucid::study
