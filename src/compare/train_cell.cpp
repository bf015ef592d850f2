#include "compare/train_cell.h"

#include "progress/interrupt.h"
#include "report/tool.h"
#include "train/train.h"

namespace pellucid::compare {

Result<Cell> train_cell(train::Options options, std::uint64_t seed, const TrainingFiles& files,
                        const std::string& encoder_sha256, const RunOptions& run, const std::string& name) {
  PELLUCID_CHECK(check_interrupted("interrupted; the same command goes on from there"));
  options.data = files.train;
  options.validation = files.validation;
  options.reading = {};  // our own JSON lines
  options.seed = seed;
  options.resume = true;
  options.quiet = run.quiet;
  PELLUCID_TRY(Cell cell, open_cell(run.out, options, files.train_sha256 + files.validation_sha256, encoder_sha256));
  if (run.say) run.say(name + (cell.training ? ": trained before" : ""));
  if (cell.training) return cell;
  options.out = cell.folder;
  const Result<train::Outcome> outcome = train::train(options);
  if (!outcome) {
    Error error = outcome.error();
    if (error.code == ErrorCode::interrupted) {
      return fail(ErrorCode::interrupted, "stopped in " + name + "; the same command goes on from there");
    }
    error.message += " (" + name + ")";
    return tl::unexpected(std::move(error));
  }
  CellTraining training{.steps = outcome->steps,
                        .best_step = outcome->best_step,
                        .stopped_early = outcome->stopped_early,
                        .accuracy = outcome->validation_accuracy,
                        .macro_f1 = outcome->validation_macro_f1,
                        .seconds = outcome->seconds,
                        .tokens_per_second = outcome->tokens_per_second,
                        .precision = std::string(name_of(train::precision_of(options))),
                        .threads = run.threads,
                        .tool = outcome->already_complete ? std::string() : text_of(this_tool())};
  PELLUCID_TRY(training.parameters, count_parameters(cell.folder));
  cell.training = training;
  PELLUCID_CHECK(save(cell));
  return cell;
}

}  // namespace pellucid::compare
