#include <nlohmann/json.hpp>

#include "study/study.h"
#include "study/table.h"

namespace pellucid::study {
namespace {

using compare::json_of;
using nlohmann::ordered_json;

ordered_json json_of(const std::optional<Consistency>& found) {
  if (!found) return nullptr;
  return {
      {"n", found->n}, {"rank_correlation", json_of(found->rank_correlation)}, {"overlap", json_of(found->overlap)}};
}

// All of a training size: null.
ordered_json number(double value) {
  if (value == kAll) return nullptr;
  return value;
}

ordered_json row_json(const StudyRow& row) {
  ordered_json runs = ordered_json::array();
  for (const StudyRun& run : row.runs) {
    ordered_json& own = runs.emplace_back(ordered_json{{"seed", run.seed}});
    if (!run.minority.empty()) own["minority"] = run.minority;
    own["folder"] = run.folder;
    own["training_texts"] = run.training_texts;
    own["validation_macro_f1"] = run.validation_macro_f1;
    own["accuracy"] = run.accuracy;
    own["macro_f1"] = run.macro_f1;
    own["steps"] = run.steps;
    own["seconds"] = run.seconds;
  }
  ordered_json json = {{"value", number(row.value)}, {"text", row.text}};
  if (!row.group.empty()) json["group"] = row.group;
  json["reference"] = row.reference;
  json["changed_texts"] = row.changed_texts;
  json["accuracy"] = json_of(row.accuracy);
  json["macro"] = {{"precision", json_of(row.precision)}, {"recall", json_of(row.recall)}, {"f1", json_of(row.f1)}};
  json["faithfulness"] = {{"comprehensiveness", json_of(row.comprehensiveness)},
                          {"sufficiency", json_of(row.sufficiency)},
                          {"difference", json_of(row.difference)},
                          {"random", row.random}};
  json["consistency"] = json_of(row.consistency);
  if (row.minority) {
    json["minority"] = {{"recall", json_of(row.minority->recall)},
                        {"evidence_against", json_of(row.minority->against)},
                        {"n", row.minority->n}};
  }
  json["runs"] = std::move(runs);
  return json;
}

ordered_json claim_json(const JudgedClaim& judged) {
  const Claim& claim = judged.claim;
  return {{"says", claim.says},
          {"measure", name_of(claim.measure)},
          {"at", claim.at},
          {"relation", name_of(claim.relation)},
          {"than", claim.than},
          {"margin", claim.margin},
          {"comparison", comparison_text(claim)},
          {"difference", judged.difference ? json_of(*judged.difference) : ordered_json()},
          {"verdict", name_of(judged.verdict)}};
}

}  // namespace

std::string to_json(const Study& study) {
  ordered_json rows = ordered_json::array();
  for (const StudyRow& row : study.rows) rows.push_back(row_json(row));
  ordered_json json = {{"schema", "pellucid.study/1"}, {"kind", study.kind->name}, {"axis", study.kind->axis}};
  begin_json(json, study);
  json["options"] = study.options;
  json["method"] = study.method;
  if (study.kind->groups_key != nullptr) json["groups"] = study.groups;
  if (!study.minority.empty()) json["minority"] = study.minority;
  if (study.sentences) {
    json["sentences"] = {{"texts", study.sentences->texts}, {"several", study.sentences->several}};
  }
  json["rows"] = std::move(rows);
  json["noise_floor"] = json_of(study.floor);
  json["top_units"] = kTopUnits;
  ordered_json& claims = json["claims"] = ordered_json::array();
  for (const JudgedClaim& one : study.claims) claims.push_back(claim_json(one));
  end_json(json, study);
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace pellucid::study
