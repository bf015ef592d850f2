// Options that several commands share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/reader.h"
#include "data/shard.h"
#include "error/error.h"
#include "runtime/classifier.h"

namespace CLI {
class App;
}

namespace pellucid {

// How a program gets its classifiers: load_classifier, or with libtorch train::load_trained.
using Loader = Result<std::unique_ptr<Classifier>> (*)(const std::string& model, const LoadOptions& options);

struct ModelArguments {
  Loader loader = load_classifier;
  std::string model;
  std::string precision = "auto";
  std::size_t max_length = 0;
  std::string long_texts = "truncate";
  unsigned threads = 0;
};
// How models are loaded and computed: all of the above but which. `long_texts`: with --long, where it is an option of
// the command.
void add_loading_arguments(CLI::App& command, ModelArguments& arguments, const std::string& automatic_precision,
                           bool long_texts = true);
void add_model_arguments(CLI::App& command, ModelArguments& arguments, const std::string& automatic_precision,
                         bool long_texts = true);

// `automatic`: what auto stands for.
Precision precision_of(const std::string& name, Precision automatic);

// Sets the process up for computing, too.
Result<LoadOptions> load_options(const ModelArguments& arguments, Precision automatic);
Result<std::unique_ptr<Classifier>> load(const ModelArguments& arguments, Precision automatic);

// All of the text with --long window, to be read in windows (attribution/windows.h); else what the model
// reads at once.
Encoding encode(const ModelArguments& arguments, const Classifier& classifier, std::string_view text);

struct InputArguments {
  std::string file;
  std::string format;
  ReadOptions reading;
  std::string shard;  // of commands with --shard
};
void add_input_arguments(CLI::App& command, InputArguments& arguments, bool required);  // stdin too
// Of commands that record what they read by its SHA-256: no stdin, which check_file refuses.
void add_file_arguments(CLI::App& command, InputArguments& arguments, bool labels_required);
Result<void> check_file(const InputArguments& arguments);
Result<ExampleReader> open_input(const InputArguments& arguments, bool labels_required);

// Of commands whose results, shard after shard, are those of one process.
void add_shard_argument(CLI::App& command, InputArguments& arguments);
// `chunk` texts are computed together; the file's first `limit` count, 0: all.
Result<ShardReader> open_shard(const InputArguments& arguments, std::size_t chunk, std::size_t limit = 0);

// All texts of the file; labels, where there are some, are among the model's. Says what was skipped.
Result<std::vector<Example>> read_texts(const InputArguments& arguments, const LabelSet& labels,
                                        bool labels_required = false);

// The label that the text has among the model's; another is an error that names its line.
Result<std::int32_t> label_of(const Example& example, const LabelSet& labels, const InputArguments& arguments);

// Runs `work`; an error becomes a line on stderr, unless its message is empty, and an exit status.
void run_command(const std::function<Result<void>()>& work, int& status);

// What was passed over or cut, said once at the end. `whose`: which of several models, `remedies`: the options that
// read more; kReadsAll of commands that take both.
inline constexpr const char* kReadsAll = "--max-length sets the limit, --long window reads all";
void report_skipped(const ExampleReader& reader);
void report_truncated(std::size_t texts, std::size_t pieces, std::size_t max_length, const std::string& remedies,
                      const std::string& whose = "");

}  // namespace pellucid
