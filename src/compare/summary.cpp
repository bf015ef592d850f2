#include "compare/summary.h"

#include <algorithm>
#include <functional>

namespace pellucid::compare {
namespace {

using Predictions = std::vector<std::vector<std::int32_t>>;  // [S][N]
using Values = std::vector<std::vector<double>>;             // [S][n]

template <class Get>
double mean_of(const std::vector<Cell>& cells, const Get& get) {
  double sum = 0;
  for (const Cell& cell : cells) sum += static_cast<double>(get(cell));
  return sum / static_cast<double>(cells.size());
}

Predictions predictions_of(const std::vector<Cell>& cells) {
  Predictions predicted;
  for (const Cell& cell : cells) predicted.push_back(cell.test->predicted);
  return predicted;
}

// Of the method (0) or the control (1). [S][n]
Values explained(const std::vector<Cell>& cells, std::size_t which) {
  Values values;
  for (const Cell& cell : cells) values.push_back(cell.test->faithfulness[which].values);
  return values;
}

std::string options_text(const PlannedSystem& system, const Setting& setting) {
  Setting all = system.options;
  all.insert(all.end(), setting.begin(), setting.end());
  std::ranges::stable_partition(all, [](const Option& option) { return option.name == "system"; });
  return describe(all);
}

ComparedFaithfulness faithfulness_of(const TestedSystem& tested, std::uint64_t seed) {
  const std::vector<Cell>& cells = tested.cells;
  ComparedFaithfulness found;
  found.method = cells.front().test->faithfulness.front().method;
  found.difference = figure_of(explained(cells, 0), seed);
  found.random = figure_of(explained(cells, 1), seed).value;
  found.seconds_per_text =
      mean_of(cells, [](const Cell& cell) { return cell.test->faithfulness.front().seconds_per_text; });
  found.forward_equivalents =
      mean_of(cells, [](const Cell& cell) { return cell.test->faithfulness.front().forward_equivalents; });
  if (tested.choice) {
    for (std::size_t m = 0; m < tested.choice->methods.size(); ++m) {
      found.tried.push_back({tested.choice->methods[m], tested.choice->values[m]});
    }
    std::ranges::stable_sort(found.tried, std::greater(), &TriedMethod::value);
  }
  return found;
}

ComparedSystem compared(const TestedSystem& tested, const Plan& plan, const Texts& texts, std::uint64_t seed) {
  const std::vector<Cell>& cells = tested.cells;
  const std::size_t classes = texts.labels.size();
  const Predictions predicted = predictions_of(cells);
  ComparedSystem one;
  one.name = tested.system->name;
  one.system = cells.front().system;
  one.options = options_text(*tested.system, tested.system->settings[tested.chosen]);
  if (tested.system->settings.size() > 1) {
    for (std::size_t s = 0; s < tested.system->settings.size(); ++s) {
      one.tried.push_back({describe(tested.system->settings[s]), tested.validation_macro_f1[s], s == tested.chosen});
    }
  }
  one.accuracy = figure_of(correctness(predicted, texts.gold), seed);
  const auto macro = [&](double Average::* which) {
    return *figure_of(macro_average(predicted, texts.gold, classes, which), seed);
  };
  one.precision = macro(&Average::precision);
  one.recall = macro(&Average::recall);
  one.f1 = macro(&Average::f1);
  one.pooled = pooled_metrics(predicted, texts.gold, classes);
  one.negative_log_likelihood = mean_of(cells, [](const Cell& c) { return c.test->negative_log_likelihood; });
  one.expected_calibration_error = mean_of(cells, [](const Cell& c) { return c.test->expected_calibration_error; });
  one.brier = mean_of(cells, [](const Cell& c) { return c.test->brier; });
  one.parameters = cells.front().training->parameters;
  one.training_seconds = mean_of(cells, [](const Cell& c) { return c.training->seconds; });
  one.tokens_per_second = mean_of(cells, [](const Cell& c) { return c.training->tokens_per_second; });
  one.texts_per_second = mean_of(cells, [](const Cell& c) { return c.test->texts_per_second; });
  one.truncated_texts = cells.front().test->truncated_texts;
  if (plan.faithfulness) one.faithfulness = faithfulness_of(tested, seed);
  for (std::size_t s = 0; s < cells.size(); ++s) {
    one.cells.push_back({.seed = cells[s].seed,
                         .folder = cells[s].folder.string(),
                         .validation_macro_f1 = cells[s].training->macro_f1,
                         .accuracy = one.accuracy.of_seeds[s],
                         .macro_f1 = one.f1.of_seeds[s],
                         .steps = cells[s].training->steps,
                         .stopped_early = cells[s].training->stopped_early,
                         .seconds = cells[s].training->seconds});
  }
  return one;
}

}  // namespace

Comparison summarise(const Plan& plan, const Texts& texts, std::span<const TestedSystem> systems,
                     const Circumstances& circumstances) {
  Comparison comparison{setup_of(plan, texts, circumstances), plan.reference, {}};
  if (plan.faithfulness) {
    comparison.explained_texts = systems.front().cells.front().test->faithfulness.front().values.size();
  }
  std::size_t reference = 0;
  for (const TestedSystem& system : systems) {
    if (system.system->name == plan.reference) reference = comparison.systems.size();
    comparison.systems.push_back(compared(system, plan, texts, circumstances.seed));
    for (const Cell& cell : system.cells) {
      add_training(comparison, *cell.training);
      add_maker(comparison, cell.test->tool);
    }
  }
  // Holm's correction goes over the systems of one column.
  std::vector<Test> labels;
  std::vector<Test> explanations;
  const auto right = [&](std::size_t s) { return correctness(predictions_of(systems[s].cells), texts.gold); };
  for (std::size_t s = 0; s < systems.size(); ++s) {
    if (s == reference) continue;
    ComparedSystem& own = comparison.systems[s];
    labels.push_back({&own.accuracy, correctness_test(right(s), right(reference), circumstances.seed)});
    if (!plan.faithfulness) continue;
    explanations.push_back(
        {&own.faithfulness->difference,
         paired_test(explained(systems[s].cells, 0), explained(systems[reference].cells, 0), circumstances.seed)});
  }
  add_corrected(labels);
  add_corrected(explanations);
  return comparison;
}

}  // namespace pellucid::compare
