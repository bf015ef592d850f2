#include "compare/table.h"

#include <algorithm>

#include "report/numbers.h"

namespace pellucid::compare {
namespace {

std::string share(double value) {
  return fixed(value, 3);
}

}  // namespace

std::string spread_text(const Figure& figure) {
  if (figure.spread) return fixed(*figure.spread, 4);
  return counted(figure.of_seeds.size(), "seed", "seeds");
}

std::string p_value_text(const Figure& figure) {
  return figure.p_value ? p_text(*figure.p_value) : "reference";
}

std::string duration_text(double seconds) {
  if (seconds < 100) return fixed(seconds, seconds < 10 ? 1 : 0) + " s";
  if (seconds < 6000) return fixed(seconds / 60, 0) + " min";
  return fixed(seconds / 3600, 1) + " h";
}

std::string millions(std::int64_t count) {
  const double value = static_cast<double>(count) / 1e6;
  return fixed(value, value < 0.1 ? 3 : 1) + " M";
}

Table labels_table(const Comparison& comparison) {
  Table table = {{"system", "accuracy", "95% interval", "sd", "p", "precision", "recall", "F1", "95% interval", "sd"}};
  for (const ComparedSystem& one : comparison.systems) {
    table.push_back({one.name, share(one.accuracy.value), interval_text(one.accuracy.interval, 3),
                     spread_text(one.accuracy), p_value_text(one.accuracy), share(one.precision.value),
                     share(one.recall.value), share(one.f1.value), interval_text(one.f1.interval, 3),
                     spread_text(one.f1)});
  }
  return table;
}

Table explanations_table(const Comparison& comparison) {
  Table table = {
      {"system", "explained by", "comp. − suff.", "95% interval", "sd", "p", "random", "passes/text", "ms/text"}};
  for (const ComparedSystem& one : comparison.systems) {
    if (!one.faithfulness) continue;
    const ComparedFaithfulness& found = *one.faithfulness;
    table.push_back({one.name, found.method, share(found.difference.value), interval_text(found.difference.interval, 3),
                     spread_text(found.difference), p_value_text(found.difference), share(found.random),
                     fixed(found.forward_equivalents, 1), fixed(1000 * found.seconds_per_text, 1)});
  }
  return table;
}

Table costs_table(const Comparison& comparison) {
  Table table = {
      {"system", "parameters", "settings tried", "training", "tokens/s", "predicted texts/s", "NLL", "ECE", "Brier"}};
  for (const ComparedSystem& one : comparison.systems) {
    table.push_back({one.name, millions(one.parameters), std::to_string(std::max<std::size_t>(1, one.tried.size())),
                     duration_text(one.training_seconds), grouped(static_cast<std::size_t>(one.tokens_per_second)),
                     grouped(static_cast<std::size_t>(one.texts_per_second)), share(one.negative_log_likelihood),
                     share(one.expected_calibration_error), share(one.brier)});
  }
  return table;
}

std::vector<std::string> notes_of(const Comparison& comparison) {
  std::vector<std::string> notes;
  notes.push_back(texts_note(comparison));
  const bool several = comparison.seeds.size() > 1;
  notes.push_back((several ? "Means over seeds " : "Seed ") + seeds_text(comparison) +
                  "; precision, recall, F1: macro averages; intervals: bootstrap over test texts" +
                  (several ? "; sd: over seeds" : "") + "; p: accuracy against " + comparison.reference + ", " +
                  (several ? "paired sign flips of each text's mean over seeds" : "McNemar's exact test") +
                  ", Holm-corrected.");
  if (comparison.explained_texts > 0) {
    const bool chosen = std::ranges::any_of(comparison.systems, [](const ComparedSystem& one) {
      return one.faithfulness && !one.faithfulness->tried.empty();
    });
    notes.push_back("Explanations: " + explained_note(comparison) +
                    (chosen ? ", where there is a choice by the method that is best for a system on validation texts"
                            : std::string()) +
                    "; p: paired sign flips.");
  }
  return notes;
}

}  // namespace pellucid::compare
