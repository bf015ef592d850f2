#include "train/train.h"

#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "error/listed.h"
#include "evaluate/metrics.h"
#include "files/folder.h"
#include "files/sha256.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
#include "runtime/classifier.h"
#include "train/collective.h"
#include "train/corpus.h"
#include "train/gradient_sums.h"
#include "train/history.h"
#include "train/moving_average.h"
#include "train/optimiser.h"
#include "train/run_state.h"
#include "train/sampling.h"
#include "train/step.h"
#include "train/systems/registry.h"
#include "train/training_record.h"
#include "train/validate.h"
#include "train/weights.h"

namespace pellucid::train {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using nlohmann::ordered_json;

constexpr auto kCheckpointInterval = std::chrono::minutes(5);

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Of several processes on a machine each has a GPU of its own, as far as there are enough.
Result<torch::Device> device_of(const Options& options, const Collective& collective) {
  if (options.device == "cpu") return torch::Device(torch::kCPU);
  if (!torch::cuda::is_available()) {
    return fail(ErrorCode::usage,
                "expected a GPU that libtorch can use, found none; leave it out, or install a torch for it",
                "--device " + options.device);
  }
  return torch::Device(torch::kCUDA,
                       static_cast<torch::DeviceIndex>(collective.local_rank() % torch::cuda::device_count()));
}

// One run: what the steps share.
class Run {
 public:
  Run(const Options& options, Collective& collective, const SystemEntry& entry, const Corpus& corpus,
      const ModelFolder& folder, const SpecialTokens& specials, std::size_t max_length)
      : options_(options),
        collective_(collective),
        corpus_(corpus),
        folder_(folder),
        max_length_(max_length),
        entry_(entry),
        objective_(options, corpus, specials),
        plan_{.encoder = folder.encoder,
              .classes = static_cast<std::int64_t>(corpus.labels.size()),
              .adjust = entry.attributes ? options.adjust : Adjust::none,
              .through = options.through,
              .sizes = options.sizes} {
    compute_.type = precision_of(options) == Precision::bf16 ? torch::kBFloat16 : torch::kFloat32;
    compute_.dropout = options.dropout;
  }

  Result<Outcome> go();

 private:
  struct Figures {
    double loss = 0;
    bool stop = false;  // some process was interrupted
  };
  Result<void> prepare();
  Result<std::optional<Outcome>> resume();
  Result<void> train_epochs();
  Result<Figures> step(std::span<const std::uint32_t> group, double learning_rate);
  Result<void> describe_model(bool finished);
  // Adds the time since the last call to the run's.
  void count_seconds() {
    const auto now = Clock::now();
    state_.seconds += std::chrono::duration<double>(now - counted_).count();
    counted_ = now;
  }
  Result<void> evaluate_and_keep(std::optional<History>& history, Progress& progress);
  Result<void> save();
  Batches batches(std::int64_t epoch) const {
    return epoch_batches(corpus_.train.lengths(), corpus_.train.labels(), options_.balanced_sampling,
                         options_.batch_tokens, options_.seed, static_cast<std::uint64_t>(epoch));
  }
  std::uint64_t tokens_of(std::span<const std::uint32_t> group) const {
    std::uint64_t tokens = 0;
    for (const std::uint32_t text : group) tokens += corpus_.train.lengths()[text];
    return tokens;
  }
  const NamedTensors* averaged() const { return average_ ? &average_->tensors() : nullptr; }

