// Trains a cell, or finds it trained.
#pragma once

#include <string>

#include "compare/cell.h"
#include "compare/run_options.h"
#include "compare/texts.h"
#include "error/error.h"
#include "train/options.h"

namespace pellucid::compare {

// `options`: of the system and its setting; texts and folder are set here. `name` says which cell it is to people, in
// messages too. The same call goes on where an interrupted one stopped.
Result<Cell> train_cell(train::Options options, std::uint64_t seed, const TrainingFiles& files,
                        const std::string& encoder_sha256, const RunOptions& run, const std::string& name);

}  // namespace pellucid::compare
