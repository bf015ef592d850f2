// Exported models against the programs that run them (logits.py), and what is refused.
#include <nlohmann/json.hpp>

#include "app/program.h"
#include "architectures.h"
#include "export/huggingface.h"
#include "export/onnx.h"

namespace pellucid {
namespace {

using nlohmann::json;

// Padded behind, as other programs read a batch.
json padded_job(const std::string& format, const std::filesystem::path& path, const PackedBatch& batch) {
  std::size_t longest = 0;
  for (std::size_t b = 0; b < batch.texts(); ++b) {
    longest = std::max<std::size_t>(longest, batch.bounds[b + 1] - batch.bounds[b]);
  }
  json job = {{"format", format}, {"path", path.string()}, {"ids", json::array()}, {"mask", json::array()}};
  for (std::size_t b = 0; b < batch.texts(); ++b) {
    std::vector<std::int32_t> ids(batch.ids.begin() + batch.bounds[b], batch.ids.begin() + batch.bounds[b + 1]);
    std::vector<int> mask(ids.size(), 1);
    ids.resize(longest, 1);
    mask.resize(longest, 0);
    job["ids"].push_back(ids);
    job["mask"].push_back(mask);
  }
  return job;
}

// The answers of logits.py; null where $PYTHON or the environment of scripts/setup cannot run it.
json other_programs(const TemporaryFolder& folder, const json& jobs) {
  const char* own = std::getenv("PYTHON");
  const std::filesystem::path python = own != nullptr ? own : PELLUCID_PYTHON;
  const std::string script = PELLUCID_SOURCE_DIR "/tests/export/logits.py";
  if (!std::filesystem::exists(python)) return {};
  const Finished done = Program(folder, {script}, jobs.dump(), false, python).wait();
  if (done.status != 0) throw std::runtime_error(done.err);
  return json::parse(done.out);
}

std::vector<float> logits_in(const json& answer) {
  std::vector<float> all;
  for (const json& row : answer.at("logits")) {
    for (const json& logit : row) all.push_back(logit.get<float>());
  }
  return all;
}

struct Sample {
  std::string name;
  std::filesystem::path model;
  PackedBatch batch;
};

// Every architecture with every head.
std::vector<Sample> samples(const std::vector<std::unique_ptr<TemporaryFolder>>& folders) {
  std::vector<Sample> all = {
      {"bert pooler", kFixtures / "tiny-bert-classifier", Expected("tiny-bert-classifier").batch()}};
  std::size_t next = 0;
  for (const Adjust adjust : {Adjust::none, Adjust::top, Adjust::input}) {
    const std::string head = " " + std::string(name_of(adjust));
    const std::filesystem::path bert = folders[next++]->path();
    write_tiny_model(bert, adjust);
    all.push_back({"bert" + head, bert, Expected("tiny-bert").batch()});
    for (const std::string& architecture : kArchitectures) {
      all.push_back({architecture + head, our_classifier(architecture, adjust, *folders[next++]),
                     Expected(fixture_of(architecture)).batch()});
    }
  }
  for (const std::string& architecture : kArchitectures) {
    all.push_back({architecture + " pooler", plain_classifier(architecture, *folders[next++]),
                   Expected(fixture_of(architecture)).batch()});
  }
  return all;
}

// A new one computes something else than the graph until it is among them.
TEST(Formats, EveryArchitectureIsTried) {
  for (const Architecture* architecture : architectures()) {
    if (architecture == &kBert) continue;
    EXPECT_NE(std::ranges::find(kArchitectures, architecture->model_type), std::end(kArchitectures))
        << architecture->model_type;
  }
}

TEST(Formats, OnnxRuntimePredictsAsWeDo) {
  std::vector<std::unique_ptr<TemporaryFolder>> folders(48);
  for (auto& folder : folders) folder = std::make_unique<TemporaryFolder>();
  const TemporaryFolder out;
  const std::vector<Sample> all = samples(folders);
  json jobs = json::array();
  for (const Sample& sample : all) {
    const std::filesystem::path file = out / (sample.name + ".onnx");
    unwrap(export_onnx(unwrap(open_model_folder(sample.model.string())), file));
    jobs.push_back(padded_job("onnx", file, sample.batch));
    jobs.push_back(padded_job("onnx", file, alone(sample.batch, 0)));
  }
  const json answers = other_programs(out, jobs);
  if (answers.is_null() || answers[0].contains("missing")) GTEST_SKIP() << "no onnxruntime: scripts/setup brings it";
  ASSERT_EQ(answers.size(), 2 * all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(all[i].name);
    const auto classifier = unwrap(load_classifier(all[i].model.string(), {}));
    const std::vector<float> expected = classifier->logits(all[i].batch);
    EXPECT_LT(largest_difference(logits_in(answers[2 * i]), expected), 2e-5);
    EXPECT_LT(largest_difference(logits_in(answers[2 * i + 1]), std::span(expected).first(3)), 2e-5);
    const json& said = answers[2 * i]["said"];
    EXPECT_EQ(json::parse(said["pellucid.labels"].get<std::string>()), json(classifier->labels().names()));
    EXPECT_EQ(said["pellucid.max_length"], std::to_string(classifier->max_length()));
    EXPECT_EQ(said["pellucid.adjust"], name_of(classifier->adjust()));
    EXPECT_EQ(said["pellucid.weights_sha256"], classifier->weights_sha256());
  }
}

TEST(Formats, TransformersPredictsAsWeDo) {
  std::vector<std::unique_ptr<TemporaryFolder>> folders(48);
  for (auto& folder : folders) folder = std::make_unique<TemporaryFolder>();
  const TemporaryFolder out;
  std::vector<Sample> plain = samples(folders);
  std::erase_if(plain, [](const Sample& sample) { return !sample.name.ends_with("pooler"); });
  ASSERT_EQ(plain.size(), 1 + std::size(kArchitectures));
  json jobs = json::array();
  for (const Sample& sample : plain) {
    const std::filesystem::path folder = out / sample.name;
    unwrap(export_huggingface(unwrap(open_model_folder(sample.model.string())), folder));
    EXPECT_FALSE(std::filesystem::exists(folder / "pellucid.json"));
    EXPECT_FALSE(std::filesystem::exists(folder.string() + ".partial"));
    const auto expected = unwrap(load_classifier(sample.model.string(), {}));
    const auto found = unwrap(load_classifier(folder.string(), {}));
    EXPECT_EQ(found->logits(sample.batch), expected->logits(sample.batch));
    EXPECT_EQ(found->labels().names(), expected->labels().names());
    jobs.push_back(padded_job("huggingface", folder, sample.batch));
  }
  const json answers = other_programs(out, jobs);
  if (answers.is_null() || answers[0].contains("missing")) GTEST_SKIP() << "no transformers: pip install transformers";
  for (std::size_t i = 0; i < plain.size(); ++i) {
    SCOPED_TRACE(plain[i].name);
    const auto classifier = unwrap(load_classifier(plain[i].model.string(), {}));
    EXPECT_LT(largest_difference(logits_in(answers[i]), classifier->logits(plain[i].batch)), 2e-5);
    EXPECT_EQ(answers[i]["said"]["2"], classifier->labels().name(2));
  }
}

std::string message(const Result<void>& result) {
  return result ? "" : describe(result.error());
}

TEST(Formats, NothingBesideTheFolderIsTouched) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "hf.partial");
  folder.write("hf.partial/notes", "of somebody");
  unwrap(export_huggingface(unwrap(open_model_folder((kFixtures / "tiny-bert-classifier").string())), folder / "hf"));
  EXPECT_TRUE(std::filesystem::exists(folder / "hf/model.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(folder / "hf.partial/notes"));
  EXPECT_FALSE(std::filesystem::exists(folder / "hf.partial2"));
}

TEST(Formats, ASlashAtTheEndNamesTheSameFolder) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "hf");
  const ModelFolder plain = unwrap(open_model_folder((kFixtures / "tiny-bert-classifier").string()));
  unwrap(export_huggingface(plain, folder / "hf/"));
  EXPECT_TRUE(std::filesystem::exists(folder / "hf/model.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(folder / "hf/.partial"));
}

TEST(Formats, WhatCannotBeWrittenIsRefused) {
  const TemporaryFolder folder;
  const ModelFolder bare = unwrap(open_model_folder((kFixtures / "tiny-bert").string()));
  EXPECT_NE(message(export_onnx(bare, folder / "m.onnx")).find("expected a trained classifier"), std::string::npos);
  EXPECT_NE(message(export_huggingface(bare, folder / "plain")).find("train it first"), std::string::npos);

  write_tiny_model(folder / "ours", Adjust::none);
  const ModelFolder ours = unwrap(open_model_folder((folder / "ours").string()));
  const std::string refused = message(export_huggingface(ours, folder / "plain"));
  EXPECT_NE(refused.find("a head of pellucid's own, \"none\"; --format onnx"), std::string::npos) << refused;
  EXPECT_FALSE(std::filesystem::exists(folder / "plain"));

  const ModelFolder plain = unwrap(open_model_folder((kFixtures / "tiny-bert-classifier").string()));
  EXPECT_NE(message(export_huggingface(plain, folder / "ours")).find("expected a new folder"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(folder / "ours/pellucid.json"));
  EXPECT_NE(message(export_onnx(plain, folder / "no/such/m.onnx")), "");
  EXPECT_NE(message(export_huggingface(plain, "/proc/nowhere")), "");
}

TEST(Formats, TensorsOfAnotherShapeAreRefused) {
  const TemporaryFolder folder;
  const std::vector<float> few(2);
  write_tiny_model(folder / "m", Adjust::top,
                   {{head_tensors::kMixing, {DataType::f32, {2}, std::as_bytes(std::span(few))}}});
  const ModelFolder model = unwrap(open_model_folder((folder / "m").string()));
  EXPECT_NE(message(export_onnx(model, folder / "m.onnx")).find(head_tensors::kMixing), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "m.onnx"));
}

}  // namespace
}  // namespace pellucid
