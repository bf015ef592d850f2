#include "study/summary.h"

#include <algorithm>
#include <set>

#include "evaluate/statistics.h"

namespace pellucid::study {
namespace {

using compare::Figure;
using Values = std::vector<std::vector<double>>;             // [R][n]
using Predictions = std::vector<std::vector<std::int32_t>>;  // [R][N]

// The texts that were explained of every model: a changed text can lose its units.
std::vector<std::size_t> common_texts(std::span<const MeasuredRow> rows) {
  const auto texts_of = [](const MeasuredRun& run) {
    std::vector<std::size_t> texts;
    for (const MeasuredText& one : run.measurement.texts) texts.push_back(one.text);
    return texts;
  };
  std::vector<std::size_t> common = texts_of(rows.front().runs.front());
  for (const MeasuredRow& row : rows) {
    for (const MeasuredRun& run : row.runs) {
      const std::vector<std::size_t> own = texts_of(run);
      std::vector<std::size_t> both;
      std::ranges::set_intersection(common, own, std::back_inserter(both));
      common = std::move(both);
    }
  }
  return common;
}

class Summary {
 public:
  Summary(const StudyPlan& plan, const compare::Texts& texts, std::span<const MeasuredRow> rows, std::uint64_t seed)
      : plan_(plan),
        texts_(texts),
        rows_(rows),
        seed_(seed),
        common_(common_texts(rows)),
        runs_of_seed_(rows.front().runs.size() / plan.common.seeds.size()) {
    const auto is_reference = [&](const MeasuredRow& row) { return row.group == 0 && row.value == plan.reference; };
    reference_ = static_cast<std::size_t>(std::ranges::find_if(rows, is_reference) - rows.begin());
  }

  std::size_t common() const { return common_.size(); }

  std::vector<StudyRow> rows() {
    std::vector<StudyRow> all;
    for (const MeasuredRow& row : rows_) all.push_back(summarised(row));
    std::vector<compare::Test> labels;
    std::vector<compare::Test> explanations;
    for (std::size_t r = 0; r < all.size(); ++r) {
      if (all[r].reference) continue;
      labels.push_back({&all[r].accuracy, compare::correctness_test(right(rows_[r]), right(rows_[reference_]), seed_)});
      explanations.push_back(
          {&all[r].difference, compare::paired_test(differences(rows_[r]), differences(rows_[reference_]), seed_)});
    }
    compare::add_corrected(labels);
    compare::add_corrected(explanations);
    return all;
  }

  // The reference of each seed with that of each other.
  std::optional<Consistency> floor() const {
    const std::vector<MeasuredRun>& runs = rows_[reference_].runs;
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < runs.size(); i += runs_of_seed_) {
      for (std::size_t j = i + runs_of_seed_; j < runs.size(); j += runs_of_seed_) {
        pairs.emplace_back(&runs[i].measurement, &runs[j].measurement);
      }
    }
    return consistency(pairs, seed_);
  }

 private:
  // A seed's runs, of one minority each, are one value of its.
  Figure by_seeds(Figure figure) const {
    if (runs_of_seed_ == 1) return figure;
    std::vector<double> of_seeds;
    for (std::size_t i = 0; i < figure.of_seeds.size(); i += runs_of_seed_) {
      of_seeds.push_back(mean(std::span(figure.of_seeds).subspan(i, runs_of_seed_)));
    }
    figure.spread = compare::spread_of(of_seeds);
    figure.of_seeds = std::move(of_seeds);
    return figure;
  }

  static Predictions predicted(const MeasuredRow& row) {
    Predictions all;
    for (const MeasuredRun& run : row.runs) all.push_back(run.measurement.predicted);
    return all;
  }
  Values right(const MeasuredRow& row) const { return compare::correctness(predicted(row), texts_.gold); }

  template <class Get>
  Values explained(const MeasuredRow& row, const Get& get) const {
    Values all;
    for (const MeasuredRun& run : row.runs) {
      std::vector<double>& own = all.emplace_back();
      for (const MeasuredText& text : run.measurement.texts) {
        if (std::ranges::binary_search(common_, text.text)) own.push_back(get(text));
      }
    }
    return all;
  }
  Values differences(const MeasuredRow& row) const {
    return explained(row, [](const MeasuredText& text) { return text.comprehensiveness - text.sufficiency; });
  }
  template <class Get>
  Figure explained_figure(const MeasuredRow& row, const Get& get) const {
    return by_seeds(compare::figure_of(explained(row, get), seed_));
  }

  // With the reference of the same seed.
  std::optional<Consistency> consistency_of(const MeasuredRow& row) const {
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < row.runs.size(); ++i) {
      pairs.emplace_back(&row.runs[i].measurement, &rows_[reference_].runs[i].measurement);
    }
    return consistency(pairs, seed_);
  }

