#include "report/evaluation.h"

#include <nlohmann/json.hpp>

namespace pellucid {
namespace {

using nlohmann::ordered_json;

ordered_json pair(const Interval& interval) {
  return ordered_json::array({interval.low, interval.high});
}

ordered_json average(const Average& average) {
  return {{"precision", average.precision}, {"recall", average.recall}, {"f1", average.f1}};
}

ordered_json classification(const Evaluation& evaluation) {
  const ClassificationMetrics& m = evaluation.classification;
  ordered_json classes = ordered_json::object();
  for (std::size_t c = 0; c < m.classes.size(); ++c) {
    const ClassMetrics& one = m.classes[c];
    classes[evaluation.classes[c]] = {{"precision", one.precision},
                                      {"recall", one.recall},
                                      {"f1", one.f1},
                                      {"support", one.support},
                                      {"precision_undefined", one.precision_undefined},
                                      {"recall_undefined", one.recall_undefined}};
  }
  return {{"accuracy", m.accuracy},
          {"accuracy_interval", pair(evaluation.accuracy_interval)},
          {"macro", average(m.macro)},
          {"macro_f1_interval", pair(evaluation.macro_f1_interval)},
          {"weighted", average(m.weighted)},
          {"classes", std::move(classes)},
          {"confusion", m.confusion},
          {"negative_log_likelihood", m.negative_log_likelihood},
          {"expected_calibration_error", m.expected_calibration_error},
          {"brier", m.brier}};
}

ordered_json parts(const FaithfulnessRow& row) {
  ordered_json parts = ordered_json::array();
  for (const FaithfulnessPart& part : row.parts) {
    parts.push_back({{"name", part.name}, {"value", part.value}, {"interval", pair(part.interval)}});
  }
  return parts;
}

ordered_json faithfulness(const Evaluation& evaluation) {
  ordered_json rows = ordered_json::array();
  for (const FaithfulnessRow& row : evaluation.faithfulness.rows) {
    ordered_json one = {{"method", row.method},
                        {"measure", row.measure},
                        {"better", row.better == Better::higher ? "higher" : "lower"},
                        {"value", row.value},
                        {"interval", pair(row.interval)},
                        {"n", row.n},
                        {"p", row.p_value},
                        {"bins", evaluation.bins},
                        {"unit", evaluation.unit},
                        {"removal", evaluation.removal},
                        {"seconds_per_text", row.seconds_per_text},
                        {"forward_equivalents", row.forward_equivalents}};
    if (!row.parts.empty()) one["parts"] = parts(row);
    rows.push_back(std::move(one));
  }
  return rows;
}

ordered_json curve(const std::vector<CurvePoint>& points) {
  ordered_json curve = ordered_json::array();
  for (const CurvePoint& point : points) {
    curve.push_back({{"share", point.share}, {"value", point.value}, {"interval", pair(point.interval)}});
  }
  return curve;
}

ordered_json curves(const Evaluation& evaluation) {
  ordered_json curves = ordered_json::array();
  for (const Curves& one : evaluation.faithfulness.curves) {
    curves.push_back({{"method", one.method}, {"deletion", curve(one.deletion)}, {"insertion", curve(one.insertion)}});
  }
  return curves;
}

ordered_json measure_costs(const Evaluation& evaluation) {
  ordered_json costs = ordered_json::object();
  for (const MeasureCost& cost : evaluation.faithfulness.costs) costs[cost.measure] = cost.seconds_per_text;
  return costs;
}

}  // namespace

std::string to_json(const Evaluation& evaluation) {
  const ordered_json object = {{"schema", "pellucid.evaluation/1"},
                               {"data",
                                {{"file", evaluation.data_file},
                                 {"sha256", evaluation.data_sha256},
                                 {"n", evaluation.n},
                                 {"truncated_texts", evaluation.truncated_texts},
                                 {"truncated_pieces", evaluation.dropped_pieces}}},
                               {"labels", evaluation.classes},
                               {"classification", classification(evaluation)},
                               {"faithfulness", faithfulness(evaluation)},
                               {"curves", curves(evaluation)},
                               {"seed", evaluation.seed},
                               {"precision", evaluation.precision},
                               {"model", {{"sha256", evaluation.weights_sha256}}},
                               {"tool", {{"version", evaluation.version}}},
                               {"cost", {{"seconds", evaluation.seconds}, {"measures", measure_costs(evaluation)}}}};
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace pellucid
