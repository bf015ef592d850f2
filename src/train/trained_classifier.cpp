#include "train/trained_classifier.h"

#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <nlohmann/json.hpp>

#include "files/mapped_file.h"
#include "train/systems/registry.h"
#include "train/weights.h"

namespace pellucid::train {
namespace {

using torch::Tensor;

std::vector<float> values_of(const Tensor& tensor) {
  const Tensor plain = tensor.detach().to(torch::kFloat32).contiguous();
  const auto* first = plain.data_ptr<float>();
  return {first, first + plain.numel()};
}

// A copy with `columns` columns.
Tensor to_tensor(std::span<const float> values, std::int64_t columns) {
  const auto rows = static_cast<std::int64_t>(values.size()) / columns;
  return torch::from_blob(const_cast<float*>(values.data()), {rows, columns}, torch::kFloat32).clone();
}

// The graph of one forward pass, from word embeddings to logits.
class SystemPass : public ForwardPass {
 public:
  SystemPass(std::shared_ptr<const System> system, const PackedBatch& batch, std::span<const float> words,
             const Compute& compute)
      : system_(std::move(system)), compute_(compute), batch_(to_tensors(batch, torch::kCPU)) {
    const torch::AutoGradMode gradients(true);
    const Tensor& table = system_->word_embeddings();
    batch_.words = words.empty() ? word_rows(table, batch_).detach() : to_tensor(words, table.size(1));
    batch_.words.requires_grad_(true);
    logits_ = system_->forward(batch_, compute).logits;
    values_ = values_of(logits_);
  }

  std::span<const float> logits() const override { return values_; }

  std::vector<float> gradient(std::span<const float> functionals) const override {
    const Tensor direction = to_tensor(functionals, logits_.size(1));
    return values_of(torch::autograd::grad({logits_}, {batch_.words}, {direction}, /*retain_graph=*/true)[0]);
  }

  Decomposition decompose(std::span<const float> functionals) const override {
    const torch::AutoGradMode gradients(true);
    if (!exact_.logits.defined()) exact_ = system_->forward(batch_, {compute_.type, 0, Backward::exact});
    const Tensor direction = to_tensor(functionals, logits_.size(1));
    const Tensor weights =
        torch::autograd::grad({exact_.logits}, {exact_.embedded}, {direction}, /*retain_graph=*/true)[0];
    const std::vector<float> scores = values_of((weights * exact_.embedded).sum(1));
    std::vector<double> bias(scores.size());
    if (exact_.constants.defined()) {
      const std::vector<float> sums = values_of((exact_.constants * direction).sum(1));
      for (std::size_t b = 0; b < sums.size(); ++b) bias[batch_.bounds[b]] = sums[b];  // of a text, not of a token
    }
    return {{scores.begin(), scores.end()}, std::move(bias)};
  }

  std::size_t mixing_layers() const override { return layers().size(); }
  std::vector<float> readout() const override {
    return values_of(batch_.lengths.reciprocal().index_select(0, batch_.text_of));
  }
  std::vector<float> attention(std::size_t layer) const override { return values_of(layers()[layer]); }

 private:
  const std::vector<Tensor>& layers() const {
    const torch::NoGradGuard no_gradient;
    if (attention_.empty()) attention_ = system_->attention(batch_, compute_);
    return attention_;
  }

  std::shared_ptr<const System> system_;
  Compute compute_;
  PackedTensors batch_;
  Tensor logits_;  // [B, C]
  std::vector<float> values_;
  mutable Prediction exact_;               // the same pass with its gates held, once it was asked for,
  mutable std::vector<Tensor> attention_;  // and its attention
};

class SystemClassifier : public Classifier {
 public:
  SystemClassifier(std::unique_ptr<System> system, ModelFolder folder, Tokenizer tokenizer, Precision precision,
                   std::size_t max_length)
      : system_(std::move(system)),
        folder_(std::move(folder)),
        tokenizer_(std::move(tokenizer)),
        precision_(precision),
        max_length_(max_length) {
    compute_.type = precision == Precision::bf16 ? torch::kBFloat16 : torch::kFloat32;
  }

