#include "study/run.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "compare/measure_cell.h"
#include "compare/texts.h"
#include "compare/train_cell.h"
#include "data/reader.h"
#include "error/listed.h"
#include "files/atomic_file.h"
#include "files/sha256.h"
#include "report/numbers.h"
#include "study/measurement.h"
#include "study/summary.h"
#include "study/test_texts.h"
#include "study/training_texts.h"
#include "train/trained_classifier.h"

namespace pellucid::study {
namespace {

// A model to be trained; rows may share one.
struct Task {
  std::uint64_t seed = 0;
  std::string minority;
  std::string name = {};  // of what is trained, for people
  compare::TrainingFiles files = {};
  std::size_t training_texts = 0;
  train::Options options = {};

  // Of what makes it another model.
  std::string key() const {
    return sha256(recipe_of(options).dump()) + files.train_sha256 + "-" + std::to_string(seed);
  }
};

class Runner {
 public:
  Runner(const StudyPlan& plan, const compare::RunOptions& options, const compare::OptionsReader& reader)
      : plan_(plan), options_(options), reader_(reader) {}

  Result<Study> go() {
    PELLUCID_CHECK(check_precision(options_.precision));
    PELLUCID_TRY(const train::Options first,
                 compare::options_of(plan_.common, plan_.system(), setting_of(plan_, 0, 0), reader_));
    PELLUCID_TRY(const ModelFolder encoder, open_model_folder(plan_.common.model));
    encoder_sha256_ = encoder.weights_sha256;
    PELLUCID_TRY(method_, find_method(plan_.method()));
    PELLUCID_TRY(texts_, compare::prepare_texts(plan_.common, first.reading, options_.out));
    PELLUCID_TRY(training_, read_examples(texts_.train, {.labels_required = true}));
    PELLUCID_CHECK(check_values());

    std::vector<std::vector<Task>> tasks;  // a row each
    for (std::size_t group = 0; group < plan_.groups.size(); ++group) {
      for (std::size_t value = 0; value < plan_.values.size(); ++value) {
        PELLUCID_TRY(std::vector<Task> own, tasks_of(group, value));
        for (const Task& task : own) keys_.insert(task.key());
        tasks.push_back(std::move(own));
      }
    }
    for (std::size_t r = 0; r < tasks.size(); ++r) {
      PELLUCID_TRY(MeasuredRow row, measured(r / plan_.values.size(), r % plan_.values.size(), tasks[r]));
      rows_.push_back(std::move(row));
    }
    PELLUCID_TRY(Study study, summarise(plan_, texts_, rows_,
                                        {encoder_sha256_, options_.seed, options_.threads, options_.precision}));
    if (std::ranges::find(plan_.groups, "sentence") != plan_.groups.end()) {
      study.sentences = SentenceCounts{.texts = texts_.test.size()};
      for (const Example& example : texts_.test) study.sentences->several += sentences_of(example.text).size() > 1;
    }
    return study;
  }

 private:
  bool varies_minority() const { return plan_.kind->name == "imbalance"; }

  std::vector<std::string> minorities() const {
    if (!varies_minority()) return {};
    return plan_.minority.empty() ? texts_.labels.names() : plan_.minority;
  }

  // What only the texts can tell.
  Result<void> check_values() const {
    const auto place = [&](std::size_t line) {
      return plan_.common.file.string() + (line > 0 ? ":" + std::to_string(line) : "");
    };
    const std::vector<std::size_t> explained = compare::drawn(texts_.test.size(), plan_.common);
    for (const std::string& label : minorities()) {
      const std::optional<std::int32_t> number = texts_.labels.index(label);
      if (!number) {
        return fail(ErrorCode::usage,
                    "minority: expected labels of the training texts (" + listed(texts_.labels.names()) +
                        "), found \"" + label + "\"",
                    place(plan_.minority_line));
      }
      if (std::ranges::none_of(explained, [&](std::size_t i) { return texts_.gold[i] == *number; })) {
        return fail(ErrorCode::usage,
                    "minority: expected labels of the " + counted(explained.size(), "test text", "test texts") +
                        " that are explained, found none with \"" + label +
                        "\"; raise limit in [faithfulness], or name other labels as minority",
                    place(plan_.minority_line));
      }
    }
    if (plan_.kind->name != "training-size") return {};
    for (const Value& value : plan_.values) {
      const auto n = static_cast<double>(training_.size());
      const auto least = static_cast<double>(texts_.labels.size());
      if (value.number == kAll || (value.number >= least && value.number <= n)) continue;
      return fail(ErrorCode::usage,
                  "values: expected from " + std::to_string(texts_.labels.size()) + ", the number of labels, to " +
                      std::to_string(training_.size()) + ", the training texts that there are, or \"all\"; found " +
                      value.argument,
                  place(value.line));
    }
    return {};
  }

  std::vector<Example> training_texts(double value, const std::string& minority, std::uint64_t seed) const {
    if (varies_minority()) return with_minority(training_, minority, value, seed);
    if (plan_.kind->name == "label-noise") return with_label_noise(training_, texts_.labels, value, seed);
    if (plan_.kind->name == "training-size" && value != kAll) {
      return stratified(training_, texts_.labels, static_cast<std::size_t>(value), seed);
    }
    return training_;
  }

