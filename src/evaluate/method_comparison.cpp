#include "evaluate/method_comparison.h"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTogether = 64;  // texts between two reports of progress

struct Outcome {
  const Method* method;
  double seconds = 0, forward_equivalents = 0;  // of all texts
  std::vector<double> values[std::size(kMeasures)];
};

// Higher is better for comprehensiveness and the difference, lower for sufficiency.
double goodness(std::size_t measure, double value) {
  return measure == 1 ? -value : value;
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Result<void> measure(Classifier& classifier, std::span<const ComparedText> texts, const ComparisonOptions& options,
                     Outcome& outcome) {
  std::vector<Input> inputs;
  for (const ComparedText& text : texts) inputs.push_back({text.encoding, text.units, {}});
  MethodOptions method_options = options.method;
  method_options.removal = options.faithfulness.removal;
  const auto start = Clock::now();
  PELLUCID_TRY(const std::vector<Attribution> found, outcome.method->explain(classifier, inputs, method_options));
  outcome.seconds += std::chrono::duration<double>(Clock::now() - start).count();
  std::vector<Ranking> rankings;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    outcome.forward_equivalents += found[i].forward_equivalents;
    rankings.push_back(
        {texts[i].encoding, texts[i].units, unit_scores(*texts[i].units, found[i].scores), found[i].target.label});
  }
  for (const TextFaithfulness& text : faithfulness(classifier, rankings, options.faithfulness)) {
    outcome.values[0].push_back(text.comprehensiveness);
    outcome.values[1].push_back(text.sufficiency);
    outcome.values[2].push_back(text.comprehensiveness - text.sufficiency);
  }
  return {};
}

// Rows of one measure, best first.
std::vector<FaithfulnessRow> rows_of(std::size_t measure, std::span<const Outcome> outcomes, std::uint64_t seed) {
  std::vector<FaithfulnessRow> rows;
  std::vector<std::size_t> order(outcomes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater(),
                           [&](std::size_t o) { return goodness(measure, mean(outcomes[o].values[measure])); });
  const std::vector<double>& best = outcomes[order.front()].values[measure];
  std::vector<double> p_values;
  for (const std::size_t o : order) {
    const Outcome& outcome = outcomes[o];
    const std::vector<double>& values = outcome.values[measure];
    const auto n = static_cast<double>(values.size());
    rows.push_back({.method = std::string(outcome.method->name),
                    .measure = std::string(kMeasures[measure]),
                    .value = mean(values),
                    .interval = bootstrap_mean(values, seed),
                    .n = values.size(),
                    .p_value = 1,
                    .seconds_per_text = outcome.seconds / n,
                    .forward_equivalents = outcome.forward_equivalents / n});
    if (o == order.front()) continue;
    std::vector<double> differences(values.size());
    std::ranges::transform(best, values, differences.begin(), std::minus());
    p_values.push_back(sign_flip_test(differences, seed));
  }
  const std::vector<double> corrected = holm(p_values);
  for (std::size_t i = 0; i < corrected.size(); ++i) rows[i + 1].p_value = corrected[i];
  return rows;
}

}  // namespace

Result<std::vector<FaithfulnessRow>> compare_methods(Classifier& classifier, std::span<const ComparedText> texts,
                                                     std::span<const Method* const> methods,
                                                     const ComparisonOptions& options,
                                                     const std::function<bool(std::size_t)>& progress) {
  if (texts.empty() || methods.empty()) return std::vector<FaithfulnessRow>();
  std::vector<Outcome> outcomes;
  std::size_t done = 0;
  for (const Method* method : methods) {
    Outcome& outcome = outcomes.emplace_back();
    outcome.method = method;
    for (std::size_t first = 0; first < texts.size(); first += kTogether) {
      const auto chunk = texts.subspan(first, std::min(kTogether, texts.size() - first));
      PELLUCID_CHECK(measure(classifier, chunk, options, outcome));
      done += chunk.size();
      if (progress && !progress(done)) return fail(ErrorCode::interrupted, "interrupted while methods were compared");
    }
  }
  std::vector<FaithfulnessRow> rows;
  for (std::size_t m = 0; m < std::size(kMeasures); ++m) {
    for (FaithfulnessRow& row : rows_of(m, outcomes, options.seed)) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace pellucid
