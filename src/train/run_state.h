// What an interrupted run needs to go on as if nothing had happened: weights, optimiser, averages,
// position. Random numbers are a function of (seed, step), so they need no state of their own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "error/error.h"
#include "train/optimiser.h"
#include "train/systems/system.h"

namespace pellucid::train {

struct RunState {
  std::int64_t step = 0;   // optimiser steps finished
  std::int64_t epoch = 0;  // of the next step
  std::int64_t batch = 0;  // of the next step, within its epoch
  std::int64_t evaluations = 0;
  double best_macro_f1 = -1;  // of the weights kept in the model folder, on validation
  double best_accuracy = 0;
  double best_negative_log_likelihood = 0;
  std::int64_t best_step = 0;
  std::int64_t evaluations_without_better = 0;
  double seconds = 0;       // of the run so far, all processes together
  double step_seconds = 0;  // of its steps alone
  double tokens = 0;        // of its steps' training texts, each counted once a step
  std::string fingerprint;  // options and data; a resumed run must have the same
};

// For another process.
std::string to_text(const RunState& state);
Result<RunState> state_from_text(const std::string& text, const std::string& where);

// Checkpoints live in `out`/checkpoint-<step>; a newer one replaces an older one only when complete.
// `average`: null where there is none.
Result<void> save_run(const std::filesystem::path& out, const RunState& state, System& system,
                      const Optimiser& optimiser, const NamedTensors* average);

// Of the newest complete checkpoint; nullopt if there is none.
Result<std::optional<RunState>> saved_state(const std::filesystem::path& out);

// The tensors of the checkpoint with that state.
Result<void> load_run(const std::filesystem::path& out, const RunState& state, const ModelFolder& encoder,
                      System& system, Optimiser& optimiser, const NamedTensors* average);

bool has_checkpoint(const std::filesystem::path& out);
void remove_checkpoints(const std::filesystem::path& out);

}  // namespace pellucid::train
