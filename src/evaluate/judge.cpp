#include "evaluate/judge.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "attribution/windows.h"
#include "evaluate/standings.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

// How many of the first inputs are explained between two reports of progress: a batch's worth of tokens.
std::size_t together(std::span<const Input> inputs, std::size_t batch_tokens) {
  std::size_t tokens = 0;
  std::size_t count = 0;
  while (count < inputs.size() && tokens < batch_tokens) tokens += inputs[count++].encoding->ids.size();
  return count;
}

struct Outcome {
  std::string_view method;
  double seconds = 0, forward_equivalents = 0;  // of all texts
  std::vector<std::vector<double>> values;      // [measure][text]
};

// Rows of measure `m`, best first.
std::vector<JudgedRow> rows_of(std::string_view measure, std::size_t m, std::span<const Outcome> outcomes,
                               std::uint64_t seed) {
  std::vector<std::vector<double>> values;
  for (const Outcome& outcome : outcomes) values.push_back(outcome.values[m]);
  std::vector<JudgedRow> rows;
  for (const Standing& one : standings(values, Better::higher, seed)) {
    const Outcome& outcome = outcomes[one.method];
    const std::size_t n = values[one.method].size();
    rows.push_back({.method = std::string(outcome.method),
                    .measure = std::string(measure),
                    .value = one.value,
                    .interval = one.interval,
                    .n = n,
                    .p_value = one.p_value,
                    .seconds_per_text = outcome.seconds / static_cast<double>(n),
                    .forward_equivalents = outcome.forward_equivalents / static_cast<double>(n)});
  }
  return rows;
}

}  // namespace

Result<std::vector<JudgedRow>> judge_methods(Classifier& classifier, std::span<const Input> inputs,
                                             std::span<const Method* const> methods,
                                             std::span<const std::string_view> measures, const Judge& judge,
                                             const MethodOptions& options, std::uint64_t seed,
                                             const std::function<bool(std::size_t)>& progress) {
  if (inputs.empty() || methods.empty()) return std::vector<JudgedRow>();
  std::vector<Outcome> outcomes;
  std::size_t done = 0;
  for (const Method* method : methods) {
    Outcome& outcome = outcomes.emplace_back();
    outcome.method = method->name;
    outcome.values.resize(measures.size());
    for (std::size_t first = 0; first < inputs.size();) {
      const auto chunk = inputs.subspan(first, together(inputs.subspan(first), options.batch_tokens));
      const auto start = Clock::now();
      PELLUCID_TRY(const std::vector<Attribution> found, explain_in_windows(classifier, *method, chunk, options));
      outcome.seconds += std::chrono::duration<double>(Clock::now() - start).count();
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (!std::ranges::all_of(found[i].logits, [](float logit) { return std::isfinite(logit); })) {
          return fail(ErrorCode::numeric,
                      "expected finite logits, found NaN or infinity; the model's weights are damaged or overflow");
        }
        outcome.forward_equivalents += found[i].forward_equivalents;
        const std::vector<double> values = judge(first + i, found[i]);
        for (std::size_t m = 0; m < measures.size(); ++m) outcome.values[m].push_back(values[m]);
      }
      first += chunk.size();
      done += chunk.size();
      if (progress && !progress(done)) {
        return fail(ErrorCode::interrupted, "interrupted while methods were compared; run the command again");
      }
    }
  }
  std::vector<JudgedRow> rows;
  for (std::size_t m = 0; m < measures.size(); ++m) {
    for (JudgedRow& row : rows_of(measures[m], m, outcomes, seed)) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace pellucid