  const LabelSet& labels() const override { return folder_.head->labels; }
  Adjust adjust() const override { return folder_.head->adjust; }
  const Tokenizer& tokenizer() const override { return tokenizer_; }
  std::size_t max_length() const override { return max_length_; }
  std::size_t hidden_size() const override { return static_cast<std::size_t>(system_->word_embeddings().size(1)); }
  Precision precision() const override { return precision_; }
  const std::string& weights_sha256() const override { return folder_.weights_sha256; }
  Abilities abilities() const override { return system_->abilities(); }

  std::vector<float> logits(const PackedBatch& batch) override {
    const torch::NoGradGuard no_gradient;
    return values_of(system_->forward(to_tensors(batch, torch::kCPU), compute_).logits);
  }

  std::unique_ptr<ForwardPass> forward(const PackedBatch& batch, std::span<const float> word_embeddings) override {
    return std::make_unique<SystemPass>(system_, batch, word_embeddings, compute_);
  }

  std::vector<float> word_embeddings(std::span<const std::int32_t> ids) const override {
    const std::vector<std::int64_t> rows(ids.begin(), ids.end());
    return values_of(system_->word_embeddings().index_select(0, torch::tensor(rows, torch::kInt64)));
  }

 private:
  std::shared_ptr<const System> system_;
  ModelFolder folder_;
  Tokenizer tokenizer_;
  Precision precision_;
  std::size_t max_length_;
  Compute compute_;
};

// Member `name` of config.json, a number from `least` to `most`; 0 where there is none.
Result<double> number_in(const nlohmann::json& config, const char* name, double least, double most,
                         const std::string& where) {
  const auto found = config.find(name);
  if (found == config.end()) return 0;
  if (found->is_number() && *found >= least && *found <= most) return found->get<double>();
  return fail(ErrorCode::format,
              "expected a number from " + nlohmann::json(least).dump() + " to " + nlohmann::json(most).dump() + " as " +
                  name + ", found " + found->dump(),
              where);
}

// What SystemEntry::config wrote beside the encoder's sizes.
Result<SystemPlan> plan_of(const ModelFolder& folder) {
  SystemPlan plan{.encoder = folder.encoder, .classes = static_cast<std::int64_t>(folder.head->labels.size())};
  plan.adjust = folder.head->adjust;
  plan.sizes.layers = folder.encoder.num_hidden_layers;
  const std::string file = (folder.path / "config.json").string();
  PELLUCID_TRY(const std::string text, read_file(file));
  const auto config = nlohmann::json::parse(text, nullptr, false);
  PELLUCID_TRY(const double filters, number_in(config, "filters", 1, 1 << 20, file));
  PELLUCID_TRY(plan.sizes.alignment, number_in(config, "alignment", 1, kLargestAlignment, file));
  plan.sizes.filters = static_cast<std::int64_t>(filters);
  return plan;
}

}  // namespace

Result<std::unique_ptr<Classifier>> load_trained(const std::string& folder, const LoadOptions& options) {
  if (system_of(folder).empty()) return load_classifier(folder, options);
  if (options.precision == Precision::int8) {
    return fail(ErrorCode::unsupported,
                "expected fp32 or bf16 for the system \"" + system_of(folder) + "\", found int8", "--precision");
  }
  PELLUCID_CHECK(check_precision(options.precision));
  PELLUCID_TRY(ModelFolder model, open_trained_folder(folder));
  if (!model.head) {
    return fail(ErrorCode::not_found,
                "expected pellucid.json with the labels of the system \"" + model.system +
                    "\", found none; copy the model folder again",
                model.path.string());
  }
  const auto entry = find_system(model.system);
  if (!entry) return fail(ErrorCode::unsupported, entry.error().message, (model.path / "config.json").string());
  PELLUCID_TRY(const std::size_t max_length, length_of(model, options));
  PELLUCID_TRY(const SystemPlan plan, plan_of(model));
  PELLUCID_TRY(Tokenizer tokenizer, Tokenizer::load(model.path));
  std::unique_ptr<System> system = (*entry)->make(plan);
  PELLUCID_CHECK(load_weights(*system, model, /*with_head=*/true));
  return std::make_unique<SystemClassifier>(std::move(system), std::move(model), std::move(tokenizer),
                                            options.precision, max_length);
}

}  // namespace pellucid::train