  Minority minority_of(const MeasuredRow& row) const {
    std::vector<std::vector<std::optional<double>>> recalled;
    std::vector<std::vector<std::optional<double>>> against;
    Minority found;
    for (const MeasuredRun& run : row.runs) {
      const std::int32_t label = *texts_.labels.index(run.minority);
      std::vector<std::optional<double>>& own = recalled.emplace_back(texts_.gold.size());
      for (std::size_t i = 0; i < own.size(); ++i) {
        if (texts_.gold[i] == label) own[i] = run.measurement.predicted[i] == label ? 1 : 0;
      }
      std::vector<std::optional<double>>& shares = against.emplace_back(texts_.gold.size());
      for (const MeasuredText& text : run.measurement.texts) {
        if (texts_.gold[text.text] != label) continue;
        shares[text.text] = text.against;
        ++found.n;
      }
    }
    found.recall = compare::figure_of_some(recalled, seed_).value_or(Figure{});
    found.against = compare::figure_of_some(against, seed_).value_or(Figure{});
    // Where a run has no such text, runs cannot be told apart by their place.
    if (found.recall.of_seeds.size() == row.runs.size()) found.recall = by_seeds(std::move(found.recall));
    if (found.against.of_seeds.size() == row.runs.size()) found.against = by_seeds(std::move(found.against));
    return found;
  }

  StudyRow summarised(const MeasuredRow& measured) const {
    const Value& value = plan_.values[measured.value];
    const Predictions predictions = predicted(measured);
    const std::size_t classes = texts_.labels.size();
    const auto macro = [&](double Average::* which) {
      return compare::macro_figure(predictions, texts_.gold, classes, which, seed_);
    };
    StudyRow row;
    row.group = plan_.groups[measured.group];
    row.value = value.number;
    row.text = text_of(*plan_.kind, value.number);
    row.reference =
        measured.value == plan_.reference && (measured.group == 0 || plan_.kind->varies == Varies::test_texts);
    row.changed_texts = measured.changed_texts;
    row.accuracy = compare::figure_of(compare::correctness(predictions, texts_.gold), seed_);
    row.precision = macro(&Average::precision);
    row.recall = macro(&Average::recall);
    row.f1 = macro(&Average::f1);
    for (std::size_t i = 0; i < measured.runs.size(); ++i) {
      const MeasuredRun& run = measured.runs[i];
      row.runs.push_back({.seed = run.seed,
                          .minority = run.minority,
                          .folder = run.cell.folder.string(),
                          .training_texts = run.training_texts,
                          .validation_macro_f1 = run.cell.training->macro_f1,
                          .accuracy = row.accuracy.of_seeds[i],
                          .macro_f1 = row.f1.of_seeds[i],
                          .steps = run.cell.training->steps,
                          .seconds = run.cell.training->seconds});
    }
    for (Figure* figure : {&row.accuracy, &row.precision, &row.recall, &row.f1}) *figure = by_seeds(std::move(*figure));
    row.comprehensiveness = explained_figure(measured, [](const MeasuredText& one) { return one.comprehensiveness; });
    row.sufficiency = explained_figure(measured, [](const MeasuredText& one) { return one.sufficiency; });
    row.difference = by_seeds(compare::figure_of(differences(measured), seed_));
    row.random = explained_figure(measured, [](const MeasuredText& one) { return one.random; }).value;
    if (!row.reference) row.consistency = consistency_of(measured);
    if (row.consistency && row.consistency->rank_correlation.of_seeds.size() == measured.runs.size()) {
      row.consistency->rank_correlation = by_seeds(std::move(row.consistency->rank_correlation));
      row.consistency->overlap = by_seeds(std::move(row.consistency->overlap));
    }
    if (!measured.runs.front().minority.empty()) row.minority = minority_of(measured);
    return row;
  }

  const StudyPlan& plan_;
  const compare::Texts& texts_;
  std::span<const MeasuredRow> rows_;
  std::uint64_t seed_;
  std::vector<std::size_t> common_;
  std::size_t runs_of_seed_;
  std::size_t reference_ = 0;
};

}  // namespace

Result<Study> summarise(const StudyPlan& plan, const compare::Texts& texts, std::span<const MeasuredRow> rows,
                        const compare::Circumstances& circumstances) {
  Summary summary(plan, texts, rows, circumstances.seed);
  if (summary.common() == 0) {
    return fail(ErrorCode::format, "expected test texts with words to explain at every value, found none",
                plan.common.test.string());
  }
  Study study;
  static_cast<compare::Setup&>(study) = compare::setup_of(plan.common, texts, circumstances);
  study.kind = plan.kind;
  study.options = compare::describe(plan.system().options);
  study.method = plan.method();
  study.groups = plan.groups;
  study.explained_texts = summary.common();
  study.rows = summary.rows();
  study.floor = summary.floor();
  std::set<std::string> folders;
  for (const MeasuredRow& row : rows) {
    for (const MeasuredRun& run : row.runs) {
      if (folders.insert(run.cell.folder.string()).second) study.seconds += run.cell.training->seconds;
      if (!run.minority.empty() && std::ranges::find(study.minority, run.minority) == study.minority.end()) {
        study.minority.push_back(run.minority);
      }
    }
  }
  return study;
}

}  // namespace pellucid::study
