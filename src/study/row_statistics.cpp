#include "study/row_statistics.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <utility>

namespace pellucid::study {
namespace {

using compare::Statistic;
using Predictions = std::vector<std::vector<std::int32_t>>;    // [runs][N]
using Some = std::vector<std::vector<std::optional<double>>>;  // [runs][N]

constexpr std::int32_t kAnyLabel = -1;

Predictions predicted(const MeasuredRow& row) {
  Predictions all;
  for (const MeasuredRun& run : row.runs) all.push_back(run.measurement.predicted);
  return all;
}

// The texts that were explained of every model: a changed text can lose its units.
std::vector<std::size_t> explained_of_all(std::span<const MeasuredRow> rows) {
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

double value_of(const MeasuredText& text, Measure measure) {
  switch (measure) {
    case Measure::comprehensiveness: return text.comprehensiveness;
    case Measure::sufficiency: return text.sufficiency;
    case Measure::evidence_against: return text.against;
    default: return text.comprehensiveness - text.sufficiency;
  }
}

Some taken(Agreements agreements, Measure measure) {
  return std::move(measure == Measure::overlap ? agreements.overlaps : agreements.rank_correlations);
}

}  // namespace

RowStatistics::RowStatistics(const StudyPlan& plan, const compare::Texts& texts, std::span<const MeasuredRow> rows)
    : texts_(texts),
      rows_(rows),
      explained_(explained_of_all(rows)),
      runs_of_seed_(rows.front().runs.size() / plan.common.seeds.size()) {
  const auto is_reference = [&](const MeasuredRow& row) { return row.group == 0 && row.value == plan.reference; };
  reference_ = static_cast<std::size_t>(std::ranges::find_if(rows, is_reference) - rows.begin());
}

Statistic RowStatistics::of(const MeasuredRow& row, Measure measure) const {
  const auto macro = [&](double Average::* which) {
    return compare::macro_average(predicted(row), texts_.gold, texts_.labels.size(), which);
  };
  const auto by_seeds = [&](Statistic statistic) { return averaged(std::move(statistic), runs_of_seed_); };
  switch (measure) {
    case Measure::precision: return by_seeds(macro(&Average::precision));
    case Measure::recall: return by_seeds(macro(&Average::recall));
    case Measure::f1: return by_seeds(macro(&Average::f1));
    case Measure::rank_correlation:
    case Measure::overlap: return by_seeds(compare::mean_of_some(taken(agreements_of(row), measure)));
    default: break;
  }
  Some values;
  for (const MeasuredRun& run : row.runs) {
    std::vector<std::optional<double>>& own = values.emplace_back(texts_.gold.size());
    const std::int32_t label = is_of_minority(measure) ? *texts_.labels.index(run.minority) : kAnyLabel;
    if (measure == Measure::accuracy || measure == Measure::minority_recall) {
      for (std::size_t i = 0; i < own.size(); ++i) {
        if (label == kAnyLabel || texts_.gold[i] == label)
          own[i] = run.measurement.predicted[i] == texts_.gold[i] ? 1 : 0;
      }
      continue;
    }
    for (const MeasuredText& text : run.measurement.texts) {
      const bool counts =
          label == kAnyLabel ? std::ranges::binary_search(explained_, text.text) : texts_.gold[text.text] == label;
      if (counts) own[text.text] = value_of(text, measure);
    }
  }
  return by_seeds(compare::mean_of_some(std::move(values)));
}

Statistic RowStatistics::difference(const MeasuredRow& one, const MeasuredRow& other, Measure measure) const {
  if (!compares_explanations(measure)) return compare::difference(of(one, measure), of(other, measure));
  Some values = taken(agreements_of(one), measure);
  const Some others = taken(agreements_of(other), measure);
  for (std::size_t run = 0; run < values.size(); ++run) {
    for (std::size_t i = 0; i < values[run].size(); ++i) {
      if (values[run][i] && others[run][i]) {
        *values[run][i] -= *others[run][i];
      } else {
        values[run][i].reset();
      }
    }
  }
  return averaged(compare::mean_of_some(std::move(values)), runs_of_seed_);
}

Statistic RowStatistics::floor(Measure measure) const {
  Some values = taken(agreements_of_references(), measure);
  const std::size_t pairs = values.size();
  return averaged(compare::mean_of_some(std::move(values)), pairs);
}

Agreements RowStatistics::agreements_of(const MeasuredRow& row) const {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < row.runs.size(); ++i) {
    pairs.emplace_back(&row.runs[i].measurement, &reference().runs[i].measurement);
  }
  return agreements(pairs, texts_.gold.size());
}

Agreements RowStatistics::agreements_of_references() const {
  const std::vector<MeasuredRun>& runs = reference().runs;
  std::vector<Pair> pairs;
  std::set<std::pair<std::filesystem::path, std::filesystem::path>> paired;  // minorities can share their models
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::size_t j = i + 1; j < runs.size(); ++j) {
      if (runs[i].seed == runs[j].seed || runs[i].minority != runs[j].minority) continue;
      if (!paired.emplace(runs[i].cell.folder, runs[j].cell.folder).second) continue;
      pairs.emplace_back(&runs[i].measurement, &runs[j].measurement);
    }
  }
  return agreements(pairs, texts_.gold.size());
}

template <class Get>
std::vector<std::vector<double>> RowStatistics::explained_values(const MeasuredRow& row, const Get& get) const {
  std::vector<std::vector<double>> all;
  for (const MeasuredRun& run : row.runs) {
    std::vector<double>& own = all.emplace_back();
    for (const MeasuredText& text : run.measurement.texts) {
      if (std::ranges::binary_search(explained_, text.text)) own.push_back(get(text));
    }
  }
  return all;
}

std::vector<std::vector<double>> RowStatistics::correctness(const MeasuredRow& row) const {
  return compare::correctness(predicted(row), texts_.gold);
}

std::vector<std::vector<double>> RowStatistics::faithfulness(const MeasuredRow& row) const {
  return explained_values(row, [](const MeasuredText& text) { return value_of(text, Measure::faithfulness); });
}

double RowStatistics::random(const MeasuredRow& row) const {
  std::vector<double> of_runs;
  for (const auto& values : explained_values(row, [](const MeasuredText& text) { return text.random; })) {
    of_runs.push_back(mean(values));
  }
  return mean(of_runs);
}

}  // namespace pellucid::study
