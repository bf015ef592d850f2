#include "compare/run.h"

#include <algorithm>

#include "compare/cell.h"
#include "compare/measure_cell.h"
#include "compare/summary.h"
#include "compare/texts.h"
#include "compare/train_cell.h"
#include "train/trained_classifier.h"

namespace pellucid::compare {
namespace {

class Runner {
 public:
  Runner(const Plan& plan, const RunOptions& options, const OptionsReader& reader)
      : plan_(plan), options_(options), reader_(reader) {
    for (const PlannedSystem& system : plan.systems) total_ += system.settings.size() + plan.seeds.size() - 1;
  }

  Result<Comparison> go() {
    PELLUCID_CHECK(check_precision(options_.precision));
    PELLUCID_TRY(const train::Options first,
                 options_of(plan_, plan_.systems.front(), plan_.systems.front().settings.front(), reader_));
    PELLUCID_TRY(const ModelFolder encoder, open_model_folder(plan_.model));
    encoder_sha256_ = encoder.weights_sha256;
    PELLUCID_TRY(texts_, prepare_texts(plan_, first.reading, options_.out));
    std::vector<TestedSystem> tested;
    for (const PlannedSystem& system : plan_.systems) {
      PELLUCID_TRY(TestedSystem one, go(system));
      tested.push_back(std::move(one));
    }
    PELLUCID_CHECK(check_same_texts(tested));
    return summarise(plan_, texts_, tested, {encoder_sha256_, options_.seed, options_.threads, options_.precision});
  }

 private:
  Result<TestedSystem> go(const PlannedSystem& system) {
    TestedSystem tested{.system = &system};
    // Validation texts alone say which setting is best, of equals the first.
    for (const Setting& setting : system.settings) {
      PELLUCID_TRY(Cell cell, trained(system, setting, plan_.seeds.front()));
      tested.validation_macro_f1.push_back(cell.training->macro_f1);
      if (tested.cells.empty() || cell.training->macro_f1 > tested.cells.front().training->macro_f1) {
        tested.cells = {std::move(cell)};
        tested.chosen = tested.validation_macro_f1.size() - 1;
      }
    }
    for (const std::uint64_t seed : std::span(plan_.seeds).subspan(1)) {
      PELLUCID_TRY(Cell cell, trained(system, system.settings[tested.chosen], seed));
      tested.cells.push_back(std::move(cell));
    }
    std::string method;
    if (plan_.faithfulness && system.methods.size() == 1) {
      method = system.methods.front();
    } else if (plan_.faithfulness) {
      PELLUCID_TRY(tested.choice, choice_of_method(system, tested.cells.front()));
      const auto best = std::ranges::max_element(tested.choice->values);
      method = tested.choice->methods[static_cast<std::size_t>(best - tested.choice->values.begin())];
    }
    for (Cell& cell : tested.cells) PELLUCID_CHECK(test(cell, method));
    return tested;
  }

  Result<Cell> trained(const PlannedSystem& system, const Setting& setting, std::uint64_t seed) {
    PELLUCID_TRY(train::Options options, options_of(plan_, system, setting, reader_));
    const std::string name = "cell " + std::to_string(++number_) + " of " + std::to_string(total_) + ": " +
                             system.name + (setting.empty() ? "" : ", " + describe(setting)) + ", seed " +
                             std::to_string(seed);
    return train_cell(std::move(options), seed, texts_, encoder_sha256_, options_, name);
  }

  // By the validation texts, with the first seed.
  Result<CellChoice> choice_of_method(const PlannedSystem& system, Cell& cell) {
    const std::string fingerprint = choice_fingerprint(system, plan_, texts_, options_.precision);
    if (!cell.choice || cell.choice->fingerprint != fingerprint) {
      PELLUCID_TRY(const auto classifier, train::load_trained(cell.folder.string(), {.precision = options_.precision}));
      PELLUCID_TRY(const auto methods, candidates(system, *classifier));
      PELLUCID_TRY(CellChoice choice, choose_method(*classifier, methods, plan_, texts_, options_.quiet));
      choice.fingerprint = fingerprint;
      cell.choice = std::move(choice);
      PELLUCID_CHECK(save(cell));
    }
    return *cell.choice;
  }

  Result<void> test(Cell& cell, const std::string& method) {
    const std::string fingerprint = test_fingerprint(method, plan_, texts_, options_.precision);
    if (cell.test && cell.test->fingerprint == fingerprint) return {};
    PELLUCID_TRY(const auto classifier, train::load_trained(cell.folder.string(), {.precision = options_.precision}));
    const Method* found = nullptr;
    if (!method.empty()) {
      PELLUCID_TRY(found, find_method(method));
      PELLUCID_CHECK(check_applies(*found, *classifier, plan_));
    }
    PELLUCID_TRY(CellTest test, test_cell(*classifier, found, plan_, texts_, options_.quiet));
    test.fingerprint = fingerprint;
    cell.test = std::move(test);
    return save(cell);
  }

  // Explanations are compared text by text; a very small max-length leaves nothing to explain of some.
  Result<void> check_same_texts(const std::vector<TestedSystem>& systems) const {
    if (!plan_.faithfulness) return {};
    const auto explained = [](const Cell& cell) { return cell.test->faithfulness.front().values.size(); };
    const std::size_t first = explained(systems.front().cells.front());
    for (const TestedSystem& system : systems) {
      for (const Cell& cell : system.cells) {
        if (explained(cell) == first) continue;
        return fail(ErrorCode::usage,
                    "expected the same " + std::to_string(first) + " texts with words for all systems, found " +
                        std::to_string(explained(cell)) + " for \"" + system.system->name +
                        "\"; give all systems the same max-length",
                    plan_.file.string());
      }
    }
    return {};
  }

  const Plan& plan_;
  const RunOptions& options_;
  const OptionsReader& reader_;
  std::string encoder_sha256_;
  Texts texts_;
  std::size_t number_ = 0, total_ = 0;  // of cells
};

}  // namespace

Result<Comparison> run(const Plan& plan, const RunOptions& options, const OptionsReader& reader) {
  return Runner(plan, options, reader).go();
}

}  // namespace pellucid::compare
