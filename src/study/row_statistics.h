// What was measured of each value of a factor, as statistics of the test texts.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "compare/cell.h"
#include "compare/figure.h"
#include "compare/texts.h"
#include "study/consistency.h"
#include "study/measure.h"
#include "study/measurement.h"
#include "study/plan.h"

namespace pellucid::study {

struct MeasuredRun {
  std::uint64_t seed = 0;
  std::string minority;
  std::size_t training_texts = 0;
  compare::Cell cell;
  Measurement measurement;
};

// One value of one group: seed by seed, and within a seed minority by minority.
struct MeasuredRow {
  std::size_t group = 0, value = 0;
  std::size_t changed_texts = 0;
  std::vector<MeasuredRun> runs;
};

class RowStatistics {
 public:
  // All three outlive it.
  RowStatistics(const StudyPlan& plan, const compare::Texts& texts, std::span<const MeasuredRow> rows);

  const MeasuredRow& reference() const { return rows_[reference_]; }
  std::size_t explained() const { return explained_.size(); }  // texts that were explained of every model

  std::size_t runs_of_seed() const { return runs_of_seed_; }  // one for each minority

  // A seed's value is the mean over its minorities.
  compare::Statistic of(const MeasuredRow& row, Measure measure) const;
  // Of one row less that of another. Explanations are compared on the texts that both rows have in common with the
  // reference: those whose label changes are others in each, and not the easy ones.
  compare::Statistic difference(const MeasuredRow& one, const MeasuredRow& other, Measure measure) const;
  // Of a measure that compares explanations, the reference of each seed with that of each other: the mean over pairs.
  compare::Statistic floor(Measure measure) const;

  // With the reference of the same seed; the reference of each seed with that of each other, minority by minority.
  Agreements agreements_of(const MeasuredRow& row) const;
  Agreements agreements_of_references() const;

  // Text by text, as tests take them: [runs][N], [runs][explained].
  std::vector<std::vector<double>> correctness(const MeasuredRow& row) const;
  std::vector<std::vector<double>> faithfulness(const MeasuredRow& row) const;
  double random(const MeasuredRow& row) const;  // the control's comprehensiveness − sufficiency, of all

 private:
  template <class Get>
  std::vector<std::vector<double>> explained_values(const MeasuredRow& row, const Get& get) const;

  const compare::Texts& texts_;
  std::span<const MeasuredRow> rows_;
  std::vector<std::size_t> explained_;
  std::size_t runs_of_seed_;
  std::size_t reference_ = 0;
};

}  // namespace pellucid::study
