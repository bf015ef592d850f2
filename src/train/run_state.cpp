#include "train/run_state.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "files/atomic_file.h"
#include "files/folder.h"
#include "files/json.h"
#include "files/mapped_file.h"
#include "train/weights.h"

namespace pellucid::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kPrefix = "checkpoint-";
constexpr std::string_view kUnfinished = ".partial";

// One list of fields for writing and reading.
template <class State, class Visit>
void visit_fields(State& state, const Visit& visit) {
  visit("step", state.step);
  visit("epoch", state.epoch);
  visit("batch", state.batch);
  visit("evaluations", state.evaluations);
  visit("best_macro_f1", state.best_macro_f1);
  visit("best_accuracy", state.best_accuracy);
  visit("best_negative_log_likelihood", state.best_negative_log_likelihood);
  visit("best_step", state.best_step);
  visit("evaluations_without_better", state.evaluations_without_better);
  visit("seconds", state.seconds);
  visit("step_seconds", state.step_seconds);
  visit("tokens", state.tokens);
  visit("fingerprint", state.fingerprint);
}

fs::path checkpoint_of(const fs::path& out, const RunState& state) {
  return out / (std::string(kPrefix) + std::to_string(state.step));
}

// Complete checkpoints by step, ascending; folders with another ending are unfinished.
std::vector<std::pair<std::int64_t, fs::path>> checkpoints(const fs::path& out) {
  std::vector<std::pair<std::int64_t, fs::path>> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(out, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const std::string digits = name.substr(kPrefix.size());
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) continue;
    found.emplace_back(std::stoll(digits), entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Renamed first: killed on the way, it leaves no folder that looks complete and lacks a part.
void discard(const fs::path& checkpoint) {
  const fs::path aside = checkpoint.string() + std::string(kUnfinished);
  std::error_code ignored;
  fs::remove_all(aside, ignored);
  fs::rename(checkpoint, aside, ignored);
  fs::remove_all(aside, ignored);
}

}  // namespace

std::string to_text(const RunState& state) {
  json fields;
  visit_fields(state, [&](const char* name, const auto& value) { fields[name] = value; });
  return fields.dump(2) + "\n";
}

Result<RunState> state_from_text(const std::string& text, const std::string& where) {
  RunState state;
  try {
    const json fields = json::parse(text);
    visit_fields(state, [&](const char* name, auto& value) { fields.at(name).get_to(value); });
  } catch (const json::exception& problem) {
    return fail(ErrorCode::format,
                "expected the state of a run, found something else (" + reason_of(problem) +
                    "); remove this folder to go back to a fresh run",
                where);
  }
  return state;
}

Result<void> save_run(const fs::path& out, const RunState& state, System& system, const Optimiser& optimiser,
                      const NamedTensors* average) {
  const fs::path target = checkpoint_of(out, state);
  const fs::path partial = target.string() + std::string(kUnfinished);
  std::error_code code;
  fs::remove_all(partial, code);
  fs::create_directories(partial, code);
  if (code) return fail(ErrorCode::io, "cannot create the folder: " + code.message(), partial.string());
  PELLUCID_CHECK(save_weights(system, partial / "model.safetensors"));
  PELLUCID_CHECK(save_tensors(optimiser.state(), partial / "optimiser.safetensors"));
  if (average) PELLUCID_CHECK(save_tensors(*average, partial / "average.safetensors"));
  PELLUCID_CHECK(write_file(partial / "state.json", to_text(state)));

  const auto older = checkpoints(out);
  fs::remove_all(target, code);
  PELLUCID_CHECK(put_in_place(partial, target));  // for good, before those that it replaces go
  for (const auto& [step, path] : older) {
    if (path != target) discard(path);
  }
  return {};
}

Result<std::optional<RunState>> saved_state(const fs::path& out) {
  const auto found = checkpoints(out);
  if (found.empty()) return std::optional<RunState>{};
  const fs::path file = found.back().second / "state.json";
  PELLUCID_TRY(const std::string text, read_file(file));
  PELLUCID_TRY(RunState state, state_from_text(text, file.string()));
  return state;
}

Result<void> load_run(const fs::path& out, const RunState& state, const ModelFolder& encoder, System& system,
                      Optimiser& optimiser, const NamedTensors* average) {
  const fs::path folder = checkpoint_of(out, state);
  ModelFolder source = encoder;
  source.path = folder;
  source.tensor_prefix.clear();
  source.encoder.architecture = &kBert;  // a checkpoint has our own names
  PELLUCID_CHECK(load_weights(system, source, /*with_head=*/true));
  PELLUCID_CHECK(load_tensors(optimiser.state(), folder / "optimiser.safetensors"));
  if (average) PELLUCID_CHECK(load_tensors(*average, folder / "average.safetensors"));
  optimiser.set_steps(state.step);
  return {};
}

bool has_checkpoint(const fs::path& out) {
  return !checkpoints(out).empty();
}

void remove_checkpoints(const fs::path& out) {
  for (const auto& [step, path] : checkpoints(out)) discard(path);
  // What a killed run left.
  std::error_code ignored;
  std::vector<fs::path> unfinished;
  for (const auto& entry : fs::directory_iterator(out, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kUnfinished)) unfinished.push_back(entry.path());
  }
  for (const fs::path& path : unfinished) fs::remove_all(path, ignored);
}

}  // namespace pellucid::train
