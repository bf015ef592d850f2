#include "arguments.h"

#include <omp.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>

#include "attribution/windows.h"
#include "data/label_index.h"
#include "kernels/threads.h"
#include "progress/interrupt.h"
#include "report/escape.h"
#include "report/explain_texts.h"
#include "report/numbers.h"
#include "usage.h"

namespace pellucid {

void add_model_arguments(CLI::App& command, ModelArguments& arguments, const std::string& automatic_precision,
                         bool long_texts) {
  command.add_option("model", arguments.model, "A trained classifier: a folder (ours, or Hugging Face's)")->required();
  add_loading_arguments(command, arguments, automatic_precision, long_texts);
}

void add_loading_arguments(CLI::App& command, ModelArguments& arguments, const std::string& automatic_precision,
                           bool long_texts) {
  arguments.threads = static_cast<unsigned>(omp_get_max_threads());
  command.add_option("--precision", arguments.precision, "Of matrix products; auto: " + automatic_precision)
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "fp32", "bf16", "int8"}));
  command.add_option("--max-length", arguments.max_length, "Tokens kept of a text [what the model was trained with]")
      ->check(positive());
  if (long_texts) {
    command
        .add_option(
            "--long", arguments.long_texts,
            "Texts longer than that: truncate, or window (read in overlapping windows, whose logits are averaged)")
        ->capture_default_str()
        ->check(CLI::IsMember({"truncate", "window"}));
  }
  command.add_option("--threads", arguments.threads, "CPU threads [OMP_NUM_THREADS, or all cores]")
      ->check(CLI::Range(1, 1024));
}

Precision precision_of(const std::string& name, Precision automatic) {
  if (name == "fp32") return Precision::fp32;
  if (name == "bf16") return Precision::bf16;
  if (name == "int8") return Precision::int8;
  return automatic;
}

Result<LoadOptions> load_options(const ModelArguments& arguments, Precision automatic) {
  PELLUCID_CHECK(use_threads(static_cast<int>(arguments.threads)));
  return LoadOptions{.precision = precision_of(arguments.precision, automatic), .max_length = arguments.max_length};
}

Result<std::unique_ptr<Classifier>> load(const ModelArguments& arguments, Precision automatic) {
  PELLUCID_TRY(const LoadOptions options, load_options(arguments, automatic));
  PELLUCID_TRY(auto classifier, arguments.loader(arguments.model, options));
  if (arguments.long_texts == "window") PELLUCID_CHECK(check_windows(*classifier));
  return classifier;
}

Encoding encode(const ModelArguments& arguments, const Classifier& classifier, std::string_view text) {
  return encode(classifier, text, arguments.long_texts == "window");
}

namespace {

void add_reading_arguments(CLI::App& command, InputArguments& arguments) {
  command.add_option("--format", arguments.format, "csv, tsv, jsonl, tab, ag-news, text [from the extension]");
  command.add_option("--text-column", arguments.reading.text_column, "Column of the text [text]");
  command.add_option("--label-column", arguments.reading.label_column, "Column of the label [class_name, label]");
  command.add_flag("--skip-bad-rows", arguments.reading.skip_bad_rows, "Count and name rows that cannot be read");
}

}  // namespace

void add_input_arguments(CLI::App& command, InputArguments& arguments, bool required) {
  command.add_option("input", arguments.file, "Texts: a csv, tsv, jsonl, tab or txt file, or - for stdin")
      ->required(required);
  add_reading_arguments(command, arguments);
}

void add_file_arguments(CLI::App& command, InputArguments& arguments, bool labels_required) {
  command
      .add_option("input", arguments.file,
                  labels_required ? "Labelled texts: a csv, tsv, jsonl or tab file"
                                  : "Texts: a csv, tsv, jsonl, tab or txt file")
      ->required();
  add_reading_arguments(command, arguments);
}

Result<void> check_file(const InputArguments& arguments) {
  if (arguments.file != "-") return {};
  return fail(ErrorCode::usage, "expected a file, whose SHA-256 is recorded with what is found; found stdin", "-");
}

namespace {

Result<ReadOptions> reading_of(const InputArguments& arguments, bool labels_required) {
  ReadOptions reading = arguments.reading;
  reading.labels_required = labels_required;
  if (!arguments.format.empty()) {
    PELLUCID_TRY(reading.format, format_from_name(arguments.format));
  }
  return reading;
}

}  // namespace

Result<ExampleReader> open_input(const InputArguments& arguments, bool labels_required) {
  PELLUCID_TRY(const ReadOptions reading, reading_of(arguments, labels_required));
  return ExampleReader::open(arguments.file, reading);
}

void add_shard_argument(CLI::App& command, InputArguments& arguments) {
  command.add_option("--shard", arguments.shard,
                     "K/N: the K-th of N parts of the file alone; their outputs one after another are the file's");
}

Result<ShardReader> open_shard(const InputArguments& arguments, std::size_t chunk, std::size_t limit) {
  Shard shard;
  if (!arguments.shard.empty()) {
    PELLUCID_TRY(shard, shard_from_text(arguments.shard));
  }
  PELLUCID_TRY(const ReadOptions reading, reading_of(arguments, /*labels_required=*/false));
  return ShardReader::open(arguments.file, reading, shard, chunk, limit);
}

void run_command(const std::function<Result<void>()>& work, int& status) {
  Result<void> done;
  try {
    done = work();
  } catch (const Interruption& stopped) {
    done = fail(ErrorCode::interrupted, stopped.what());
  }
  if (!done) {
    std::fflush(stdout);
    if (!done.error().message.empty()) {
      std::fprintf(stderr, "pellucid: %s\n", one_line(describe(done.error())).c_str());
    }
    status = exit_status(done.error());
  }
}

void report_skipped(const ExampleReader& reader) {
  const auto& [count, first] = reader.skipped();
  for (const auto& [where, why] : first) {
    std::fprintf(stderr, "pellucid: skipped %s: %s\n", one_line(where).c_str(), one_line(why).c_str());
  }
  if (count > first.size()) std::fprintf(stderr, "pellucid: and %s more\n", grouped(count - first.size()).c_str());
  if (count > 0) std::fprintf(stderr, "pellucid: %s skipped\n", counted(count, "bad row", "bad rows").c_str());
}

Result<std::int32_t> label_of(const Example& example, const LabelSet& labels, const InputArguments& arguments) {
  return label_index(labels, *example.label, ErrorCode::format, arguments.file + ":" + std::to_string(example.line));
}

Result<std::vector<Example>> read_texts(const InputArguments& arguments, const LabelSet& labels, bool labels_required) {
  PELLUCID_TRY(ExampleReader reader, open_input(arguments, labels_required));
  std::vector<Example> examples;
  for (;;) {
    PELLUCID_TRY(std::optional<Example> example, reader.next());
    if (!example) break;
    if (example->label) PELLUCID_CHECK(label_of(*example, labels, arguments));
    examples.push_back(std::move(*example));
    PELLUCID_CHECK(check_interrupted("interrupted; run the command again"));
  }
  report_skipped(reader);
  return examples;
}

void report_truncated(std::size_t texts, std::size_t pieces, std::size_t max_length, const std::string& remedies,
                      const std::string& whose) {
  if (texts == 0) return;
  std::fprintf(stderr, "pellucid: %s%s longer than %zu tokens cut: %s not read (%s)\n",
               whose.empty() ? "" : (whose + ": ").c_str(), counted(texts, "text", "texts").c_str(), max_length,
               counted(pieces, "word piece", "word pieces").c_str(), remedies.c_str());
}

}  // namespace pellucid
