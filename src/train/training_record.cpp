#include "train/training_record.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "data/reader.h"
#include "files/json.h"
#include "files/mapped_file.h"

namespace pellucid::train {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

double tokens_per_second(const RunState& state) {
  return state.step_seconds > 0 ? state.tokens / state.step_seconds : 0;
}

}  // namespace

ordered_json inputs_of(const Options& options, const Corpus& corpus, const ModelFolder& encoder) {
  ordered_json all = {
      {"options", recipe_of(options)},
      {"seed", options.seed},
      {"precision", name_of(precision_of(options))},
      {"threads", torch::get_num_threads()},
      {"encoder_sha256", encoder.weights_sha256},
      {"data",
       {{"file", options.data.filename().string()},
        {"sha256", corpus.train_sha256},
        {"texts", corpus.train.size()},
        {"truncated_texts", corpus.truncated},
        {"validation_file", options.validation.filename().string()},
        {"validation_sha256", corpus.validation_sha256},
        {"validation_texts", corpus.validation.size()}}},
  };
  // As in recipe_of: what came later stands there where it is used.
  const ReadOptions& reading = options.reading;
  if (reading.format) all["data"]["format"] = name_of(*reading.format);
  if (!reading.text_column.empty()) all["data"]["text_column"] = reading.text_column;
  if (!reading.label_column.empty()) all["data"]["label_column"] = reading.label_column;
  if (options.device != "cpu") all["device"] = options.device;
  return all;
}

ordered_json training_record(const ordered_json& inputs, const Options& options, const RunState& state,
                             std::int64_t processes, bool finished) {
  ordered_json training = inputs;
  training["fingerprint"] = state.fingerprint;
  training["validation"] = {{"step", state.best_step},
                            {"accuracy", state.best_accuracy},
                            {"macro_f1", state.best_macro_f1},
                            {"negative_log_likelihood", state.best_negative_log_likelihood}};
  training["steps"] = state.step;
  training["stopped_early"] = stopped_early(options, state);
  training["seconds"] = state.seconds;
  training["tokens_per_second"] = tokens_per_second(state);
  if (processes > 1) training["processes"] = processes;
  if (options.accumulate > 1) training["accumulate"] = options.accumulate;
  training["finished"] = finished;
  return training;
}

bool stopped_early(const Options& options, const RunState& state) {
  return options.patience > 0 && state.evaluations_without_better >= options.patience &&
         state.evaluations < options.epochs;
}

Outcome outcome_of(const Options& options, const RunState& state) {
  return {.model = options.out,
          .steps = state.step,
          .best_step = state.best_step,
          .validation_accuracy = state.best_accuracy,
          .validation_macro_f1 = state.best_macro_f1,
          .seconds = state.seconds,
          .tokens_per_second = tokens_per_second(state),
          .stopped_early = stopped_early(options, state),
          .already_complete = false};
}

Result<std::optional<RecordedRun>> recorded_run(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "pellucid.json";
  if (!std::filesystem::exists(file)) return std::optional<RecordedRun>{};
  PELLUCID_TRY(const std::string text, read_file(file));
  RecordedRun run;
  try {
    const json training = parse_json(text).value("training", json::object());
    run.fingerprint = training.value("fingerprint", std::string());
    if (!training.value("finished", false)) return run;
    const json validation = training.value("validation", json::object());
    run.finished = Outcome{.model = folder,
                           .steps = training.value("steps", std::int64_t{0}),
                           .best_step = validation.value("step", std::int64_t{0}),
                           .validation_accuracy = validation.value("accuracy", 0.0),
                           .validation_macro_f1 = validation.value("macro_f1", 0.0),
                           .seconds = training.value("seconds", 0.0),
                           .tokens_per_second = training.value("tokens_per_second", 0.0),
                           .stopped_early = training.value("stopped_early", false),
                           .already_complete = true};
  } catch (const json::exception& problem) {
    return fail(ErrorCode::format,
                "expected the description of a trained model, found something else (" + reason_of(problem) +
                    "); give another --out",
                file.string());
  }
  return run;
}

}  // namespace pellucid::train
