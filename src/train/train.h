// Fine-tunes a classifier: reads, trains, validates, keeps the best weights, resumes.
#pragma once

#include <cstdint>
#include <filesystem>

#include "error/error.h"
#include "train/options.h"

namespace pellucid::train {

class Collective;

struct Outcome {
  std::filesystem::path model;  // the folder, ready for predict and explain
  std::int64_t steps = 0;
  std::int64_t best_step = 0;
  double validation_accuracy = 0;  // of the weights that were kept
  double validation_macro_f1 = 0;
  double seconds = 0;            // of the run, its texts read; before an interruption too
  double tokens_per_second = 0;  // real tokens of the training texts, each counted once a step; over the steps alone
  bool stopped_early = false;
  bool already_complete = false;  // --resume found a finished run
};

// In one process, or in all those of `collective`, which are given the same options: the texts of each step are shared
// out, so that what is learnt does not depend on their number but for rounding. The first alone reads and writes
// options.out.
Result<Outcome> train(const Options& options);
Result<Outcome> train(const Options& options, Collective& collective);

}  // namespace pellucid::train
