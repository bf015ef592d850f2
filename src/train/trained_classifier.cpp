#include "train/trained_classifier.h"

#include <torch/torch.h>

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
  SystemPass(const System& system, const PackedBatch& batch, std::span<const float> words, const Compute& compute) {
    const torch::AutoGradMode gradients(true);
    const Tensor& table = system.word_embeddings();
    PackedTensors tensors = to_tensors(batch, torch::kCPU);
    words_ = words.empty() ? word_rows(table, tensors).detach() : to_tensor(words, table.size(1));
    tensors.words = words_.requires_grad_(true);
    logits_ = system.forward(tensors, compute).logits;
    values_ = values_of(logits_);
  }

  std::span<const float> logits() const override { return values_; }

  std::vector<float> gradient(std::span<const float> functionals) const override {
    const Tensor direction = to_tensor(functionals, logits_.size(1));
    return values_of(torch::autograd::grad({logits_}, {words_}, {direction}, /*retain_graph=*/true)[0]);
  }

 private:
  Tensor words_;   // [T, d]
  Tensor logits_;  // [B, C]
  std::vector<float> values_;
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
  Abilities abilities() const override { return {}; }

  std::vector<float> logits(const PackedBatch& batch) override {
    const torch::NoGradGuard no_gradient;
    return values_of(system_->forward(to_tensors(batch, torch::kCPU), compute_).logits);
  }

  std::unique_ptr<ForwardPass> forward(const PackedBatch& batch, std::span<const float> word_embeddings) override {
    return std::make_unique<SystemPass>(*system_, batch, word_embeddings, compute_);
  }

  std::vector<float> word_embeddings(std::span<const std::int32_t> ids) const override {
    const std::vector<std::int64_t> rows(ids.begin(), ids.end());
    return values_of(system_->word_embeddings().index_select(0, torch::tensor(rows, torch::kInt64)));
  }

 private:
  std::unique_ptr<System> system_;
  ModelFolder folder_;
  Tokenizer tokenizer_;
  Precision precision_;
  std::size_t max_length_;
  Compute compute_;
};

// What SystemEntry::config wrote beside the encoder's sizes.
Result<SystemPlan> plan_of(const ModelFolder& folder) {
  SystemPlan plan{.encoder = folder.encoder, .classes = static_cast<std::int64_t>(folder.head->labels.size())};
  plan.adjust = folder.head->adjust;
  plan.sizes.layers = folder.encoder.num_hidden_layers;
  PELLUCID_TRY(const std::string text, read_file(folder.path / "config.json"));
  const auto config = nlohmann::json::parse(text, nullptr, false);
  if (const auto filters = config.find("filters"); filters != config.end()) {
    constexpr std::uint64_t kMost = 1 << 20;
    if (!filters->is_number_unsigned() || *filters == 0 || *filters > kMost) {
      return fail(
          ErrorCode::format,
          "expected a whole number from 1 to " + std::to_string(kMost) + " as filters, found " + filters->dump(),
          (folder.path / "config.json").string());
    }
    plan.sizes.filters = filters->get<std::int64_t>();
  }
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