  const Options& options_;
  Collective& collective_;
  const Corpus& corpus_;
  const ModelFolder& folder_;
  const std::size_t max_length_;
  const SystemEntry& entry_;
  const Objective objective_;
  SystemPlan plan_;
  std::unique_ptr<System> system_;
  Compute compute_;
  std::optional<Optimiser> optimiser_;
  std::optional<GradientSums> gradient_sums_;
  std::optional<MovingAverage> average_;
  RunState state_;
  ordered_json inputs_;  // everything that decides the result
  Clock::time_point counted_ = Clock::now();
  Clock::time_point last_checkpoint_ = Clock::now();
};

Result<Run::Figures> Run::step(std::span<const std::uint32_t> group, double learning_rate) {
  PELLUCID_TRY(const Step step, objective_.draw(group, state_.step));
  gradient_sums_->begin(objective_.reachable(step));
  // Every process has some parts of the step, and computes them one after another.
  const auto own = static_cast<std::size_t>(options_.accumulate);
  const std::vector<Part> all = parts_of(step, own * static_cast<std::size_t>(collective_.size()));
  std::vector<Part> parts(all.begin() + static_cast<std::ptrdiff_t>(own) * collective_.rank(),
                          all.begin() + static_cast<std::ptrdiff_t>(own) * (collective_.rank() + 1));
  std::erase_if(parts, [](const Part& part) { return part.empty(); });
  double loss = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const torch::Tensor part_loss = objective_.loss(*system_, compute_, step, parts[i]);
    loss += part_loss.item<double>();
    if (i + 1 == parts.size()) gradient_sums_->send_as_they_come();
    part_loss.backward();
  }
  const torch::Tensor sums = torch::tensor({loss, interrupted() ? 1.0 : 0.0}, torch::kFloat64);
  PELLUCID_CHECK(gradient_sums_->finish(sums));
  const Figures figures{sums[0].item<double>(), sums[1].item<double>() > 0};
  if (!std::isfinite(figures.loss)) {
    std::vector<std::string> names;
    for (const std::uint32_t text : group) {
      PELLUCID_TRY(names.emplace_back(), corpus_.train.name(text));
    }
    return fail(ErrorCode::numeric,
                "the loss is no longer a finite number; try a smaller --learning-rate, or look at these texts: " +
                    listed(names),
                "step " + std::to_string(state_.step + 1));
  }
  optimiser_->step(learning_rate);
  if (average_) average_->update();
  return figures;
}

// pellucid.json of the weights that are in the model folder now.
Result<void> Run::describe_model(bool finished) {
  return write_model_description(options_.out, folder_, {plan_.adjust, corpus_.labels}, max_length_,
                                 training_record(inputs_, options_, state_, collective_.size(), finished).dump(),
                                 entry_.config(plan_));
}

Result<void> Run::evaluate_and_keep(std::optional<History>& history, Progress& progress) {
  if (average_) average_->swap();
  PELLUCID_TRY(const ClassificationMetrics metrics,
               validate(*system_, corpus_, compute_, 4 * options_.batch_tokens, collective_));
  ++state_.evaluations;
  char line[160];
  std::snprintf(line, sizeof line, "epoch %ld of %ld: validation accuracy %.4f, macro-F1 %.4f", state_.evaluations,
                options_.epochs, metrics.accuracy, metrics.macro.f1);
  progress.say(line);
  Result<void> status = history ? history->add(state_.step, metrics) : Result<void>();
  if (status && metrics.macro.f1 > state_.best_macro_f1) {
    state_.best_macro_f1 = metrics.macro.f1;
    state_.best_step = state_.step;
    state_.evaluations_without_better = 0;
    state_.best_accuracy = metrics.accuracy;
    state_.best_negative_log_likelihood = metrics.negative_log_likelihood;
    if (collective_.first())
      status = save_weights(*system_, options_.out / "model.safetensors", *folder_.encoder.architecture);
    if (collective_.first() && status) status = describe_model(/*finished=*/false);
  } else if (status) {
    ++state_.evaluations_without_better;
  }
  if (average_) average_->swap();
  return status;
}

// Where the run goes on, which the first process knows and tells the others; an outcome where it was finished before.
Result<std::optional<Outcome>> Run::resume() {
  std::optional<Outcome> finished;
  if (options_.resume && collective_.first()) {
    PELLUCID_TRY(const auto saved, saved_state(options_.out));
    PELLUCID_TRY(const auto recorded, recorded_run(options_.out));
    const auto is_another = [&](const auto& run) { return run && run->fingerprint != state_.fingerprint; };
    // Before its tensors are read, which may be another system's, and its model is overwritten.
    if (is_another(saved) || is_another(recorded)) {
      return fail(ErrorCode::usage,
                  "the run to resume was started with other options, data, encoder, precision or threads; give the "
                  "same ones, or "
                  "another --out",
                  options_.out.string());
    }
    if (saved) {
      PELLUCID_CHECK(load_run(options_.out, *saved, folder_, *system_, *optimiser_, averaged()));
      state_ = *saved;
    } else if (recorded) {
      finished = recorded->finished;
    }
  }
  std::string told = finished ? "finished" : to_text(state_);
  PELLUCID_CHECK(collective_.broadcast(told));
  if (told == "finished") return finished ? finished : std::optional(Outcome());
  if (!collective_.first()) {
    PELLUCID_TRY(state_, state_from_text(told, "what the first process tells"));
  }
  for (const torch::Tensor& parameter : system_->parameters()) PELLUCID_CHECK(collective_.broadcast(parameter));
  if (state_.step > 0) {
    for (const auto& [name, tensor] : optimiser_->state()) PELLUCID_CHECK(collective_.broadcast(tensor));
    optimiser_->set_steps(state_.step);
  }
  if (average_) {
    for (const auto& [name, tensor] : average_->tensors()) PELLUCID_CHECK(collective_.broadcast(tensor));
  }
  return std::optional<Outcome>{};
}

