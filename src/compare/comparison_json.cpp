#include <nlohmann/json.hpp>

#include "compare/comparison.h"

namespace pellucid::compare {
namespace {

using nlohmann::ordered_json;

ordered_json classes(const ComparedSystem& system, const std::vector<std::string>& labels) {
  ordered_json json = ordered_json::object();
  for (std::size_t c = 0; c < labels.size(); ++c) {
    const ClassMetrics& one = system.pooled.classes[c];
    json[labels[c]] = {{"precision", one.precision},
                       {"recall", one.recall},
                       {"f1", one.f1},
                       {"support", one.support},
                       {"precision_undefined", one.precision_undefined},
                       {"recall_undefined", one.recall_undefined}};
  }
  return json;
}

ordered_json faithfulness(const ComparedFaithfulness& found) {
  ordered_json tried = ordered_json::array();
  for (const TriedMethod& one : found.tried) tried.push_back({{"method", one.method}, {"value", one.value}});
  ordered_json json = json_of(found.difference);
  json["method"] = found.method;
  json["random"] = found.random;
  json["seconds_per_text"] = found.seconds_per_text;
  json["forward_equivalents"] = found.forward_equivalents;
  json["tried"] = std::move(tried);
  return json;
}

ordered_json cells(const ComparedSystem& system) {
  ordered_json list = ordered_json::array();
  for (const ComparedCell& cell : system.cells) {
    list.push_back({{"seed", cell.seed},
                    {"folder", cell.folder},
                    {"validation_macro_f1", cell.validation_macro_f1},
                    {"accuracy", cell.accuracy},
                    {"macro_f1", cell.macro_f1},
                    {"steps", cell.steps},
                    {"stopped_early", cell.stopped_early},
                    {"seconds", cell.seconds}});
  }
  return list;
}

ordered_json system(const ComparedSystem& one, const std::vector<std::string>& labels) {
  ordered_json tried = ordered_json::array();
  for (const TriedSetting& setting : one.tried) {
    tried.push_back({{"setting", setting.setting}, {"macro_f1", setting.macro_f1}, {"chosen", setting.chosen}});
  }
  ordered_json json = {
      {"name", one.name},
      {"system", one.system},
      {"options", one.options},
      {"tried", std::move(tried)},
      {"accuracy", json_of(one.accuracy)},
      {"macro", {{"precision", json_of(one.precision)}, {"recall", json_of(one.recall)}, {"f1", json_of(one.f1)}}},
      {"classes", classes(one, labels)},
      {"confusion", one.pooled.confusion},
      {"negative_log_likelihood", one.negative_log_likelihood},
      {"expected_calibration_error", one.expected_calibration_error},
      {"brier", one.brier},
      {"parameters", one.parameters},
      {"training_seconds", one.training_seconds},
      {"tokens_per_second", one.tokens_per_second},
      {"texts_per_second", one.texts_per_second},
      {"truncated_texts", one.truncated_texts}};
  if (one.faithfulness) json["faithfulness"] = faithfulness(*one.faithfulness);
  json["cells"] = cells(one);
  return json;
}

}  // namespace

std::string to_json(const Comparison& comparison) {
  ordered_json systems = ordered_json::array();
  for (const ComparedSystem& one : comparison.systems) systems.push_back(system(one, comparison.labels));
  ordered_json json = {{"schema", "pellucid.comparison/1"}};
  begin_json(json, comparison);
  json["reference"] = comparison.reference;
  json["systems"] = std::move(systems);
  end_json(json, comparison);
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace pellucid::compare
