// The pretrained model that scripts/setup fetches, from text to hidden states, against transformers
// (tests/oracles/minilm.py).
#include <gtest/gtest.h>

#include <fstream>

#include "runtime/model.h"
#include "tiny_model.h"

namespace pellucid {
namespace {

const std::filesystem::path kMiniLm = std::filesystem::path(PELLUCID_SOURCE_DIR) / "var/models/minilm";

TEST(MiniLm, TextsBecomeTransformersHiddenStates) {
  if (!std::filesystem::exists(kMiniLm)) GTEST_SKIP() << kMiniLm << " is not here; scripts/setup fetches it";
  const Expected expected("minilm");
  const PackedBatch batch = expected.batch();
  const Tokenizer tokenizer = unwrap(Tokenizer::load(kMiniLm));
  std::ifstream texts(kFixtures / "minilm/texts.txt");
  std::vector<std::int32_t> ids;
  for (std::string text; std::getline(texts, text);) {
    const Encoding encoding = tokenizer.encode(text);
    ids.insert(ids.end(), encoding.ids.begin(), encoding.ids.end());
  }
  EXPECT_EQ(ids, batch.ids);

  const TemporaryFolder folder;
  const ModelFolder bare = unwrap(open_model_folder(kMiniLm.string()));
  const SafetensorsFile weights = unwrap(SafetensorsFile::open(kMiniLm / "model.safetensors"));
  std::map<std::string, TensorView> tensors = weights.tensors();
  const std::vector<std::byte> zeros(sizeof(float) * 2 * 384);
  tensors[head_tensors::kClassifierWeight] = {DataType::f32, {2, 384}, zeros};
  tensors[head_tensors::kClassifierBias] = {DataType::f32, {2}, std::span(zeros).first(2 * sizeof(float))};
  unwrap(write_safetensors(folder / "model.safetensors", tensors));
  unwrap(write_model_description(folder.path(), bare, {Adjust::none, LabelSet({"a", "b"})}, bare.max_length, "{}"));
  const auto model = unwrap(Model::load(unwrap(open_model_folder(folder.path().string())), Precision::fp32));
  EXPECT_LT(largest_difference(model->encoder.forward(batch, {}, nullptr).values, expected["hidden"]), 1e-5);
}

}  // namespace
}  // namespace pellucid
