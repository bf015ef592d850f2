// What rows of a study have in common, worked by hand.
#include "study/row_statistics.h"

#include <gtest/gtest.h>

namespace pellucid::study {
namespace {

// Four units that stand in order, or with two neighbours swapped (rank correlation 0.8 with the first).
MeasuredText text(std::size_t number, std::int32_t label, bool swapped) {
  MeasuredText one{.text = number, .label = label, .units = {}, .scores = {4, 3, 2, 1}};
  if (swapped) std::swap(one.scores[0], one.scores[1]);
  for (std::size_t u = 0; u < 4; ++u) one.units.push_back({2 * u, 2 * u + 1});
  return one;
}

MeasuredRow row(std::size_t value, std::vector<MeasuredText> texts) {
  MeasuredRun run;
  run.measurement.predicted.resize(texts.size());
  run.measurement.texts = std::move(texts);
  return {.value = value, .runs = {run}};
}

TEST(RowStatistics, ExplanationsAreComparedOnTheTextsThatBothHave) {
  StudyPlan plan{.kind = find_kind("typos")};
  plan.common.seeds = {0};
  plan.values = {{.number = 0}, {.number = 0.5}, {.number = 1}};
  plan.groups = {""};
  compare::Texts texts;
  texts.gold.resize(3);
  // At ½ the hard third text is still labelled as in the reference, and its order changes; at 1 its label does. Of the
  // first two both rows explain alike.
  const std::vector<MeasuredRow> rows = {row(0, {text(0, 0, false), text(1, 0, false), text(2, 0, false)}),
                                         row(1, {text(0, 0, false), text(1, 0, true), text(2, 0, true)}),
                                         row(2, {text(0, 0, false), text(1, 0, true), text(2, 1, true)})};
  const RowStatistics statistics(plan, texts, rows);
  const auto of = [&](const compare::Statistic& statistic) { return compare::figure_of(statistic, 0)->value; };
  EXPECT_NEAR(of(statistics.of(rows[1], Measure::rank_correlation)), 2.6 / 3, 1e-12);
  EXPECT_NEAR(of(statistics.of(rows[2], Measure::rank_correlation)), 0.9, 1e-12);
  EXPECT_NEAR(of(statistics.difference(rows[2], rows[1], Measure::rank_correlation)), 0, 1e-12)
      << "the text that one row has lost counts in neither";
}

}  // namespace
}  // namespace pellucid::study
