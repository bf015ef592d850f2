#include "report/evaluation.h"

#include <nlohmann/json.hpp>

#include "report/interval_json.h"
#include "report/tool.h"

namespace pellucid {
namespace {

using nlohmann::ordered_json;

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
          {"accuracy_interval", json_of(evaluation.accuracy_interval)},
          {"macro", average(m.macro)},
          {"macro_precision_interval", json_of(evaluation.macro_precision_interval)},
          {"macro_recall_interval", json_of(evaluation.macro_recall_interval)},
          {"macro_f1_interval", json_of(evaluation.macro_f1_interval)},
          {"weighted", average(m.weighted)},
          {"classes", std::move(classes)},
          {"confusion", m.confusion},
          {"negative_log_likelihood", m.negative_log_likelihood},
          {"negative_log_likelihood_interval", json_of(evaluation.negative_log_likelihood_interval)},
          {"expected_calibration_error", m.expected_calibration_error},
          {"brier", m.brier},
          {"brier_interval", json_of(evaluation.brier_interval)}};
}

ordered_json parts(const FaithfulnessRow& row) {
  ordered_json parts = ordered_json::array();
  for (const FaithfulnessPart& part : row.parts) {
    parts.push_back({{"name", part.name}, {"value", part.value}, {"interval", json_of(part.interval)}});
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
                        {"interval", json_of(row.interval)},
                        {"n", row.n},
                        {"p", row.p_value},
                        {"bins", evaluation.bins},
                        {"unit", evaluation.unit},
                        {"removal", evaluation.removal},
                        {"precision", evaluation.explain_precision},
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
    curve.push_back({{"share", point.share}, {"value", point.value}, {"interval", json_of(point.interval)}});
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

ordered_json quality(const Evaluation& evaluation) {
  const QualityStudy& study = *evaluation.quality;
  ordered_json verdicts = ordered_json::array();
  for (const VerdictRow& row : study.verdicts) {
    verdicts.push_back({{"verdict", name_of(row.verdict)},
                        {"n", row.n},
                        {"wrong", row.wrong},
                        {"error_rate", row.error_rate},
                        {"interval", json_of(row.interval)}});
  }
  ordered_json warnings = ordered_json::array();
  for (const WarningRow& row : study.warnings) {
    warnings.push_back({{"quantity", row.quantity}, {"auroc", row.auroc}, {"interval", json_of(row.interval)}});
  }
  return {{"method", study.method},          {"unit", evaluation.unit}, {"removal", evaluation.removal},
          {"verdicts", std::move(verdicts)}, {"p", study.p_value},      {"warnings", std::move(warnings)}};
}

ordered_json stability(const Evaluation& evaluation) {
  ordered_json rows = ordered_json::array();
  for (const StabilityRow& row : evaluation.stability) {
    rows.push_back({{"change", row.change},
                    {"method", row.method},
                    {"removal", evaluation.removal},
                    {"n", row.n},
                    {"spearman", row.spearman},
                    {"spearman_interval", json_of(row.spearman_interval)},
                    {"kendall", row.kendall},
                    {"kendall_interval", json_of(row.kendall_interval)},
                    {"top_overlap", row.top_overlap},
                    {"top_overlap_interval", json_of(row.top_overlap_interval)},
                    {"predictions_changed", row.predictions_changed},
                    {"predictions_changed_interval", json_of(row.changed_interval)}});
  }
  return rows;
}

}  // namespace

std::string to_json(const Evaluation& evaluation) {
  ordered_json object = {{"schema", "pellucid.evaluation/1"},
                         {"data",
                          {{"file", evaluation.data_file},
                           {"sha256", evaluation.data_sha256},
                           {"n", evaluation.n},
                           {"truncated_texts", evaluation.truncated_texts},
                           {"truncated_pieces", evaluation.dropped_pieces},
                           {"windowed_texts", evaluation.windowed_texts}}},
                         {"labels", evaluation.classes},
                         {"classification", classification(evaluation)},
                         {"faithfulness", faithfulness(evaluation)},
                         {"curves", curves(evaluation)},
                         {"seed", evaluation.seed},
                         {"precision", evaluation.precision},
                         {"model", {{"sha256", evaluation.weights_sha256}}},
                         {"tool", json_of(evaluation.tool)},
                         {"cost", {{"seconds", evaluation.seconds}, {"measures", measure_costs(evaluation)}}}};
  if (evaluation.quality) object["quality"] = quality(evaluation);
  if (!evaluation.stability.empty()) object["stability"] = stability(evaluation);
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace pellucid
