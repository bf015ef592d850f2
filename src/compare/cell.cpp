#include "compare/cell.h"

#include <concepts>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "checkpoint/safetensors.h"
#include "files/atomic_file.h"
#include "files/json.h"
#include "files/mapped_file.h"
#include "files/sha256.h"

namespace pellucid::compare {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* kSchema = "pellucid.cell/1";
constexpr const char* kFile = "cell.json";

// One list of members for writing and reading.
template <class T, class Visit>
void visit_members(T& training, const Visit& visit)
  requires std::same_as<std::remove_const_t<T>, CellTraining>
{
  visit("steps", training.steps);
  visit("best_step", training.best_step);
  visit("stopped_early", training.stopped_early);
  visit("accuracy", training.accuracy);
  visit("macro_f1", training.macro_f1);
  visit("seconds", training.seconds);
  visit("tokens_per_second", training.tokens_per_second);
  visit("parameters", training.parameters);
  visit("precision", training.precision);
  visit("threads", training.threads);
  visit("tool", training.tool);
}

template <class T, class Visit>
void visit_members(T& choice, const Visit& visit)
  requires std::same_as<std::remove_const_t<T>, CellChoice>
{
  visit("fingerprint", choice.fingerprint);
  visit("methods", choice.methods);
  visit("values", choice.values);
}

template <class T, class Visit>
void visit_members(T& test, const Visit& visit)
  requires std::same_as<std::remove_const_t<T>, CellTest>
{
  visit("fingerprint", test.fingerprint);
  visit("predicted", test.predicted);
  visit("negative_log_likelihood", test.negative_log_likelihood);
  visit("expected_calibration_error", test.expected_calibration_error);
  visit("brier", test.brier);
  visit("texts_per_second", test.texts_per_second);
  visit("truncated_texts", test.truncated_texts);
  visit("tool", test.tool);
}

template <class T, class Visit>
void visit_members(T& one, const Visit& visit)
  requires std::same_as<std::remove_const_t<T>, MethodFaithfulness>
{
  visit("method", one.method);
  visit("values", one.values);
  visit("seconds_per_text", one.seconds_per_text);
  visit("forward_equivalents", one.forward_equivalents);
}

template <class T>
ordered_json to_json(const T& value) {
  ordered_json json;
  visit_members(value, [&](const char* name, const auto& member) { json[name] = member; });
  return json;
}

template <class T>
T from_json(const ordered_json& json) {
  T value;
  visit_members(value, [&](const char* name, auto& member) { json.at(name).get_to(member); });
  return value;
}

void read(const ordered_json& json, Cell& cell) {
  if (json.contains("training")) cell.training = from_json<CellTraining>(json["training"]);
  if (json.contains("choice")) cell.choice = from_json<CellChoice>(json["choice"]);
  if (json.contains("test")) {
    cell.test = from_json<CellTest>(json["test"]);
    for (const ordered_json& one : json["test"].at("faithfulness")) {
      cell.test->faithfulness.push_back(from_json<MethodFaithfulness>(one));
    }
  }
}

}  // namespace

Result<Cell> open_cell(const fs::path& out, const train::Options& options, const std::string& texts_sha256,
                       const std::string& encoder_sha256) {
  const ordered_json decides = {{"options", recipe_of(options)},
                                {"seed", options.seed},
                                {"precision", options.precision ? name_of(*options.precision) : "auto"},
                                {"encoder_sha256", encoder_sha256},
                                {"texts_sha256", texts_sha256}};
  Cell cell;
  cell.fingerprint = sha256(decides.dump());
  cell.seed = options.seed;
  cell.system = options.system;
  cell.folder = out / (options.system + "-seed-" + std::to_string(options.seed) + "-" + name_digits(cell.fingerprint));
  const fs::path file = cell.folder / kFile;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return cell;
  PELLUCID_TRY(const std::string text, read_file(file));
  try {
    const ordered_json json = ordered_json::parse(text);
    if (json.at("schema") == kSchema && json.at("fingerprint") == cell.fingerprint) read(json, cell);
  } catch (const ordered_json::exception& problem) {
    return fail(ErrorCode::format,
                "expected what a comparison left there, found something else (" + reason_of(problem) +
                    "); remove this file to measure its model again",
                file.string());
  }
  return cell;
}

Result<void> save(const Cell& cell) {
  ordered_json json = {
      {"schema", kSchema}, {"fingerprint", cell.fingerprint}, {"system", cell.system}, {"seed", cell.seed}};
  if (cell.training) json["training"] = to_json(*cell.training);
  if (cell.choice) json["choice"] = to_json(*cell.choice);
  if (cell.test) {
    json["test"] = to_json(*cell.test);
    json["test"]["faithfulness"] = ordered_json::array();
    for (const MethodFaithfulness& one : cell.test->faithfulness) json["test"]["faithfulness"].push_back(to_json(one));
  }
  return write_file(cell.folder / kFile, json.dump() + "\n");
}

Result<std::int64_t> count_parameters(const fs::path& folder) {
  PELLUCID_TRY(const SafetensorsFile file, SafetensorsFile::open(folder / "model.safetensors"));
  std::int64_t sum = 0;
  for (const auto& [name, tensor] : file.tensors()) {
    std::int64_t size = 1;
    for (const std::int64_t side : tensor.shape) size *= side;
    sum += size;
  }
  return sum;
}

}  // namespace pellucid::compare
