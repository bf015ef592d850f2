// The runtime against transformers and float64 autograd (tests/oracles/bert.py), and its invariants.
#include "runtime/classifier.h"

#include <omp.h>

#include <numeric>

#include "runtime/model.h"
#include "tiny_model.h"

namespace pellucid {
namespace {

// An adjust of our head on tiny-bert, or "pooler": the plain Hugging Face classifier.
class Heads : public ::testing::TestWithParam<std::string> {
 protected:
  bool plain() const { return GetParam() == "pooler"; }
  Expected expected() const { return Expected(plain() ? "tiny-bert-classifier" : "tiny-bert"); }
  std::string scope() const { return plain() ? "" : GetParam() + "."; }
  std::unique_ptr<Classifier> load(const LoadOptions& options = {}) const {
    if (plain()) return unwrap(load_classifier((kFixtures / "tiny-bert-classifier").string(), options));
    write_tiny_model(folder_ / "model", unwrap(adjust_from_name(GetParam())));
    return unwrap(load_classifier((folder_ / "model").string(), options));
  }

 private:
  TemporaryFolder folder_;
};

TEST_P(Heads, LogitsAreTheOracles) {
  const Expected expected = this->expected();
  const auto classifier = load();
  EXPECT_LT(largest_difference(classifier->logits(expected.batch()), expected[scope() + "logits"]), 1e-5);
  EXPECT_LT(largest_difference(classifier->forward(expected.batch())->logits(), expected[scope() + "logits"]), 1e-5);
}

TEST_P(Heads, DecompositionIsTheOraclesAndComplete) {
  const Expected expected = this->expected();
  const PackedBatch batch = expected.batch();
  const auto classifier = load();
  const auto pass = classifier->forward(batch);
  const std::vector<float> functionals = expected["functionals"];
  const Decomposition found = pass->decompose(functionals);
  EXPECT_LT(largest_difference(found.scores, expected[scope() + "scores"]), 2e-5);
  const std::vector<float> bias = expected[scope() + "bias"];
  const std::size_t classes = classifier->labels().size();
  for (std::size_t b = 0; b < batch.texts(); ++b) {
    double own_bias = 0;
    double sum = 0;
    for (std::int32_t i = batch.bounds[b]; i < batch.bounds[b + 1]; ++i) {
      own_bias += found.bias[i];
      sum += found.scores[i] + found.bias[i];
    }
    double value = 0;
    for (std::size_t c = 0; c < classes; ++c) value += functionals[b * classes + c] * pass->logits()[b * classes + c];
    EXPECT_NEAR(own_bias, bias[b], 2e-5) << "text " << b;
    EXPECT_NEAR(sum, value, 2e-5) << "text " << b;
  }
}

TEST_P(Heads, GradientIsTheOracles) {
  const Expected expected = this->expected();
  const auto pass = load()->forward(expected.batch());
  EXPECT_LT(largest_difference(pass->gradient(expected["functionals"]), expected[scope() + "gradient"]), 5e-5);
}

TEST_P(Heads, BackwardPassesLeaveTheForwardPassAlone) {
  const Expected expected = this->expected();
  const auto classifier = load();
  const auto pass = classifier->forward(expected.batch());
  const std::vector<float> functionals = expected["functionals"];
  const std::vector<double> first = pass->decompose(functionals).scores;
  const std::vector<float> gradient = pass->gradient(functionals);
  EXPECT_EQ(pass->decompose(functionals).scores, first);
  EXPECT_EQ(pass->gradient(functionals), gradient);
}

TEST_P(Heads, HeadAttributionIsTheOraclesAndSumsToTheLogits) {
  const Expected expected = this->expected();
  const PackedBatch batch = expected.batch();
  const auto classifier = load();
  const auto pass = classifier->forward(batch);
  const HeadAttribution found = pass->head_attribution();
  if (plain()) {
    EXPECT_TRUE(found.weights.empty());
    return;
  }
  const std::size_t classes = classifier->labels().size();
  std::vector<float> bias(classes);
  if (GetParam() != "none") {
    EXPECT_LT(largest_difference(found.scores, expected[scope() + "head.scores"]), 1e-5);
    EXPECT_LT(largest_difference(found.weights, expected[scope() + "head.weights"]), 1e-5);
    EXPECT_LT(largest_difference(found.contributions, expected[scope() + "head.contributions"]), 2e-5);
  } else {
    EXPECT_TRUE(found.scores.empty());
  }
  const SafetensorsFile head = unwrap(SafetensorsFile::open(kFixtures / "tiny-bert" / "head.safetensors"));
  std::vector<float> storage;
  const auto class_bias =
      unwrap(head.floats(head_tensors::kClassifierBias, {static_cast<std::int64_t>(classes)}, storage));
  for (std::size_t b = 0; b < batch.texts(); ++b) {
    double weights = 0;
    std::vector<double> sums(class_bias.begin(), class_bias.end());
    for (std::int32_t i = batch.bounds[b]; i < batch.bounds[b + 1]; ++i) {
      weights += found.weights[i];
      for (std::size_t c = 0; c < classes; ++c) sums[c] += found.contributions[i * classes + c];
    }
    EXPECT_NEAR(weights, 1, 1e-6);
    for (std::size_t c = 0; c < classes; ++c) EXPECT_NEAR(sums[c], pass->logits()[b * classes + c], 1e-5);
  }
}

TEST_P(Heads, CompanyAndThreadsChangeNothingThatMatters) {
  const Expected expected = this->expected();
  const PackedBatch batch = expected.batch();
  const auto classifier = load();
  const std::size_t classes = classifier->labels().size();
  const std::vector<float> functionals = expected["functionals"];
  PackedBatch crowd;  // 63 texts, each text of the batch seven times
  std::vector<float> crowd_functionals;
  for (int copy = 0; copy < 7; ++copy) {
    for (std::size_t b = 0; b < batch.texts(); ++b) crowd.add(alone(batch, b).ids);
    crowd_functionals.insert(crowd_functionals.end(), functionals.begin(), functionals.end());
  }
  const auto together = classifier->forward(crowd);
  const Decomposition scores = together->decompose(crowd_functionals);
  const int threads = omp_get_max_threads();
  for (std::size_t b = 0; b < batch.texts(); ++b) {
    omp_set_num_threads(b % 2 == 0 ? 1 : 2);
    const auto single = classifier->forward(alone(batch, b));
    const auto functional = std::span(functionals).subspan(b * classes, classes);
    const Decomposition own = single->decompose(functional);
    for (int copy = 0; copy < 7; ++copy) {
      const std::size_t text = copy * batch.texts() + b;
      EXPECT_LT(largest_difference(single->logits(), together->logits().subspan(text * classes, classes)), 1e-5);
      EXPECT_LT(largest_difference(own.scores, std::span(scores.scores).subspan(crowd.bounds[text], own.scores.size())),
                1e-5);
    }
  }
  omp_set_num_threads(threads);
}

TEST_P(Heads, RunsAreBitIdentical) {
  const Expected expected = this->expected();
  const auto classifier = load();
  EXPECT_EQ(classifier->logits(expected.batch()), classifier->logits(expected.batch()));
  const auto one = classifier->forward(expected.batch());
  const auto two = classifier->forward(expected.batch());
  EXPECT_EQ(one->decompose(expected["functionals"]).scores, two->decompose(expected["functionals"]).scores);
}

TEST_P(Heads, GivenWordRowsReplaceTheTable) {
  const Expected expected = this->expected();
  const PackedBatch batch = expected.batch();
  const auto classifier = load();
  const std::vector<float> rows = classifier->word_embeddings(batch.ids);
  PackedBatch other = batch;
  std::ranges::fill(other.ids, 5);
  EXPECT_EQ(largest_difference(classifier->forward(other, rows)->logits(), classifier->forward(batch)->logits()), 0);
}

TEST_P(Heads, Bf16IsClose) {
  if (!cpu_has(Precision::bf16)) GTEST_SKIP() << "bf16 is not on this CPU";
  const Expected expected = this->expected();
  const auto classifier = load({.precision = Precision::bf16});
  const std::vector<float> logits = expected[scope() + "logits"];
  EXPECT_LT(largest_difference(classifier->logits(expected.batch()), logits), 0.15);
  EXPECT_GT(largest_difference(classifier->logits(expected.batch()), logits), 0);
}

INSTANTIATE_TEST_SUITE_P(All, Heads, ::testing::Values("none", "top", "input", "pooler"),
                         [](const auto& info) { return info.param; });

TEST(Encoder, HiddenStatesAreTransformers) {
  const Expected expected("tiny-bert");
  const TemporaryFolder folder;
  write_tiny_model(folder / "model", Adjust::none);
  const auto model = unwrap(Model::load(unwrap(open_model_folder((folder / "model").string())), Precision::fp32));
  Encoder::Pass pass;
  const HiddenState last = model->encoder.forward(expected.batch(), {}, &pass);
  EXPECT_LT(largest_difference(pass.embedded, expected["hidden.0"]), 1e-5);
  EXPECT_LT(largest_difference(last.values, expected["hidden.2"]), 1e-5);
}

std::vector<std::byte> bytes_of(const std::vector<float>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

TEST(Head, WithoutAnyWeightOnTheAttributionIsMeanPooling) {
  const Expected expected("tiny-bert");
  const PackedBatch batch = expected.batch();
  const TemporaryFolder folder;
  const std::vector<std::byte> closed = bytes_of({-200});  // λ = sigmoid(−200) = 0
  write_tiny_model(folder / "model", Adjust::top, {{head_tensors::kMixing, {DataType::f32, {1}, closed}}});
  const auto pass = unwrap(load_classifier((folder / "model").string(), {}))->forward(batch);
  const std::vector<float> weights = pass->head_attribution().weights;
  for (std::size_t b = 0; b < batch.texts(); ++b) {
    const auto n = static_cast<float>(batch.bounds[b + 1] - batch.bounds[b]);
    for (std::int32_t i = batch.bounds[b]; i < batch.bounds[b + 1]; ++i) EXPECT_FLOAT_EQ(weights[i], 1 / n);
  }
}

TEST(Head, PermutingClassesPermutesEverything) {
  const Expected expected("tiny-bert");
  const SafetensorsFile head = unwrap(SafetensorsFile::open(kFixtures / "tiny-bert" / "head.safetensors"));
  const std::size_t d = 32;
  std::vector<float> storage;
  const auto weight = unwrap(head.floats(head_tensors::kClassifierWeight, {3, 32}, storage));
  const auto bias = unwrap(head.floats(head_tensors::kClassifierBias, {3}, storage));
  const std::size_t order[] = {2, 0, 1};
  std::vector<float> weights;
  std::vector<float> biases;
  for (const std::size_t c : order) {
    weights.insert(weights.end(), weight.begin() + c * d, weight.begin() + (c + 1) * d);
    biases.push_back(bias[c]);
  }
  const std::vector<std::byte> weight_bytes = bytes_of(weights);
  const std::vector<std::byte> bias_bytes = bytes_of(biases);
  const TemporaryFolder folder;
  for (const Adjust adjust : {Adjust::top, Adjust::input}) {
    write_tiny_model(folder / "plain", adjust);
    write_tiny_model(folder / "permuted", adjust,
                     {{head_tensors::kClassifierWeight, {DataType::f32, {3, 32}, weight_bytes}},
                      {head_tensors::kClassifierBias, {DataType::f32, {3}, bias_bytes}}});
    const auto plain = unwrap(load_classifier((folder / "plain").string(), {}))->forward(expected.batch());
    const auto permuted = unwrap(load_classifier((folder / "permuted").string(), {}))->forward(expected.batch());
    std::vector<float> functionals = expected["functionals"];
    std::vector<float> permuted_functionals(functionals.size());
    for (std::size_t i = 0; i < functionals.size(); ++i) {
      permuted_functionals[i] = functionals[i / 3 * 3 + order[i % 3]];
      EXPECT_NEAR(permuted->logits()[i], plain->logits()[i / 3 * 3 + order[i % 3]], 1e-5);
    }
    EXPECT_LT(largest_difference(plain->head_attribution().scores, permuted->head_attribution().scores), 1e-5);
    EXPECT_LT(
        largest_difference(plain->decompose(functionals).scores, permuted->decompose(permuted_functionals).scores),
        1e-5);
  }
}

// As cp writes a new model over one that answers.
TEST(Load, CopiedWeightsStayWhateverBecomesOfTheFile) {
  const Expected oracle("tiny-bert");
  const PackedBatch batch = oracle.batch();
  const std::vector<float> functionals = oracle["functionals"];
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "model/model.safetensors";
  for (const Adjust adjust : {Adjust::none, Adjust::top, Adjust::input}) {
    write_tiny_model(folder / "model", adjust);
    const auto load = [&](FileBytes weights) {
      return unwrap(load_classifier((folder / "model").string(), {.weights = weights}));
    };
    const std::vector<double> scores = load(FileBytes::mapped)->forward(batch)->decompose(functionals).scores;
    const std::vector<float> logits = load(FileBytes::mapped)->logits(batch);
    const auto overwritten = load(FileBytes::copied);
    const auto cut_off = load(FileBytes::copied);
    const std::string other(std::filesystem::file_size(file), '\x3f');  // every weight 0.747
    folder.write("model/model.safetensors", other);
    EXPECT_EQ(overwritten->forward(batch)->decompose(functionals).scores, scores) << name_of(adjust);
    std::filesystem::resize_file(file, 0);
    EXPECT_EQ(cut_off->logits(batch), logits) << name_of(adjust);
  }
}

TEST(Load, CopiedWeightsAreTheHashedOnes) {
  const TemporaryFolder folder;
  write_tiny_model(folder / "model", Adjust::top);
  ModelFolder model = unwrap(open_model_folder((folder / "model").string()));
  EXPECT_TRUE(Model::load(model, Precision::fp32, FileBytes::copied));
  model.weights_sha256 = std::string(64, '0');
  const auto loaded = Model::load(model, Precision::fp32, FileBytes::copied);
  ASSERT_FALSE(loaded);
  EXPECT_NE(describe(loaded.error()).find("model.safetensors: expected the weights that were hashed"),
            std::string::npos);
}

TEST(Load, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  const auto error_of = [](const std::string& path, const LoadOptions& options = {}) {
    const auto loaded = load_classifier(path, options);
    return loaded ? std::string("no error") : describe(loaded.error());
  };
  EXPECT_NE(error_of((kFixtures / "tiny-bert").string()).find("expected a trained classifier, found an encoder"),
            std::string::npos);
  EXPECT_NE(error_of((folder / "nowhere").string()).find("nowhere"), std::string::npos);

  write_tiny_model(folder / "model", Adjust::top);
  EXPECT_NE(error_of((folder / "model").string(), {.max_length = 100}).find("from 3 to 64 tokens"), std::string::npos);

  const std::vector<std::byte> two = bytes_of({1, 2});
  write_tiny_model(folder / "misshapen", Adjust::top, {{head_tensors::kMixing, {DataType::f32, {2}, two}}});
  const std::string message = error_of((folder / "misshapen").string());
  EXPECT_NE(message.find("head.mixing"), std::string::npos) << message;
  EXPECT_NE(message.find("[1]"), std::string::npos) << message;
  EXPECT_NE(message.find("[2]"), std::string::npos) << message;
}

TEST(Load, MissingTensorIsNamed) {
  const TemporaryFolder folder;
  write_tiny_model(folder / "whole", Adjust::none);
  const SafetensorsFile file = unwrap(SafetensorsFile::open(folder / "whole/model.safetensors"));
  std::map<std::string, TensorView> tensors = file.tensors();
  tensors.erase("encoder.layer.1.output.dense.weight");
  const ModelFolder bare = unwrap(open_model_folder((kFixtures / "tiny-bert").string()));
  std::filesystem::create_directory(folder / "less");
  unwrap(write_safetensors(folder / "less/model.safetensors", tensors));
  unwrap(write_model_description(folder / "less", bare, {Adjust::none, tiny_labels()}, bare.max_length, "{}"));
  const auto loaded = load_classifier((folder / "less").string(), {});
  ASSERT_FALSE(loaded);
  EXPECT_NE(describe(loaded.error()).find("encoder.layer.1.output.dense.weight"), std::string::npos);
}

TEST(Softmax, SumsToOneAndSurvivesLargeLogits) {
  const std::vector<double> p = softmax(std::vector<float>{1000, 1000, -1000});
  EXPECT_DOUBLE_EQ(p[0], 0.5);
  EXPECT_DOUBLE_EQ(p[2], 0);
  EXPECT_EQ(argmax(std::vector<float>{1, 3, 3}), 1);
}

}  // namespace
}  // namespace pellucid
