#include "study/summary.h"

#include <algorithm>
#include <set>

#include "report/numbers.h"

namespace pellucid::study {
namespace {

using compare::Figure;

class Summary {
 public:
  Summary(const StudyPlan& plan, const compare::Texts& texts, std::span<const MeasuredRow> rows, std::uint64_t seed)
      : plan_(plan), texts_(texts), rows_(rows), seed_(seed), statistics_(plan, texts, rows) {}

  std::size_t explained() const { return statistics_.explained(); }

  std::vector<StudyRow> rows() const {
    const MeasuredRow& reference = statistics_.reference();
    std::vector<StudyRow> all;
    for (const MeasuredRow& row : rows_) all.push_back(summarised(row));
    std::vector<compare::Test> labels;
    std::vector<compare::Test> explanations;
    for (std::size_t r = 0; r < all.size(); ++r) {
      if (all[r].reference) continue;
      labels.push_back({&all[r].accuracy, compare::correctness_test(statistics_.correctness(rows_[r]),
                                                                    statistics_.correctness(reference), seed_)});
      explanations.push_back({&all[r].difference, compare::paired_test(statistics_.faithfulness(rows_[r]),
                                                                       statistics_.faithfulness(reference), seed_)});
    }
    compare::add_corrected(labels);
    compare::add_corrected(explanations);
    return all;
  }

  std::optional<Consistency> floor() const { return consistency_of(statistics_.agreements_of_references(), 1); }

  std::vector<JudgedClaim> claims() const {
    std::vector<JudgedClaim> judged;
    for (const Claim& claim : plan_.claims) {
      const MeasuredRow& at = row_called(claim.at);
      const auto found =
          figure_of(claim.than == kNoiseFloor
                        ? compare::difference(statistics_.of(at, claim.measure), statistics_.floor(claim.measure))
                        : statistics_.difference(at, row_called(claim.than), claim.measure),
                    seed_);
      const bool of_all_seeds = found && found->of_seeds.size() == plan_.common.seeds.size();
      judged.push_back({.claim = claim,
                        .difference = found,
                        .verdict = of_all_seeds ? verdict_on(claim, *found) : Verdict::undecided});
    }
    return judged;
  }

 private:
  const MeasuredRow& row_called(const std::string& name) const {
    return *std::ranges::find_if(rows_,
                                 [&](const MeasuredRow& row) { return plan_.name_of(row.group, row.value) == name; });
  }

  // There are texts to measure it on; where changes have left none of a minority's with words, zero.
  Figure figure(const MeasuredRow& row, Measure measure) const {
    return figure_of(statistics_.of(row, measure), seed_).value_or(Figure{});
  }

  // `together`: the pairs that make one value.
  std::optional<Consistency> consistency_of(Agreements found, std::size_t together) const {
    if (found.n == 0) return std::nullopt;
    const auto figure_of_pairs = [&](std::vector<std::vector<std::optional<double>>> values) {
      return *figure_of(averaged(compare::mean_of_some(std::move(values)), together), seed_);
    };
    return Consistency{.n = found.n,
                       .rank_correlation = figure_of_pairs(std::move(found.rank_correlations)),
                       .overlap = figure_of_pairs(std::move(found.overlaps))};
  }

  Minority minority_of(const MeasuredRow& row) const {
    Minority found{
        .recall = figure(row, Measure::minority_recall), .against = figure(row, Measure::evidence_against), .n = 0};
    for (const MeasuredRun& run : row.runs) {
      const std::int32_t label = *texts_.labels.index(run.minority);
      found.n += static_cast<std::size_t>(std::ranges::count_if(
          run.measurement.texts, [&](const MeasuredText& text) { return texts_.gold[text.text] == label; }));
    }
    return found;
  }

  StudyRow summarised(const MeasuredRow& measured) const {
    StudyRow row;
    row.group = plan_.groups[measured.group];
    row.value = plan_.values[measured.value].number;
    row.text = text_of(*plan_.kind, row.value);
    row.reference = plan_.is_reference(measured.group, measured.value);
    row.changed_texts = measured.changed_texts;
    row.accuracy = figure(measured, Measure::accuracy);
    row.precision = figure(measured, Measure::precision);
    row.recall = figure(measured, Measure::recall);
    row.f1 = figure(measured, Measure::f1);
    row.comprehensiveness = figure(measured, Measure::comprehensiveness);
    row.sufficiency = figure(measured, Measure::sufficiency);
    row.difference = figure(measured, Measure::faithfulness);
    row.random = statistics_.random(measured);
    if (!row.reference) {
      row.consistency = consistency_of(statistics_.agreements_of(measured), statistics_.runs_of_seed());
    }
    if (!measured.runs.front().minority.empty()) row.minority = minority_of(measured);
    for (const MeasuredRun& run : measured.runs) {
      const ClassificationMetrics metrics =
          compare::pooled_metrics({&run.measurement.predicted, 1}, texts_.gold, texts_.labels.size());
      row.runs.push_back({.seed = run.seed,
                          .minority = run.minority,
                          .folder = run.cell.folder.string(),
                          .training_texts = run.training_texts,
                          .validation_macro_f1 = run.cell.training->macro_f1,
                          .accuracy = metrics.accuracy,
                          .macro_f1 = metrics.macro.f1,
                          .steps = run.cell.training->steps,
                          .seconds = run.cell.training->seconds});
    }
    return row;
  }

  const StudyPlan& plan_;
  const compare::Texts& texts_;
  std::span<const MeasuredRow> rows_;
  std::uint64_t seed_;
  RowStatistics statistics_;
};

}  // namespace

Result<Study> summarise(const StudyPlan& plan, const compare::Texts& texts, std::span<const MeasuredRow> rows,
                        const compare::Circumstances& circumstances) {
  const Summary summary(plan, texts, rows, circumstances.seed);
  if (summary.explained() == 0) {
    return fail(ErrorCode::format, "expected test texts with words to explain at every value, found none",
                plan.common.test.string());
  }
  Study study;
  static_cast<compare::Setup&>(study) = compare::setup_of(plan.common, texts, circumstances);
  study.kind = plan.kind;
  study.options = compare::describe(plan.system().options);
  if (plan.least_seen > 0) {
    study.options += ", more epochs for fewer than " + grouped(plan.least_seen) + " texts, until so many were seen";
  }
  study.method = plan.method();
  study.groups = plan.groups;
  study.explained_texts = summary.explained();
  study.rows = summary.rows();
  study.floor = summary.floor();
  study.claims = summary.claims();
  std::set<std::string> folders;
  for (const MeasuredRow& row : rows) {
    for (const MeasuredRun& run : row.runs) {
      if (folders.insert(run.cell.folder.string()).second) add_training(study, *run.cell.training);
      add_maker(study, run.measurement.tool);
      if (!run.minority.empty() && std::ranges::find(study.minority, run.minority) == study.minority.end()) {
        study.minority.push_back(run.minority);
      }
    }
  }
  return study;
}

}  // namespace pellucid::study
