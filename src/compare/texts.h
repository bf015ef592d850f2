// The split that all systems share: training texts (all, or a stratified subset), validation texts that choose weights
// and settings, test texts that choose nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compare/plan.h"
#include "data/example.h"
#include "error/error.h"
#include "files/folder.h"

namespace pellucid::compare {

// What a cell is trained on and chosen by, as train::train reads it: JSON lines in the plan's folder.
struct TrainingFiles {
  std::filesystem::path train, validation;
  std::string train_sha256, validation_sha256;
};

struct Texts : TrainingFiles {
  LabelSet labels;                       // of the training texts
  std::size_t data_texts = 0;            // good rows of the plan's data file
  std::size_t train_texts = 0;           // of these, used
  std::size_t skipped_rows = 0;          // bad ones of all files (skip-bad-rows)
  std::string data_sha256, test_sha256;  // of the plan's files
  std::vector<Example> validation_examples;
  std::vector<Example> test;
  std::vector<std::int32_t> gold;    // [N] of the test texts
  std::size_t seen_in_training = 0;  // test texts that are, byte for byte, training or validation texts too
  std::optional<FolderLock> lock;    // on the folder of the files: no other run writes them while cells are trained
};

// Writes train.jsonl and validation.jsonl into the folder `out`, drawn with the plan's first seed. Refused: a file that
// is given twice (selection must not see the test texts, nor training what selects), fewer than two labels, labels that
// the training texts do not have, a folder that another run uses.
Result<Texts> prepare_texts(const Plan& plan, const ReadOptions& reading, const std::filesystem::path& out);

// A line a text: its id, text and label.
std::string json_lines(std::span<const Example> examples);

}  // namespace pellucid::compare