Result<void> Run::save() {
  if (!collective_.first()) return {};
  count_seconds();
  last_checkpoint_ = Clock::now();
  return save_run(options_.out, state_, *system_, *optimiser_, averaged());
}

// The system, its optimiser, what the processes have in common.
Result<void> Run::prepare() {
  torch::manual_seed(options_.seed);
  system_ = entry_.make(plan_);
  if (entry_.pretrained) {
    PELLUCID_CHECK(load_weights(*system_, folder_, /*with_head=*/false));
  } else if (options_.word_vectors) {
    PELLUCID_CHECK(load_word_vectors(*system_, folder_));
  }
  PELLUCID_TRY(const torch::Device device, device_of(options_, collective_));
  system_->to(device);
  require_gradients(*system_, true);
  optimiser_.emplace(*system_,
                     OptimiserOptions{.weight_decay = options_.weight_decay, .clip_norm = options_.clip_norm});
  gradient_sums_.emplace(*system_, collective_);
  if (options_.ema > 0) average_.emplace(*system_, options_.ema);

  inputs_ = inputs_of(options_, corpus_, folder_);
  state_.fingerprint = sha256(inputs_.dump());
  PELLUCID_TRY(const bool same, collective_.agree(state_.fingerprint));
  if (!same) {
    return fail(
        ErrorCode::usage,
        "expected processes with the same options, data, encoder, --precision and --threads, found others; start "
        "all with one command and the same files");
  }
  return {};
}

Result<void> Run::train_epochs() {
  std::int64_t total_steps = 0;
  std::uint64_t tokens_left = 0;
  for (std::int64_t epoch = 0; epoch < options_.epochs; ++epoch) {
    PELLUCID_CHECK(check_interrupted("interrupted before the first step; run the command again"));
    const auto groups = batches(epoch);
    total_steps += static_cast<std::int64_t>(groups.size());
    const std::int64_t first = epoch < state_.epoch    ? static_cast<std::int64_t>(groups.size())
                               : epoch == state_.epoch ? state_.batch
                                                       : 0;
    for (auto i = static_cast<std::size_t>(first); i < groups.size(); ++i) tokens_left += tokens_of(groups[i]);
  }

  std::optional<History> history;
  if (collective_.first()) {
    PELLUCID_TRY(history, History::open(options_.out, state_.step, state_.evaluations));
  }
  Progress progress("training", tokens_left, "tokens", options_.quiet || !collective_.first());
  last_checkpoint_ = Clock::now();
  for (; state_.epoch < options_.epochs && !stopped_early(options_, state_); ++state_.epoch, state_.batch = 0) {
    const auto groups = batches(state_.epoch);
    for (; state_.batch < static_cast<std::int64_t>(groups.size());) {
      const std::span<const std::uint32_t> group = groups[static_cast<std::size_t>(state_.batch)];
      const auto step_start = Clock::now();
      const double learning_rate = options_.learning_rate * schedule(state_.step, total_steps, options_.warmup);
      const Result<Figures> figures = step(group, learning_rate);
      if (!figures) {
        // A lost process: the steps before are whole. The error is what matters, should there be no room for them.
        if (figures.error().code == ErrorCode::io) (void)save();
        return tl::unexpected(figures.error());
      }
      ++state_.step;
      ++state_.batch;
      const std::uint64_t tokens = tokens_of(group);
      const double seconds = seconds_since(step_start);
      state_.tokens += static_cast<double>(tokens);
      state_.step_seconds += seconds;
      if (history) {
        PELLUCID_CHECK(history->add(StepRecord{state_.step, state_.epoch, figures->loss, learning_rate,
                                               static_cast<double>(tokens) / seconds}));
      }
      char note[48];
      std::snprintf(note, sizeof note, "loss %.4f", figures->loss);
      progress.advance(tokens, note);
      if (figures->stop || Clock::now() - last_checkpoint_ > kCheckpointInterval) PELLUCID_CHECK(save());
      if (figures->stop) {
        PELLUCID_CHECK(collective_.meet());  // who started us may end the others when the first is gone
        return fail(ErrorCode::interrupted, "stopped after step " + std::to_string(state_.step) +
                                                "; the same command with --resume goes on from there");
      }
    }
    PELLUCID_CHECK(evaluate_and_keep(history, progress));
  }
  return {};
}

