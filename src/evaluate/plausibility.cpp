#include "evaluate/plausibility.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "evaluate/ranking.h"

namespace pellucid {
namespace {

std::size_t count(const std::vector<bool>& flags) {
  return static_cast<std::size_t>(std::ranges::count(flags, true));
}

// step(marked, unmarked) for each set of equal scores, from the largest score down.
template <class Step>
void for_each_step(std::span<const double> scores, const std::vector<bool>& marked, const Step& step) {
  const std::vector<std::size_t> order = order_of(scores);
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    std::size_t hits = 0;
    do hits += marked[order[end++]];
    while (end < order.size() && scores[order[end]] == scores[order[begin]]);
    step(static_cast<double>(hits), static_cast<double>(end - begin - hits));
    begin = end;
  }
}

double f1(double precision, double recall) {
  return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
}

struct Span {
  std::size_t begin, end;
};

std::vector<Span> spans_of(const std::vector<bool>& flags) {
  std::vector<Span> spans;
  for (std::size_t u = 0; u < flags.size(); ++u) {
    if (!flags[u]) continue;
    if (u == 0 || !flags[u - 1]) spans.push_back({u, u});
    spans.back().end = u + 1;
  }
  return spans;
}

// Intersection over union >= ½.
bool overlap(const Span& a, const Span& b) {
  const std::size_t begin = std::max(a.begin, b.begin);
  const std::size_t end = std::min(a.end, b.end);
  const std::size_t shared = end > begin ? end - begin : 0;
  return 2 * shared >= (a.end - a.begin) + (b.end - b.begin) - shared;
}

}  // namespace

std::vector<bool> marked_units(const Units& units, std::span<const ByteRange> evidence) {
  std::vector<bool> marked;
  for (const ByteRange& unit : units.ranges) {
    marked.push_back(std::ranges::any_of(
        evidence, [&](const ByteRange& range) { return range.begin < unit.end && unit.begin < range.end; }));
  }
  return marked;
}

double average_precision(std::span<const double> scores, const std::vector<bool>& marked) {
  const auto all = static_cast<double>(count(marked));
  double hits = 0;
  double seen = 0;
  double area = 0;
  for_each_step(scores, marked, [&](double more_hits, double misses) {
    hits += more_hits;
    seen += more_hits + misses;
    area += more_hits / all * (hits / seen);
  });
  return area;
}

double area_under_roc(std::span<const double> scores, const std::vector<bool>& marked) {
  double hits = 0;
  double pairs = 0;  // of a marked unit and an unmarked one with a lower score
  for_each_step(scores, marked, [&](double more_hits, double misses) {
    pairs += misses * (hits + more_hits / 2);
    hits += more_hits;
  });
  return pairs / (hits * (static_cast<double>(marked.size()) - hits));
}

std::vector<bool> first_units(std::span<const double> scores, std::size_t k) {
  return only_first(order_of(scores), std::min(k, scores.size()));
}

double token_f1(const std::vector<bool>& chosen, const std::vector<bool>& marked) {
  double both = 0;
  for (std::size_t u = 0; u < marked.size(); ++u) both += chosen[u] && marked[u] ? 1 : 0;
  const auto all = static_cast<double>(count(chosen) + count(marked));
  return all == 0 ? 0 : 2 * both / all;
}

double iou_f1(const std::vector<bool>& chosen, const std::vector<bool>& marked) {
  const std::vector<Span> found = spans_of(chosen);
  const std::vector<Span> truth = spans_of(marked);
  if (found.empty() || truth.empty()) return 0;
  const auto right = static_cast<double>(std::ranges::count_if(found, [&](const Span& span) {
    return std::ranges::any_of(truth, [&](const Span& other) { return overlap(span, other); });
  }));
  return f1(right / static_cast<double>(found.size()), right / static_cast<double>(truth.size()));
}

bool tells_apart(const std::vector<bool>& marked) {
  return count(marked) > 0 && count(marked) < marked.size();
}

double mean_marked_share(std::span<const std::vector<bool>> marked) {
  double sum = 0;
  for (const std::vector<bool>& one : marked) sum += static_cast<double>(count(one)) / static_cast<double>(one.size());
  return sum / static_cast<double>(marked.size());
}

Result<std::vector<JudgedRow>> compare_plausibility(Classifier& classifier, std::span<const RationaleText> texts,
                                                    std::span<const Method* const> methods,
                                                    const PlausibilityOptions& options,
                                                    const std::function<bool(std::size_t)>& progress) {
  std::vector<Input> inputs;
  for (const RationaleText& text : texts) inputs.push_back({text.encoding, text.units, {}});
  const Judge judge = [&](std::size_t text, const Attribution& attribution) {
    const std::vector<bool>& marked = texts[text].marked;
    std::vector<double> scores = unit_scores(*texts[text].units, attribution.scores);
    scores.resize(marked.size(), -std::numeric_limits<double>::infinity());
    const auto n = static_cast<double>(marked.size());
    const std::size_t k =
        options.share ? static_cast<std::size_t>(std::max(1.0, std::round(*options.share * n))) : count(marked);
    const std::vector<bool> chosen = first_units(scores, k);
    return std::vector<double>{average_precision(scores, marked), area_under_roc(scores, marked),
                               token_f1(chosen, marked), iou_f1(chosen, marked)};
  };
  return judge_methods(classifier, inputs, methods, kPlausibilityMeasures, judge, options.method, options.seed,
                       progress);
}

}  // namespace pellucid
