// The training model of encoders beside BERT against transformers and torch's autograd in float64
// (tests/oracles/encoders.py), and the runtime against the training model.
#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>
#include <nlohmann/json.hpp>

#include "architectures.h"
#include "train/losses.h"
#include "train/model.h"
#include "train/optimiser.h"
#include "train/systems/registry.h"
#include "train/train.h"
#include "train/trained_classifier.h"
#include "train/weights.h"

namespace pellucid::train {
namespace {

using torch::Tensor;

const Compute kDouble{torch::kFloat64, 0, Backward::gradient};

std::vector<float> values(const Tensor& tensor) {
  const Tensor flat = tensor.detach().to(torch::kFloat32).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

class TrainingArchitectures : public ::testing::TestWithParam<std::string> {
 protected:
  ModelFolder plain() const { return unwrap(open_model_folder(plain_classifier(GetParam(), folder_).string())); }
  Model ours(Adjust adjust, torch::ScalarType type) const {
    const ModelFolder described = unwrap(open_model_folder(our_classifier(GetParam(), adjust, folder_).string()));
    Model model(described.encoder, adjust, 3);
    unwrap(load_weights(model, described, true));
    model.visit([&](const std::string&, Tensor& tensor) { tensor = tensor.to(type); });
    return model;
  }
  Tensor expected(const std::string& name, torch::IntArrayRef shape) const {
    return torch::tensor(expected_[name], torch::kFloat32).view(shape).to(torch::kFloat64);
  }
  Tensor labels() const {
    return torch::tensor(expected_.operator[]<std::int32_t>("labels"), torch::kInt32).to(torch::kInt64);
  }

  const TemporaryFolder folder_;
  const Expected expected_{fixture_of(GetParam())};
  PackedTensors batch_ = to_tensors(expected_.batch(), torch::kCPU);
};

TEST_P(TrainingArchitectures, HiddenStatesAreTransformers) {
  for (const torch::ScalarType type : {torch::kFloat64, torch::kFloat32}) {  // ATen's operators, our kernels
    const Model model = ours(Adjust::none, type);
    const Compute compute{type, 0, Backward::gradient};
    const Tensor embedded = model.encoder.embed(batch_, compute);
    const double tolerance = type == torch::kFloat64 ? 1e-6 : 1e-5;
    EXPECT_LT(largest_difference(values(embedded), expected_["hidden.0"]), tolerance);
    EXPECT_LT(largest_difference(values(model.encoder.encode(embedded, batch_, compute)), expected_["hidden.2"]),
              tolerance);
  }
}

// Losses follow only where every parameter has its gradient.
TEST_P(TrainingArchitectures, TenStepsOfAdamWHaveTransformersLosses) {
  const std::vector<double> losses = expected_.operator[]<double>("training_losses");
  ASSERT_EQ(losses.size(), 10);
  for (const torch::ScalarType type : {torch::kFloat64, torch::kFloat32}) {
    Model model = ours(Adjust::none, type);
    require_gradients(model, true);
    Optimiser optimiser(model, {.weight_decay = 0.01, .clip_norm = 0});
    const double tolerance = type == torch::kFloat64 ? 1e-6 : 2e-5;
    for (std::size_t step = 0; step < losses.size(); ++step) {
      const Tensor loss = cross_entropy(model.forward(batch_, {type, 0, Backward::gradient}).logits, labels(), {});
      EXPECT_NEAR(loss.item<double>(), losses[step], tolerance) << "step " << step;
      loss.backward();
      if (step == 0) {
        std::ptrdiff_t compared = 0;
        model.visit([&](const std::string& name, Tensor& tensor) {
          const std::string stored = "gradient." + plain().encoder_tensor(name);
          if (!expected_.has(stored)) return;
          ++compared;
          EXPECT_TRUE(torch::allclose(tensor.grad().to(torch::kFloat64), expected(stored, tensor.sizes()), 1e-4, 1e-5))
              << name;
        });
        EXPECT_EQ(compared, expected_.count_of("gradient."));
      }
      optimiser.step(1e-3);
    }
  }
  EXPECT_LT(losses.back(), 0.9 * losses.front());
}

TEST_P(TrainingArchitectures, TheRuntimePredictsTheSame) {
  for (const Adjust adjust : {Adjust::none, Adjust::top, Adjust::input}) {
    const Model model = ours(adjust, torch::kFloat32);
    const Prediction prediction = model.forward(batch_, Compute{});
    const auto classifier = unwrap(load_classifier((folder_ / "ours").string(), {}));
    const auto pass = classifier->forward(expected_.batch());
    EXPECT_LT(largest_difference(values(prediction.logits), pass->logits()), 1e-5);
    if (adjust == Adjust::none) continue;
    EXPECT_LT(largest_difference(values(prediction.scores), pass->head_attribution().scores), 1e-5);
  }
}

TEST_P(TrainingArchitectures, TheRuntimesGradientIsAutogradsInFloat64) {
  const std::vector<float> functionals = expected_["functionals"];
  const Tensor direction = expected("functionals", {batch_.texts(), 3});
  for (const Adjust adjust : {Adjust::none, Adjust::top}) {
    Model model = ours(adjust, torch::kFloat64);
    model.through = true;
    PackedTensors batch = batch_;
    batch.words = model.word_embeddings().index_select(0, batch.ids).detach().requires_grad_(true);
    const Tensor logits = model.forward(batch, kDouble).logits;
    const Tensor gradient = torch::autograd::grad({logits}, {batch.words}, {direction})[0];
    const auto classifier = unwrap(load_classifier((folder_ / "ours").string(), {}));
    const double largest = gradient.abs().max().item<double>();
    EXPECT_LT(largest_difference(values(gradient), classifier->forward(expected_.batch())->gradient(functionals)),
              1e-5 * largest)
        << name_of(adjust) << ", the largest " << largest;
  }
}

TEST_P(TrainingArchitectures, TheRuntimesDecompositionIsAutogradsInFloat64) {
  const std::vector<float> functionals = expected_["functionals"];
  const Model model = ours(Adjust::none, torch::kFloat64);
  const Compute fixed{torch::kFloat64, 0, Backward::exact};
  const Tensor embedded = model.encoder.embed(batch_, fixed).detach().requires_grad_(true);
  const Tensor hidden = model.encoder.encode(embedded, batch_, fixed);
  const Tensor mean = sum_by_text(hidden, batch_) / batch_.lengths.to(torch::kFloat64).unsqueeze(1);
  const Tensor logits = torch::linear(mean, model.classifier.weight, model.classifier.bias);
  const Tensor gradient =
      torch::autograd::grad({logits}, {embedded}, {expected("functionals", {batch_.texts(), 3})})[0];
  const auto classifier = unwrap(load_classifier((folder_ / "ours").string(), {}));
  const Decomposition found = classifier->forward(expected_.batch())->decompose(functionals);
  EXPECT_LT(largest_difference(found.scores, values((embedded * gradient).sum(1))), 2e-5);
}

TEST_P(TrainingArchitectures, SavesUnderTheArchitecturesNames) {
  Model model = ours(Adjust::top, torch::kFloat32);
  const ModelFolder plain = this->plain();
  std::filesystem::create_directories(folder_ / "again");
  unwrap(save_weights(model, folder_ / "again/model.safetensors", *plain.encoder.architecture));
  const SafetensorsFile before = unwrap(SafetensorsFile::open(plain.path / "model.safetensors"));
  const SafetensorsFile after = unwrap(SafetensorsFile::open(folder_ / "again/model.safetensors"));
  std::size_t compared = 0;
  for (const auto& [name, tensor] : before.tensors()) {
    if (!name.starts_with(plain.tensor_prefix)) continue;
    const TensorView* same = after.find(name.substr(plain.tensor_prefix.size()));
    ASSERT_NE(same, nullptr) << name;
    EXPECT_TRUE(std::ranges::equal(same->bytes, tensor.bytes)) << name;
    ++compared;
  }
  EXPECT_GE(compared, plain.encoder.architecture->fused_qkv ? 14 : 4 + 2 * 16);
  unwrap(write_model_description(folder_ / "again", plain, {Adjust::top, tiny_labels()}, plain.max_length, "{}"));
  const auto again = unwrap(load_classifier((folder_ / "again").string(), {}));
  const auto ours = unwrap(load_classifier((folder_ / "ours").string(), {}));
  EXPECT_EQ(again->logits(expected_.batch()), ours->logits(expected_.batch()));
}

TEST_P(TrainingArchitectures, OtherSystemsTakeItsEncoder) {
  const ModelFolder plain = this->plain();
  for (const SystemEntry& entry : systems()) {
    if (entry.own_layers && !plain.encoder.has_bert_layers()) continue;
    const SystemPlan plan{.encoder = plain.encoder, .classes = 3, .adjust = Adjust::none, .sizes = {.layers = 1}};
    if (entry.takes_layers && plain.encoder.rotary_theta > 0) {
      const auto config = nlohmann::json::parse(entry.config(plan));
      EXPECT_TRUE(config.contains("layer_types") && config["layer_types"].is_null())
          << entry.name << ": the encoder's list has a type for each of its own layers";
    }
    torch::manual_seed(5);
    const auto system = entry.make(plan);
    if (entry.pretrained) {
      unwrap(load_weights(*system, plain, false));
    } else {
      unwrap(load_word_vectors(*system, plain));
    }
    const auto folder = folder_ / ("of-" + std::string(entry.name));
    std::filesystem::create_directories(folder);
    unwrap(save_weights(*system, folder / "model.safetensors", *plain.encoder.architecture));
    unwrap(write_model_description(folder, plain, {Adjust::none, tiny_labels()}, plain.max_length, "{}",
                                   entry.config(plan)));
    const torch::NoGradGuard no_gradient;
    const Tensor expected = system->forward(batch_, {}).logits;
    const auto classifier = unwrap(load_trained(folder.string(), {}));
    EXPECT_LT(largest_difference(classifier->logits(expected_.batch()), values(expected)), 1e-5) << entry.name;
    if (!classifier->abilities().decomposition) continue;
    const auto pass = classifier->forward(expected_.batch());
    const Decomposition found = pass->decompose(expected_["functionals"]);
    double sum = 0;
    for (std::size_t i = 0; i < found.scores.size(); ++i) sum += found.scores[i] + found.bias[i];
    double value = 0;
    for (std::size_t k = 0; k < pass->logits().size(); ++k) value += expected_["functionals"][k] * pass->logits()[k];
    EXPECT_NEAR(sum, value, 1e-4) << entry.name;
  }
}

// `pellucid train --model FOLDER`, from the sequence classifier's encoder: its own head is left behind.
TEST_P(TrainingArchitectures, IsTrainedWithOurHead) {
  std::string rows = "text,label\n";
  const std::string words[] = {"film", "movie", "book", "score", "music"};
  for (int i = 0; i < 60; ++i) {
    rows += "the " + words[i % 5] + (i % 2 == 0 ? " is good and fine,up\n" : " is bad and dull,down\n");
  }
  Options options;
  options.data = folder_.write("data.csv", rows);
  options.model = plain_classifier(GetParam(), folder_).string();
  options.out = folder_ / "trained";
  options.epochs = 4;
  options.learning_rate = 1e-2;
  options.dropout = 0;
  options.batch_tokens = 100;
  options.quiet = true;
  const Outcome outcome = unwrap(train(options));
  EXPECT_EQ(outcome.validation_accuracy, 1);

  const ModelFolder trained = unwrap(open_model_folder(options.out.string()));
  EXPECT_TRUE(GetParam().starts_with(trained.encoder.architecture->model_type));
  EXPECT_EQ(trained.max_length, 40);
  const auto classifier = unwrap(load_classifier(options.out.string(), {}));
  EXPECT_EQ(classifier->labels().names(), (std::vector<std::string>{"down", "up"}));
  PackedBatch batch;
  batch.add(classifier->tokenizer().encode("the book is bad and dull", 0).ids);
  const auto pass = classifier->forward(batch);
  EXPECT_GT(pass->logits()[0], pass->logits()[1]);
  const Decomposition found = pass->decompose(std::vector<float>{1, -1});
  double sum = 0;
  for (std::size_t i = 0; i < found.scores.size(); ++i) sum += found.scores[i] + found.bias[i];
  EXPECT_NEAR(sum, pass->logits()[0] - pass->logits()[1], 1e-4);
}

INSTANTIATE_TEST_SUITE_P(All, TrainingArchitectures, ::testing::ValuesIn(kArchitectures),
                         [](const auto& info) { return test_name(info.param); });

}  // namespace
}  // namespace pellucid::train
