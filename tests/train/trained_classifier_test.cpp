// Trained systems seen as classifiers: the predictions of training, true gradients, and the methods that apply.
#include "train/trained_classifier.h"

#include <gtest/gtest.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>

#include "app/program.h"
#include "attribution/method.h"
#include "tiny_texts.h"
#include "train/systems/registry.h"
#include "train/weights.h"

namespace pellucid::train {
namespace {

namespace fs = std::filesystem;
using torch::Tensor;

const std::string kTinyBert = (kFixtures / "tiny-bert").string();

std::unique_ptr<System> random_system(const SystemEntry& entry, const SystemPlan& plan) {
  torch::manual_seed(4);
  auto system = entry.make(plan);
  system->visit([&](const std::string& name, Tensor& tensor) {
    // What a pretrained encoder fills is made without values.
    if (entry.pretrained) tensor = torch::full(tensor.sizes(), name.ends_with("LayerNorm.weight") ? 1.0 : 0.0);
    tensor += torch::randn(tensor.sizes()) * 0.1;
  });
  return system;
}

// A folder of the system as `pellucid train` writes it, but for its random weights.
class TrainedSystem : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    encoder_ = unwrap(open_model_folder(kTinyBert));
    entry_ = unwrap(find_system(GetParam()));
    plan_ = {.encoder = encoder_.encoder, .classes = 3, .adjust = Adjust::none, .sizes = {.layers = 2, .filters = 5}};
    system_ = random_system(*entry_, plan_);
    fs::create_directories(folder());
    unwrap(save_weights(*system_, folder() / "model.safetensors"));
    unwrap(write_model_description(folder(), encoder_, {Adjust::none, tiny_labels()}, encoder_.max_length, "{}",
                                   entry_->config(plan_)));
    classifier_ = unwrap(load_trained(folder().string(), {}));
  }

  fs::path folder() const { return folder_ / "model"; }
  PackedBatch batch(std::size_t texts) const {
    const TinyInputs inputs(*classifier_, tiny_texts(texts));
    PackedBatch batch;
    for (const Encoding& encoding : inputs.encodings) batch.add(encoding.ids);
    return batch;
  }

  TemporaryFolder folder_;
  ModelFolder encoder_;
  const SystemEntry* entry_ = nullptr;
  SystemPlan plan_;
  std::unique_ptr<System> system_;
  std::unique_ptr<Classifier> classifier_;
};