Result<Outcome> Run::go() {
  PELLUCID_CHECK(prepare());
  PELLUCID_TRY(const std::optional<Outcome> finished, resume());
  if (finished) return *finished;
  PELLUCID_CHECK(train_epochs());
  count_seconds();
  if (collective_.first()) {
    PELLUCID_CHECK(describe_model(/*finished=*/true));
    remove_checkpoints(options_.out);
  }
  PELLUCID_CHECK(collective_.meet());
  return outcome_of(options_, state_);
}

}  // namespace

Result<Outcome> train(const Options& options) {
  Collective alone;
  return train(options, alone);
}

Result<Outcome> train(const Options& options, Collective& collective) {
  if (options.contrastive > 0 && collective.size() * options.accumulate > 1) {
    return fail(ErrorCode::usage,
                "compares all texts of a step with one another, which several processes or --accumulate take apart; "
                "leave one of them out",
                "--contrastive");
  }
  if (options.device == "cpu") PELLUCID_CHECK(check_precision(precision_of(options)));
  PELLUCID_TRY(const SystemEntry* entry, find_system(options.system));
  PELLUCID_TRY(const ModelFolder folder, open_model_folder(options.model));
  if (entry->own_layers && !folder.encoder.has_bert_layers()) {
    return fail(ErrorCode::unsupported,
                "--system " + std::string(entry->name) + " takes an encoder with BERT's layers, found \"" +
                    std::string(folder.encoder.architecture->model_type) + "\"",
                folder.path.string());
  }
  PELLUCID_TRY(const Tokenizer tokenizer, Tokenizer::load(folder.path));
  const auto capacity = static_cast<std::size_t>(folder.encoder.max_length());
  if (options.max_length > capacity) {
    return fail(ErrorCode::usage, "--max-length " + std::to_string(options.max_length) + " is more than the " +
                                      std::to_string(capacity) + " tokens that the encoder takes");
  }
  if (options.max_length > 0 && options.max_length <= kSpecialTokens) {
    return fail(ErrorCode::usage,
                "expected from " + std::to_string(kSpecialTokens + 1) + " tokens, of which " +
                    std::to_string(kSpecialTokens) + " begin and end a text, found " +
                    std::to_string(options.max_length),
                "--max-length");
  }
  const std::size_t max_length = options.max_length > 0 ? options.max_length : capacity;
  std::error_code missing;  // then it is another
  if (collective.first() && fs::equivalent(options.out, folder.path, missing)) {
    return fail(ErrorCode::usage,
                "expected a folder for the trained model, found that of --model, whose weights it would replace; give "
                "another one",
                "--out " + options.out.string());
  }
  if (collective.first() && !options.resume &&
      (fs::exists(options.out / "pellucid.json") || has_checkpoint(options.out))) {
    return fail(ErrorCode::usage,
                "this folder already holds a run; give --resume to go on with it, another --out, or remove it",
                options.out.string());
  }
  if (collective.first()) PELLUCID_CHECK(make_folder(options.out));
  // The first alone writes to options.out; the others may be on machines that do not have it.
  std::error_code code;
  const fs::path scratch = collective.first() ? options.out : fs::temp_directory_path(code);
  if (code) return fail(ErrorCode::io, "cannot find a folder for temporary files: " + code.message(), "TMPDIR");
  Options reading = options;
  reading.quiet = options.quiet || !collective.first();
  PELLUCID_TRY(const Corpus corpus, load_corpus(reading, tokenizer, max_length, scratch));
  Run run(options, collective, *entry, corpus, folder, tokenizer.specials(), max_length);
  return run.go();
}

}  // namespace pellucid::train
