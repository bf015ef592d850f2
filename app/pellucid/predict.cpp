// pellucid predict: one JSON line per text. Files of any size are streamed.
#include <CLI/CLI.hpp>

#include "arguments.h"
#include "commands.h"
#include "output.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
#include "report/prediction.h"
#include "usage.h"

namespace pellucid {
namespace {

constexpr std::size_t kChunkTexts = 1024;  // read, predicted and written together, a part of them where they have
constexpr std::size_t kChunkPieces = std::size_t{1} << 18;  // more pieces than that

struct Arguments {
  ModelArguments model;
  InputArguments input;
  std::string json = "-";
  std::size_t batch_tokens = 4096;
  std::uint64_t seed = 0;
  bool quiet = false;
};

Result<void> run(const Arguments& arguments) {
  PELLUCID_TRY(ShardReader reader, open_shard(arguments.input, kChunkTexts));
  PELLUCID_TRY(const auto classifier,
               load(arguments.model, cpu_has(Precision::bf16) ? Precision::bf16 : Precision::fp32));
  PELLUCID_TRY(Output output, Output::open(arguments.json));
  Progress progress("predicting", 0, "texts", arguments.quiet);
  std::size_t cut_texts = 0;
  std::size_t cut_pieces = 0;
  std::size_t left = kChunkTexts;  // of the chunk, so that a shard's parts are those of the whole file
  for (bool more = true; more;) {
    std::vector<std::string> ids;
    std::vector<Encoding> texts;
    for (std::size_t pieces = 0; texts.size() < left && pieces < kChunkPieces; pieces += texts.back().ids.size()) {
      PELLUCID_TRY(const std::optional<Example> example, reader.next());
      more = example.has_value();
      if (!more) break;
      ids.push_back(example->id);
      texts.push_back(encode(arguments.model, *classifier, example->text));
      cut_texts += texts.back().dropped > 0;
      cut_pieces += texts.back().dropped;
    }
    PELLUCID_TRY(const auto predictions, predict_texts(*classifier, ids, texts, arguments.batch_tokens));
    for (const Prediction& prediction : predictions) PELLUCID_CHECK(output.write(to_json(prediction) + "\n"));
    progress.advance(texts.size());
    left = left == texts.size() ? kChunkTexts : left - texts.size();
    PELLUCID_CHECK(check_interrupted("interrupted; run the command again"));
  }
  PELLUCID_CHECK(output.commit());
  report_skipped(reader.file());
  report_truncated(cut_texts, cut_pieces, classifier->max_length(), kReadsAll);
  return {};
}

}  // namespace

void add_predict(CLI::App& app, int& status, Loader loader) {
  auto* command = app.add_subcommand("predict", "Label texts: one JSON line each");
  auto arguments = std::make_shared<Arguments>();
  arguments->model.loader = loader;
  add_model_arguments(*command, arguments->model, "bf16 where the CPU has it");
  add_input_arguments(*command, arguments->input, true);
  add_shard_argument(*command, arguments->input);
  command->add_option("--json", arguments->json, "Where the lines go: a file, or - for stdout")->capture_default_str();
  command->add_option("--batch-tokens", arguments->batch_tokens, "Tokens predicted together")
      ->capture_default_str()
      ->check(positive());
  command->add_option("--seed", arguments->seed, "Of random choices; prediction makes none")->capture_default_str();
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->callback([arguments, &status] { run_command([&] { return run(*arguments); }, status); });
}

}  // namespace pellucid
