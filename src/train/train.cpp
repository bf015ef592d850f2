#include "train/train.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "error/listed.h"
#include "evaluate/metrics.h"
#include "files/mapped_file.h"
#include "files/sha256.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
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
#include "train/weights.h"
#include "version/version.h"

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
Result<torch::Device> device_of(const Options& options) {
  if (options.device == "cpu") return torch::Device(torch::kCPU);
  if (!torch::cuda::is_available()) {
    return fail(ErrorCode::usage,
                "expected a GPU that libtorch can use, found none; leave it out, or install a torch for it",
                "--device " + options.device);
  }
  const char* rank = std::getenv("LOCAL_RANK");
  const int number = rank == nullptr ? 0 : std::atoi(rank);
  return torch::Device(torch::kCUDA, static_cast<torch::DeviceIndex>(number % torch::cuda::device_count()));
}

// Everything that decides a run's result, as recorded in pellucid.json and compared on resume.
ordered_json description(const Options& options, const Corpus& corpus, const ModelFolder& encoder) {
  ordered_json all = {
      {"options", recipe_of(options)},
      {"seed", options.seed},
      {"precision", options.bf16 ? "bf16" : "fp32"},
      {"threads", torch::get_num_threads()},
      {"encoder_sha256", encoder.weights_sha256},
      {"data",
       {{"file", options.data.filename().string()},
        {"sha256", corpus.train_sha256},
        {"texts", corpus.train.size()},
        {"truncated_texts", corpus.truncated},
        {"validation_file", options.validation.filename().string()},
        {"validation_sha256", corpus.validation_sha256},
        {"validation_texts", corpus.validation.size()}}},
  };
  if (options.device != "cpu") all["device"] = options.device;
  return all;
}

// One run: what the steps share.
class Run {
 public:
  Run(const Options& options, Collective& collective, const SystemEntry& entry, const Corpus& corpus,
      const ModelFolder& folder, const SpecialTokens& specials)
      : options_(options),
        collective_(collective),
        corpus_(corpus),
        folder_(folder),
        entry_(entry),
        objective_(options, corpus, specials),
        plan_{.encoder = folder.encoder,
              .classes = static_cast<std::int64_t>(corpus.labels.size()),
              .adjust = entry.attributes ? options.adjust : Adjust::none,
              .through = options.through,
              .sizes = options.sizes} {
    compute_.type = options.bf16 ? torch::kBFloat16 : torch::kFloat32;
    compute_.dropout = options.dropout;
  }

  Result<Outcome> go(std::size_t max_length);

 private:
  Result<std::optional<Outcome>> resume();
  struct Figures {
    double loss = 0;
    bool stop = false;  // some process was interrupted
  };
  Result<Figures> step(std::span<const std::uint32_t> group, double learning_rate);
  Result<ClassificationMetrics> validate();
  Result<void> describe_model(std::size_t max_length, bool finished);
  Result<std::optional<Outcome>> finished_before() const;
  double tokens_per_second() const { return state_.step_seconds > 0 ? state_.tokens / state_.step_seconds : 0; }
  bool stopped_early() const { return options_.patience > 0 && state_.evaluations_without_better >= options_.patience; }
  // Adds the time since the last call to the run's.
  void count_seconds() {
    const auto now = Clock::now();
    state_.seconds += std::chrono::duration<double>(now - counted_).count();
    counted_ = now;
  }
  Result<void> evaluate_and_keep(std::optional<History>& history, std::size_t max_length, Progress& progress);
  Result<void> save();
  const NamedTensors* averaged() const { return average_ ? &average_->tensors() : nullptr; }

