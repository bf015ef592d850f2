#include "diff/drift.h"

#include <algorithm>
#include <cmath>

#include "evaluate/correlation.h"

namespace pellucid {
namespace {

double size_of(std::span<const double> scores) {
  double size = 0;
  for (const double score : scores) size += std::abs(score);
  return size;
}

bool ordered(std::span<const double> scores) {
  return std::ranges::any_of(scores, [&](double score) { return score != scores.front(); });
}

}  // namespace

std::optional<Likeness> likeness(const SharedWords& words, std::size_t top) {
  if (words.ranges.size() <= top || (!ordered(words.a) && !ordered(words.b))) return std::nullopt;
  return Likeness{.correlation = spearman(words.a, words.b), .overlap = top_overlap(words.a, words.b, top)};
}

Agreement agreement(std::span<const ExplainedText> texts, std::size_t top, std::uint64_t seed) {
  std::vector<double> correlations;
  std::vector<double> overlaps;
  std::vector<double> chance;
  for (const ExplainedText& text : texts) {
    const std::optional<Likeness> found = likeness(text.words, top);
    if (!found) continue;
    correlations.push_back(found->correlation);
    overlaps.push_back(found->overlap);
    chance.push_back(static_cast<double>(top) / static_cast<double>(text.words.ranges.size()));
  }
  return {.correlation = summary_of(std::move(correlations), seed),
          .overlap = summary_of(std::move(overlaps), seed),
          .chance_overlap = mean(chance)};
}

Drift drift(std::span<const DiffText> texts, std::span<const ExplainedText> explained,
            std::span<const ExplainedText> again, std::size_t classes, std::size_t top, std::uint64_t seed) {
  Drift found{.texts = explained.size(), .between = agreement(explained, top, seed)};
  if (!again.empty()) found.itself = agreement(again, top, seed);
  std::vector<double> sizes_a;
  std::vector<double> sizes_b;
  std::vector<std::vector<ExplainedText>> of_class(classes);
  for (const ExplainedText& text : explained) {
    sizes_a.push_back(size_of(text.words.a));
    sizes_b.push_back(size_of(text.words.b));
    of_class[static_cast<std::size_t>(text.target.label)].push_back(text);
  }
  found.size_a = mean(sizes_a);
  found.size_b = mean(sizes_b);
  for (std::size_t c = 0; c < classes; ++c) {
    ClassDrift one{.label = static_cast<std::int32_t>(c), .between = agreement(of_class[c], top, seed)};
    for (const DiffText& text : texts) {
      one.texts += text.a.label == one.label ? 1 : 0;
      one.changed += text.a.label == one.label && text.changed() ? 1 : 0;
    }
    found.classes.push_back(one);
  }
  return found;
}

}  // namespace pellucid
