// What pellucid.json says of a run under "training" (docs/formats.md): everything that decides its result, and how it
// went.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "checkpoint/model_folder.h"
#include "error/error.h"
#include "train/corpus.h"
#include "train/options.h"
#include "train/run_state.h"
#include "train/train.h"

namespace pellucid::train {

// Everything that decides a run's result; its hash is the run's fingerprint, which a resumed run must share.
nlohmann::ordered_json inputs_of(const Options& options, const Corpus& corpus, const ModelFolder& encoder);

// Those, and how the run went so far.
nlohmann::ordered_json training_record(const nlohmann::ordered_json& inputs, const Options& options,
                                       const RunState& state, std::int64_t processes, bool finished);

bool stopped_early(const Options& options, const RunState& state);
Outcome outcome_of(const Options& options, const RunState& state);

struct RecordedRun {
  std::string fingerprint;          // empty: of no run of ours
  std::optional<Outcome> finished;  // nullopt: it has not
};

// The run that the folder's pellucid.json is of; nullopt if there is no such file.
Result<std::optional<RecordedRun>> recorded_run(const std::filesystem::path& folder);

}  // namespace pellucid::train
