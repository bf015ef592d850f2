// One cell of a comparison: a system with one setting and one seed, trained, and where its setting was chosen tested.
// Its folder is a model folder with cell.json beside, and is called by what the plan decides of the training: a cell
// that is there is never trained again, and a plan that changes finds those that it has in common with the one before.
// The last bits, which threads and an automatic precision decide too, are those of the machine that trained it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compare/plan.h"
#include "error/error.h"
#include "train/options.h"

namespace pellucid::compare {

struct CellTraining {
  std::int64_t steps = 0, best_step = 0;
  bool stopped_early = false;
  double accuracy = 0, macro_f1 = 0;  // on the validation texts
  double seconds = 0, tokens_per_second = 0;
  std::int64_t parameters = 0;
  std::string precision;  // of matrix products
  unsigned threads = 0;
  std::string tool = {};  // that finished it, as report/tool.h has it; empty where it was finished already
};

// Which method explains best, by the validation texts.
struct CellChoice {
  std::string fingerprint;  // of what decides it
  std::vector<std::string> methods;
  std::vector<double> values;  // mean comprehensiveness − sufficiency of each
};

struct MethodFaithfulness {
  std::string method;
  std::vector<double> values;  // [n] comprehensiveness − sufficiency, texts in their order
  double seconds_per_text = 0, forward_equivalents = 0;
};

struct CellTest {
  std::string fingerprint;
  std::vector<std::int32_t> predicted;  // [N] labels, in the order of the test file
  double negative_log_likelihood = 0, expected_calibration_error = 0, brier = 0;
  double texts_per_second = 0;                   // of predicting alone, after tokenising
  std::size_t truncated_texts = 0;               // cut at max_length
  std::vector<MethodFaithfulness> faithfulness;  // the chosen method, the random control; empty where not asked for
  std::string tool = {};                         // that measured it
};

struct Cell {
  std::filesystem::path folder;
  std::string fingerprint;  // of what the plan decides of the training
  std::uint64_t seed = 0;
  std::string system;
  std::optional<CellTraining> training;
  std::optional<CellChoice> choice;
  std::optional<CellTest> test;
};

// `options` with its texts and seed set. What the cell's folder holds of exactly this, as it was left; nothing yet
// else.
Result<Cell> open_cell(const std::filesystem::path& out, const train::Options& options, const std::string& texts_sha256,
                       const std::string& encoder_sha256);

// cell.json, whole or not at all.
Result<void> save(const Cell& cell);

// Number of parameters in a folder's model.safetensors.
Result<std::int64_t> count_parameters(const std::filesystem::path& folder);

}  // namespace pellucid::compare
