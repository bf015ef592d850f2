#include "record/decision.h"

#include <filesystem>

#include "checkpoint/model_folder.h"
#include "data/utf8.h"
#include "files/json.h"
#include "files/sha256.h"
#include "kernels/precision.h"
#include "version/version.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kWeightsFile = "model.safetensors";

json by_class(const std::vector<std::string>& classes, const std::vector<double>& values) {
  json object = json::object();
  for (std::size_t c = 0; c < classes.size(); ++c) object[classes[c]] = values[c];
  return object;
}

std::string entry_name(const Entry& entry) {
  return "entry " + std::to_string(entry.number);
}

Explanation read_result(const json& result, const std::vector<std::string>& classes) {
  Explanation e;
  e.id = result.at("id");
  e.label = result.at("label");
  e.classes = classes;
  for (const std::string& name : classes) {
    e.probabilities.push_back(result.at("probability").at(name));
    e.logits.push_back(result.at("logit").at(name));
  }
  if (result.contains("truncated_pieces")) e.dropped_pieces = count_of(result["truncated_pieces"]);
  if (result.contains("windows")) e.windows = count_of(result["windows"]);
  return e;
}

Result<void> read_explanation(const json& result, Explanation& e) {
  if (result.contains("gold")) e.gold = result["gold"];
  e.method = result.at("method");
  e.complete = result.at("complete");
  e.target = result.at("target");
  if (!result.at("against").is_null()) e.against = result["against"];
  PELLUCID_TRY(e.unit, unit_from_name(result.at("unit").get<std::string>()));
  for (const json& unit : result.at("units")) {
    e.units.push_back({{count_of(unit.at("begin")), count_of(unit.at("end"))}, unit.at("score")});
  }
  e.explained = result.at("explained");
  e.bias = result.at("bias");
  e.special = result.at("special");
  e.residual = result.at("residual");
  e.seconds = result.at("cost").at("seconds");
  e.forward_equivalents = result.at("cost").at("forward_equivalents");
  return {};
}

}  // namespace

Result<LogText> log_text_from_name(std::string_view name) {
  if (name == "full") return LogText::full;
  if (name == "hash") return LogText::hash;
  if (name == "none") return LogText::none;
  return fail(ErrorCode::usage, "expected full, hash or none, found '" + std::string(name) + "'", "--log-text");
}

Result<ModelIdentity> identify(const std::string& name_or_path, const Classifier& classifier) {
  PELLUCID_TRY(const ModelFolder folder, open_model_folder(name_or_path));
  if (folder.weights_sha256 != classifier.weights_sha256()) {
    return fail(ErrorCode::format, "expected the weights that were loaded, found that the file has changed since",
                (folder.path / kWeightsFile).string());
  }
  std::error_code failed;
  ModelIdentity identity{.folder = fs::weakly_canonical(folder.path, failed).string(), .files = {}};
  if (failed) identity.folder = folder.path.string();
  if (first_invalid_utf8(identity.folder) != std::string::npos) identity.folder.clear();  // JSON could not hold it
  PELLUCID_TRY(identity.files, hashes_beside_weights(name_or_path));
  identity.files[kWeightsFile] = folder.weights_sha256;
  return identity;
}

Result<Build> this_build() {
  // The program as it runs, even where its file was replaced since.
  PELLUCID_TRY(std::string program, sha256_file("/proc/self/exe"));
  return Build{std::string(version()), std::move(program), platform()};
}

Result<DecisionRecorder> DecisionRecorder::create(const ModelIdentity& identity, const Classifier& classifier,
                                                  LogText log_text) {
  PELLUCID_TRY(const Build build, this_build());
  DecisionRecorder recorder;
  recorder.model_ = {{"folder", identity.folder}, {"sha256", identity.files}, {"labels", classifier.labels().names()}};
  recorder.tool_ = {{"version", build.version}, {"program_sha256", build.program}, {"platform", build.platform}};
  recorder.precision_ = name_of(classifier.precision());
  recorder.max_length_ = classifier.max_length();
  recorder.log_text_ = log_text;
  return recorder;
}

json DecisionRecorder::body(const char* kind, const std::string& long_texts) const {
  return {{"kind", kind},
          {"model", model_},
          {"tool", tool_},
          {"options", {{"precision", precision_}, {"max_length", max_length_}, {"long", long_texts}}}};
}

Result<void> DecisionRecorder::add_text(json& content, std::string_view text, const std::string& id) const {
  if (first_invalid_utf8(text) != text.npos || first_invalid_utf8(id) != id.npos) {
    return fail(ErrorCode::format, "expected a text in UTF-8, which alone can be recorded, found other bytes",
                "text " + id);
  }
  if (log_text_ == LogText::full) content["text"] = text;
  if (log_text_ == LogText::hash) content["text_sha256"] = sha256(text);
  return {};
}