  const Options& options_;
  Collective& collective_;
  const Corpus& corpus_;
  const ModelFolder& folder_;
  const SystemEntry& entry_;
  const Objective objective_;
  SystemPlan plan_;
  std::unique_ptr<System> system_;
  Compute compute_;
  std::optional<Optimiser> optimiser_;
  std::optional<GradientSums> gradient_sums_;
  std::optional<MovingAverage> average_;
  RunState state_;
  ordered_json description_;
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

// Batches are shared out among the processes.
Result<ClassificationMetrics> Run::validate() {
  torch::NoGradGuard no_gradient;
  const EncodedTexts& texts = corpus_.validation;
  const std::size_t classes = corpus_.labels.size();
  std::vector<double> probabilities(texts.size() * classes);
  Compute compute = compute_;
  compute.dropout = 0;
  const std::vector<std::size_t> lengths(texts.lengths().begin(), texts.lengths().end());
  const auto groups = batches_by_length(lengths, 4 * options_.batch_tokens);
  for (std::size_t i = collective_.rank(); i < groups.size(); i += collective_.size()) {
    const std::vector<std::size_t>& group = groups[i];
    PELLUCID_TRY(const PackedBatch batch, texts.pack(std::vector<std::uint32_t>(group.begin(), group.end())));
    const Prediction prediction = system_->forward(to_tensors(batch, system_->device()), compute);
    const torch::Tensor p = torch::softmax(prediction.logits, 1).to(torch::kCPU, torch::kFloat64).contiguous();
    for (std::size_t row = 0; row < group.size(); ++row) {
      std::copy_n(p.data_ptr<double>() + row * classes, classes,
                  probabilities.begin() + static_cast<std::ptrdiff_t>(group[row] * classes));
    }
  }
  PELLUCID_CHECK(collective_.sum(
      torch::from_blob(probabilities.data(), {static_cast<std::int64_t>(probabilities.size())}, torch::kFloat64)));
  return classification_metrics(probabilities, texts.labels(), classes);
}

// pellucid.json of the weights that are in the model folder now.
Result<void> Run::describe_model(std::size_t max_length, bool finished) {
  ordered_json training = description_;
  training["fingerprint"] = state_.fingerprint;
  training["validation"] = {{"step", state_.best_step},
                            {"accuracy", state_.best_accuracy},
                            {"macro_f1", state_.best_macro_f1},
                            {"negative_log_likelihood", state_.best_negative_log_likelihood}};
  training["steps"] = state_.step;
  training["stopped_early"] = stopped_early();
  training["seconds"] = state_.seconds;
  training["tokens_per_second"] = tokens_per_second();
  if (collective_.size() > 1) training["processes"] = collective_.size();
  if (options_.accumulate > 1) training["accumulate"] = options_.accumulate;
  training["finished"] = finished;
  return write_model_description(options_.out, folder_, {plan_.adjust, corpus_.labels}, max_length, training.dump(),
                                 entry_.config(plan_));
}

// What the model folder says of this very run, where it was finished before.
Result<std::optional<Outcome>> Run::finished_before() const {
  const fs::path file = options_.out / "pellucid.json";
  if (!fs::exists(file)) return std::optional<Outcome>{};
  PELLUCID_TRY(const std::string text, read_file(file));
  const auto json = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto training = json.is_object() ? json.value("training", ordered_json::object()) : ordered_json::object();
  if (!training.value("finished", false) || training.value("fingerprint", "") != state_.fingerprint) {
    return std::optional<Outcome>{};
  }
  const auto validation = training.value("validation", ordered_json::object());
  return Outcome{.model = options_.out,
                 .steps = training.value("steps", std::int64_t{0}),
                 .best_step = validation.value("step", std::int64_t{0}),
                 .validation_accuracy = validation.value("accuracy", 0.0),
                 .validation_macro_f1 = validation.value("macro_f1", 0.0),
                 .seconds = training.value("seconds", 0.0),
                 .tokens_per_second = training.value("tokens_per_second", 0.0),
                 .stopped_early = training.value("stopped_early", false),
                 .already_complete = true};
}

Result<void> Run::evaluate_and_keep(std::optional<History>& history, std::size_t max_length, Progress& progress) {
  if (average_) average_->swap();
  PELLUCID_TRY(const ClassificationMetrics metrics, validate());
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
    if (collective_.first() && status) status = describe_model(max_length, /*finished=*/false);
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
    PELLUCID_TRY(const auto resumed, load_run(options_.out, folder_, *system_, *optimiser_, averaged()));
    if (resumed && resumed->fingerprint != state_.fingerprint) {
      return fail(ErrorCode::usage,
                  "the run to resume was started with other options, data, encoder or threads; give the same ones, or "
                  "another --out",
                  options_.out.string());
    }
    if (resumed) {
      state_ = *resumed;
    } else {
      PELLUCID_TRY(finished, finished_before());
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

Result<Outcome> Run::go(std::size_t max_length) {
  torch::manual_seed(options_.seed);
  system_ = entry_.make(plan_);
  if (entry_.pretrained) {
    PELLUCID_CHECK(load_weights(*system_, folder_, /*with_head=*/false));
  } else if (options_.word_vectors) {
    PELLUCID_CHECK(load_word_vectors(*system_, folder_));
  }
  PELLUCID_TRY(const torch::Device device, device_of(options_));
  system_->to(device);
  require_gradients(*system_, true);
  optimiser_.emplace(*system_,
                     OptimiserOptions{.weight_decay = options_.weight_decay, .clip_norm = options_.clip_norm});
  gradient_sums_.emplace(*system_, collective_);
  if (options_.ema > 0) average_.emplace(*system_, options_.ema);

  description_ = description(options_, corpus_, folder_);
  state_.fingerprint = sha256(description_.dump());
  PELLUCID_TRY(const bool same, collective_.agree(state_.fingerprint));
  if (!same) {
    return fail(
        ErrorCode::usage,
        "expected processes with the same options, data, encoder, --precision and --threads, found others; start "
        "all with one command and the same files");
  }
  PELLUCID_TRY(const std::optional<Outcome> finished, resume());
  if (finished) return *finished;

  const auto lengths = corpus_.train.lengths();
  const auto batches = [&](std::int64_t epoch) {
    return epoch_batches(lengths, corpus_.train.labels(), options_.balanced_sampling, options_.batch_tokens,
                         options_.seed, static_cast<std::uint64_t>(epoch));
  };
  const auto tokens_of = [&](std::span<const std::uint32_t> group) {
    std::uint64_t tokens = 0;
    for (const std::uint32_t text : group) tokens += lengths[text];
    return tokens;
  };
  std::int64_t total_steps = 0;
  std::uint64_t tokens_left = 0;
  for (std::int64_t epoch = 0; epoch < options_.epochs; ++epoch) {
    const auto groups = batches(epoch);
    total_steps += static_cast<std::int64_t>(groups.size());
    const std::int64_t first = epoch < state_.epoch    ? static_cast<std::int64_t>(groups.size())
                               : epoch == state_.epoch ? state_.batch
                                                       : 0;
    for (auto i = static_cast<std::size_t>(first); i < groups.size(); ++i) tokens_left += tokens_of(groups[i]);
  }

  std::optional<History> history;
  if (collective_.first()) {
    PELLUCID_TRY(history, History::open(options_.out, state_.step));
  }
  Progress progress("training", tokens_left, "tokens", options_.quiet || !collective_.first());
  last_checkpoint_ = Clock::now();
  for (; state_.epoch < options_.epochs && !stopped_early(); ++state_.epoch, state_.batch = 0) {
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
    PELLUCID_CHECK(evaluate_and_keep(history, max_length, progress));
  }
  count_seconds();
  if (collective_.first()) {
    PELLUCID_CHECK(describe_model(max_length, /*finished=*/true));
    remove_checkpoints(options_.out);
  }
  PELLUCID_CHECK(collective_.meet());

  return Outcome{.model = options_.out,
                 .steps = state_.step,
                 .best_step = state_.best_step,
                 .validation_accuracy = state_.best_accuracy,
                 .validation_macro_f1 = state_.best_macro_f1,
                 .seconds = state_.seconds,
                 .tokens_per_second = tokens_per_second(),
                 .stopped_early = stopped_early(),
                 .already_complete = false};
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
  const std::size_t max_length = options.max_length > 0 ? options.max_length : capacity;
  if (collective.first() && !options.resume &&
      (fs::exists(options.out / "pellucid.json") || has_checkpoint(options.out))) {
    return fail(ErrorCode::usage,
                "this folder already holds a run; give --resume to go on with it, another --out, or remove it",
                options.out.string());
  }
  std::error_code code;
  if (collective.first()) fs::create_directories(options.out, code);
  if (code) return fail(ErrorCode::io, "cannot create the folder: " + code.message(), options.out.string());
  // The first alone writes to options.out; the others may be on machines that do not have it.
  const fs::path scratch = collective.first() ? options.out : fs::temp_directory_path(code);
  if (code) return fail(ErrorCode::io, "cannot find a folder for temporary files: " + code.message(), "TMPDIR");
  Options reading = options;
  reading.quiet = options.quiet || !collective.first();
  PELLUCID_TRY(const Corpus corpus, load_corpus(reading, tokenizer, max_length, scratch));
  Run run(options, collective, *entry, corpus, folder, tokenizer.specials());
  return run.go(max_length);
}

}  // namespace pellucid::train
