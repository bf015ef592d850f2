// The options that say how texts are read and what is learnt from them, as the command line of `train` and a plan of
// `compare` name them.
#pragma once

#include <string>

#include "error/error.h"
#include "train/options.h"

namespace CLI {
class App;
}

namespace pellucid {

struct TrainingOptions {
  train::Options options;
  std::string format, adjust = "top", attribution_gradient = "stop", word_vectors = "random", class_weights = "none",
                      sampling = "plain", precision = "auto";
};

void add_training_options(CLI::App& command, TrainingOptions& arguments);

// After parsing. Options that the system cannot follow are refused where they were given.
Result<train::Options> resolve(const CLI::App& command, const TrainingOptions& arguments);

}  // namespace pellucid