  // Texts by their hash: what several values or seeds share is one file.
  Result<void> write_training_texts(const Value& value, Task& task) const {
    task.files = texts_;
    task.training_texts = training_.size();
    if (plan_.kind->varies != Varies::training_texts) return {};
    const std::vector<Example> own = training_texts(value.number, task.minority, task.seed);
    // A model without one of the labels would call those behind it by other numbers.
    if (const LabelSet labels = LabelSet::of(own); labels.size() < texts_.labels.size()) {
      return fail(ErrorCode::usage,
                  "values: expected one that leaves training texts of all labels (" + listed(texts_.labels.names()) +
                      "), found " + value.argument + ", which with seed " + std::to_string(task.seed) +
                      " leaves those of " + listed(labels.names()) + " alone",
                  plan_.common.file.string() + ":" + std::to_string(value.line));
    }
    task.training_texts = own.size();
    const std::string lines = compare::json_lines(own);
    const std::string hash = sha256(lines);
    if (hash == texts_.train_sha256) return {};
    task.files.train_sha256 = hash;
    task.files.train = options_.out / ("train-" + name_digits(hash) + ".jsonl");
    return write_file(task.files.train, lines);
  }

  Result<std::vector<Task>> tasks_of(std::size_t group, std::size_t value) const {
    std::vector<std::string> each = minorities();
    if (each.empty()) each = {""};
    const std::string text = text_of(*plan_.kind, plan_.values[value].number);
    std::vector<Task> tasks;
    for (const std::uint64_t seed : plan_.common.seeds) {
      for (const std::string& minority : each) {
        Task task{.seed = seed, .minority = minority};
        PELLUCID_TRY(task.options,
                     compare::options_of(plan_.common, plan_.system(), setting_of(plan_, group, value), reader_));
        PELLUCID_CHECK(write_training_texts(plan_.values[value], task));
        task.options.epochs = epochs_of(plan_, task.options.epochs, task.training_texts);
        if (plan_.kind->varies != Varies::test_texts) task.name = std::string(plan_.kind->name) + " " + text + ", ";
        if (!minority.empty()) task.name += "minority " + minority + ", " + plan_.groups[group] + ", ";
        task.name += "seed " + std::to_string(seed);
        tasks.push_back(std::move(task));
      }
    }
    return tasks;
  }

  Result<compare::Cell> trained(const Task& task) {
    const std::string key = task.key();
    if (const auto found = cells_.find(key); found != cells_.end()) return found->second;
    const std::string name =
        "cell " + std::to_string(cells_.size() + 1) + " of " + std::to_string(keys_.size()) + ": " + task.name;
    PELLUCID_TRY(compare::Cell cell,
                 compare::train_cell(task.options, task.seed, task.files, encoder_sha256_, options_, name));
    cells_.emplace(key, cell);
    return cell;
  }

  Result<MeasuredRow> measured(std::size_t group, std::size_t value, const std::vector<Task>& tasks) {
    const TestTexts test = test_texts_of(plan_, group, value, texts_.test);
    const MeasuringPlan measuring{
        .plan = &plan_.common,
        .method = method_,
        .precision = options_.precision,
        .gold = varies_minority() ? std::span<const std::int32_t>(texts_.gold) : std::span<const std::int32_t>()};
    MeasuredRow row{.group = group, .value = value, .changed_texts = test.changed, .runs = {}};
    for (const Task& task : tasks) {
      PELLUCID_TRY(const compare::Cell cell, trained(task));
      PELLUCID_TRY(auto measurement, load_measurement(cell.folder, fingerprint_of(measuring, test)));
      if (!measurement) {
        if (options_.say && plan_.kind->varies == Varies::test_texts) {
          options_.say("measuring " + std::string(plan_.kind->name) + " " +
                       text_of(*plan_.kind, plan_.values[value].number) +
                       (plan_.groups[group].empty() ? "" : ", " + plan_.groups[group]) + ", " + task.name);
        }
        PELLUCID_TRY(const auto classifier,
                     train::load_trained(cell.folder.string(), {.precision = options_.precision}));
        PELLUCID_CHECK(compare::check_applies(*method_, *classifier, plan_.common));
        PELLUCID_TRY(measurement, measure(*classifier, measuring, test, known_of(cell), options_.quiet));
        PELLUCID_CHECK(save_measurement(cell.folder, *measurement));
      }
      row.runs.push_back({.seed = task.seed,
                          .minority = task.minority,
                          .training_texts = task.training_texts,
                          .cell = cell,
                          .measurement = *std::move(measurement)});
    }
    return row;
  }

  // What the first row has of this model: unchanged texts, where these are shuffled or misspelt.
  std::optional<Known> known_of(const compare::Cell& cell) {
    if (plan_.kind->varies != Varies::test_texts || rows_.empty()) return std::nullopt;
    const auto run =
        std::ranges::find(rows_.front().runs, cell.fingerprint, [](const auto& one) { return one.cell.fingerprint; });
    if (first_test_.examples.empty()) first_test_ = test_texts_of(plan_, 0, 0, texts_.test);
    return Known{.test = &first_test_, .measurement = &run->measurement};
  }

  const StudyPlan& plan_;
  const compare::RunOptions& options_;
  const compare::OptionsReader& reader_;
  const Method* method_ = nullptr;
  std::string encoder_sha256_;
  compare::Texts texts_;
  std::vector<Example> training_;
  std::set<std::string> keys_;                  // of all models
  std::map<std::string, compare::Cell> cells_;  // trained so far, by key
  std::vector<MeasuredRow> rows_;               // measured so far
  TestTexts first_test_;                        // of the first row, once it is asked for
};

}  // namespace

Result<Study> run(const StudyPlan& plan, const compare::RunOptions& options, const compare::OptionsReader& reader) {
  return Runner(plan, options, reader).go();
}

}  // namespace pellucid::study