Result<Draft> DecisionRecorder::draft(const Explanation& explanation, const ExplainOptions& options) const {
  Draft draft{.body = body("explanation", options.long_texts), .content = json::object()};
  json& chosen = draft.body["options"];
  chosen["method"] = explanation.method;
  // The class that was predicted is part of the result: to repeat a decision is to predict again.
  chosen["target"] = options.targets.empty() ? json() : json(explanation.target);
  chosen["against"] = explanation.against ? json(*explanation.against) : json();
  chosen["unit"] = options.unit;
  chosen["removal"] = options.removal;
  chosen["baseline"] = options.method.baseline;
  // What was meant for another method of the same command is no option of this decision.
  PELLUCID_TRY(const Method* method, find_method(explanation.method));
  chosen["samples"] = method->samples != 0 ? options.method.samples : 0;
  chosen["steps"] = method->takes_steps ? options.method.steps : 0;
  chosen["seed"] = options.seed;
  PELLUCID_CHECK(add_text(draft.content, explanation.text, explanation.id));
  json result = json::parse(to_json(explanation));
  result.erase("text");
  draft.content["result"] = std::move(result);
  return draft;
}

Result<Draft> DecisionRecorder::draft(const Prediction& prediction, std::string_view text,
                                      const std::string& long_texts) const {
  Draft draft{.body = body("prediction", long_texts), .content = json::object()};
  PELLUCID_CHECK(add_text(draft.content, text, prediction.id));
  json result = json::parse(to_json(prediction));
  result["logit"] = by_class(prediction.classes, prediction.logits);
  draft.content["result"] = std::move(result);
  return draft;
}

Result<Decision> read_decision(const Entry& entry) {
  const json body = parse_json(entry.body);
  const json named = body.is_object() ? body.value("kind", json()) : json();
  const std::string kind = named.is_string() ? named.get<std::string>() : "";
  if (kind != "explanation" && kind != "prediction") {
    return fail(ErrorCode::usage,
                "expected a decision, found " + (kind.empty() ? "something else" : "an entry of kind " + kind),
                entry_name(entry));
  }
  if (!entry.content) {
    return fail(ErrorCode::not_found, "expected text and result, found that a pruning has erased them",
                entry_name(entry));
  }
  const auto damaged = [&](const std::string& found) {
    return fail(ErrorCode::format,
                "expected a decision as pellucid writes it, found: " + found + "; pellucid record verify tells more",
                entry_name(entry));
  };
  try {
    const json content = parse_json(*entry.content);
    const json& options = body.at("options");
    const json& tool = body.at("tool");
    Decision decision;
    decision.number = entry.number;
    decision.time = body.at("time");
    decision.content_sha256 = body.at("content_sha256");
    decision.explained = kind == "explanation";
    decision.model = {.folder = body.at("model").at("folder"), .files = body.at("model").at("sha256")};
    decision.build = {tool.at("version"), tool.at("program_sha256"), tool.at("platform")};
    decision.precision = options.at("precision");
    decision.max_length = count_of(options.at("max_length"));
    decision.options.long_texts = options.at("long");
    if (content.contains("text")) decision.text = content["text"];
    if (content.contains("text_sha256")) decision.text_sha256 = content["text_sha256"];
    if (decision.text) decision.text_sha256 = sha256(*decision.text);
    decision.result = read_result(content.at("result"), body.at("model").at("labels"));
    decision.result.text = decision.text.value_or("");
    decision.result.precision = decision.precision;
    decision.result.version = decision.build.version;
    decision.result.weights_sha256 = decision.model.files.at(kWeightsFile);
    if (decision.explained) {
      decision.options.methods = {options.at("method")};
      if (!options.at("target").is_null()) decision.options.targets = {options.at("target")};
      if (!options.at("against").is_null()) decision.options.against = options.at("against");
      decision.options.unit = options.at("unit");
      decision.options.removal = options.at("removal");
      decision.options.method.baseline = options.at("baseline");
      decision.options.method.samples = count_of(options.at("samples"));
      decision.options.method.steps = count_of(options.at("steps"));
      decision.options.seed = count_of(options.at("seed"));
      if (const Result<void> read = read_explanation(content.at("result"), decision.result); !read) {
        return damaged(read.error().message);
      }
    }
    return decision;
  } catch (const std::exception& problem) {  // json's, and std::map::at
    const auto* of_json = dynamic_cast<const json::exception*>(&problem);
    return damaged(of_json == nullptr ? std::string(problem.what()) : reason_of(*of_json));
  }
}

}  // namespace pellucid