std::vector<float> values(const Tensor& tensor) {
  const Tensor plain = tensor.detach().contiguous();
  return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

TEST_P(TrainedSystem, PredictsAsInTraining) {
  const PackedBatch texts = batch(16);
  const std::vector<float> expected = values(system_->forward(to_tensors(texts, torch::kCPU), {}).logits);
  EXPECT_EQ(largest_difference(classifier_->logits(texts), expected), 0);
  EXPECT_LT(largest_difference(classifier_->forward(texts)->logits(), expected), 1e-5);
  const std::vector<float> words = classifier_->word_embeddings(texts.ids);
  EXPECT_EQ(words.size(), texts.tokens() * classifier_->hidden_size());
  EXPECT_LT(largest_difference(classifier_->forward(texts, words)->logits(), expected), 1e-5);
  EXPECT_EQ(classifier_->labels().names(), tiny_labels().names());
  EXPECT_EQ(classifier_->max_length(), encoder_.max_length);
}

TEST_P(TrainedSystem, AloneIsAsInABatch) {
  const PackedBatch texts = batch(12);
  const std::vector<float> functionals(texts.texts() * 3, 0.5F);
  const auto together = classifier_->forward(texts);
  const std::vector<float> gradient = together->gradient(functionals);
  const std::size_t d = classifier_->hidden_size();
  for (std::size_t b = 0; b < texts.texts(); ++b) {
    const auto one = classifier_->forward(alone(texts, b));
    EXPECT_LT(largest_difference(one->logits(), together->logits().subspan(b * 3, 3)), 1e-5) << b;
    const auto own = std::span(gradient).subspan(texts.bounds[b] * d, (texts.bounds[b + 1] - texts.bounds[b]) * d);
    float largest = 1;
    for (const float entry : own) largest = std::max(largest, std::abs(entry));
    EXPECT_LT(largest_difference(one->gradient(std::vector<float>(3, 0.5F)), own), 1e-5 * largest) << b;
  }
}

// By central differences, along the gradient and around it: steps so short that few maxima and ReLUs switch.
TEST_P(TrainedSystem, GradientIsTheTrueOne) {
  const PackedBatch texts = batch(10);
  const std::vector<float> words = classifier_->word_embeddings(texts.ids);
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  const auto drawn = [&](std::size_t size) {
    std::vector<float> values(size);
    for (float& value : values) value = normal(random);
    return values;
  };
  const auto dot = [](const std::vector<float>& a, std::span<const float> b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  };
  const std::vector<float> functionals = drawn(texts.texts() * 3);
  const std::vector<float> gradient = classifier_->forward(texts)->gradient(functionals);
  const double length = std::sqrt(dot(gradient, gradient));
  ASSERT_GT(length, 1e-3);
  constexpr float kStep = 2e-3F;
  for (int trial = 0; trial < 6; ++trial) {
    std::vector<float> v = drawn(words.size());
    const double around = trial / std::sqrt(dot(v, v)) / 3;
    for (std::size_t k = 0; k < v.size(); ++k) v[k] = static_cast<float>(v[k] * around + gradient[k] / length);
    const auto value = [&](float step) {
      std::vector<float> moved = words;
      for (std::size_t k = 0; k < v.size(); ++k) moved[k] += step * v[k];
      return dot(functionals, classifier_->forward(texts, moved)->logits());
    };
    EXPECT_NEAR((value(kStep) - value(-kStep)) / (2 * kStep), dot(gradient, v), 0.02 * length) << trial;
  }
}

TEST_P(TrainedSystem, MethodsThatApplyKeepTheirPromises) {
  const TinyInputs texts(*classifier_, tiny_texts(10));
  const MethodOptions options{.samples = 24};
  std::vector<std::string_view> names;
  for (const Method* method : methods_for(*classifier_)) {
    names.push_back(method->name);
    const auto found = unwrap(method->explain(*classifier_, texts.inputs(), options));
    const double allowed = method->name == "integrated-gradients" ? options.tolerance : 1e-4;
    double largest = 0;
    for (const Attribution& one : found) {
      for (const double score : one.scores) {
        ASSERT_TRUE(std::isfinite(score)) << method->name;
        largest = std::max(largest, std::abs(score));
      }
      if (method->complete) {
        EXPECT_LE(std::abs(one.residual), allowed) << method->name;
      }
    }
    EXPECT_GT(largest, 0) << method->name;
  }
  for (const char* name : {"gradient-x-input", "gradient-norm", "integrated-gradients", "occlusion", "lime",
                           "kernel-shap", "partition-shap", "random"}) {
    EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
  }
}

TEST_P(TrainedSystem, WhatDoesNotApplyIsRefusedWithWhatDoes) {
  const TinyInputs texts(*classifier_, {"The film is good."});
  for (const Method& method : methods()) {
    if (method.applies(*classifier_)) continue;
    const auto refused = method.explain(*classifier_, texts.inputs(), {});
    ASSERT_FALSE(refused) << method.name;
    EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
    EXPECT_NE(refused.error().message.find("found " + std::string(method.name)), std::string::npos);
    EXPECT_NE(refused.error().message.find("integrated-gradients"), std::string::npos);
  }
  const auto applies = [&](const char* name) { return unwrap(find_method(name))->applies(*classifier_); };
  EXPECT_FALSE(applies("alti"));
  EXPECT_FALSE(applies("decompx"));
  EXPECT_EQ(applies("decomposition"), GetParam() == "bcos" || GetParam() == "cnn");
  EXPECT_EQ(applies("rollout"), GetParam() == "mamba");
}

// With what biases add, which B-cos has none of.
TEST_P(TrainedSystem, WhatDecomposesAddsUpToTheLogits) {
  if (!classifier_->abilities().decomposition) return;
  const PackedBatch texts = batch(12);
  const auto pass = classifier_->forward(texts);
  for (std::size_t c = 0; c < 3; ++c) {
    std::vector<float> functionals(texts.texts() * 3);
    for (std::size_t b = 0; b < texts.texts(); ++b) functionals[b * 3 + c] = 1;
    const Decomposition found = pass->decompose(functionals);
    for (std::size_t b = 0; b < texts.texts(); ++b) {
      const auto sum_of = [&](const std::vector<double>& values) {
        return std::accumulate(values.begin() + texts.bounds[b], values.begin() + texts.bounds[b + 1], 0.0);
      };
      const double sum = sum_of(found.scores) + sum_of(found.bias);
      const double logit = pass->logits()[b * 3 + c];
      EXPECT_NEAR(sum, logit, 1e-4 * std::max(1.0, std::abs(logit)));
    }
    EXPECT_EQ(found.bias == std::vector<double>(texts.tokens()), GetParam() == "bcos");
  }
}

TEST_P(TrainedSystem, ADamagedFolderGivesOneMessage) {
  const auto message = [&] {
    const auto loaded = load_trained(folder().string(), {});
    return loaded ? std::string("(no error)") : describe(loaded.error());
  };
  const auto runtime = load_classifier(folder().string(), {});
  ASSERT_FALSE(runtime);
  EXPECT_NE(runtime.error().message.find('"' + GetParam() + '"'), std::string::npos);
  const auto int8 = load_trained(folder().string(), {.precision = Precision::int8});
  ASSERT_FALSE(int8);
  EXPECT_EQ(int8.error().where, "--precision");

  fs::rename(folder() / "pellucid.json", folder() / "elsewhere");
  EXPECT_NE(message().find("expected pellucid.json"), std::string::npos) << message();
  fs::rename(folder() / "elsewhere", folder() / "pellucid.json");
  fs::resize_file(folder() / "model.safetensors", fs::file_size(folder() / "model.safetensors") - 100);
  EXPECT_NE(message().find("model.safetensors"), std::string::npos) << message();
  std::ofstream(folder() / "config.json") << R"({"model_type": "pellucid-perceptron"})";
  EXPECT_NE(message().find("config.json"), std::string::npos) << message();
}

// Weights of another system than config.json says.
TEST_P(TrainedSystem, WeightsOfAnotherSystemAreRefusedByTheirNames) {
  const SystemEntry& other = *unwrap(find_system(GetParam() == "cnn" ? "mamba" : "cnn"));
  unwrap(save_weights(*random_system(other, plan_), folder() / "model.safetensors"));
  unwrap(write_model_description(folder(), encoder_, {Adjust::none, tiny_labels()}, encoder_.max_length, "{}",
                                 entry_->config(plan_)));
  const auto loaded = load_trained(folder().string(), {});
  ASSERT_FALSE(loaded);
  EXPECT_NE(describe(loaded.error()).find("expected tensor"), std::string::npos) << describe(loaded.error());
}

TEST_P(TrainedSystem, CommandsHandItToTheProgramThatRunsIt) {
  const std::string model = folder().string();
  const std::string csv =
      folder_.write("texts.csv", "text,label\nThe film is good.,film\noil price,market\na match,match\n").string();
  const Finished predicted = run(folder_, {"predict", model, csv, "--quiet", "--precision", "fp32"});
  ASSERT_EQ(predicted.status, 0) << predicted.err;
  const auto lines = json_lines(predicted.out);
  ASSERT_EQ(lines.size(), 3U);
  const TinyInputs text(*classifier_, {"The film is good."});
  const std::vector<double> p = softmax(logits_of(*classifier_, text.encodings[0].ids));
  EXPECT_NEAR(lines[0]["probability"]["market"], p[1], 1e-6);

  const Finished explained = run(folder_, {"explain", model, "--text", "The film is good."});
  ASSERT_EQ(explained.status, 0) << explained.err;
  EXPECT_EQ(json_lines(explained.out)[0]["method"], default_method(*classifier_).name);
  const Finished refused = run(folder_, {"explain", model, "--text", "a", "--method", "alti"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("expected a method that applies"), std::string::npos) << refused.err;

  const std::string page = (folder_ / "page.html").string();
  const Finished evaluated =
      run(folder_, {"evaluate", model, csv, "--faithfulness", "--quiet", "--json", "-", "--html", page});
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_EQ(nlohmann::json::parse(evaluated.out)["data"]["n"], 3);
  EXPECT_TRUE(fs::exists(page));
}

INSTANTIATE_TEST_SUITE_P(All, TrainedSystem, testing::Values("bcos", "cnn", "mamba", "swin"),
                         [](const auto& info) { return info.param; });

TEST(LoadTrained, BertFoldersRunOnTheKernels) {
  const TemporaryFolder folder;
  write_tiny_model(folder / "model", Adjust::top);
  const auto classifier = unwrap(load_trained((folder / "model").string(), {}));
  EXPECT_TRUE(classifier->abilities().decomposition);
  EXPECT_EQ(methods_for(*classifier).size(), methods().size());
  EXPECT_FALSE(load_trained((folder / "nothing").string(), {}));
}

}  // namespace
}  // namespace pellucid::train
