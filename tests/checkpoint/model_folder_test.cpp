#include "checkpoint/model_folder.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checkpoint/safetensors.h"
#include "checkpoint/vocabulary_size.h"
#include "files/mapped_file.h"
#include "files/sha256.h"
#include "temporary_folder.h"
#include "text/tokenizer.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
const fs::path kFixtures = fs::path(PELLUCID_SOURCE_DIR) / "tests/fixtures/checkpoint";
using Names = std::vector<std::string>;

// A copy of a fixture model that a test may damage.
class Copy {
 public:
  explicit Copy(const std::string& fixture) {
    fs::copy(kFixtures / fixture, folder / "model", fs::copy_options::recursive);
    fs::permissions(folder / "model", fs::perms::owner_all);
    for (const auto& entry : fs::directory_iterator(folder / "model")) {
      fs::permissions(entry.path(), fs::perms::owner_read | fs::perms::owner_write);
    }
  }

  // Puts `now` for the first `before` in config.json or the file named.
  Copy& replace(const std::string& before, const std::string& now, const std::string& file = "config.json") {
    std::string text = folder.read("model/" + file);
    const std::size_t at = text.find(before);
    EXPECT_NE(at, std::string::npos) << before;
    folder.write("model/" + file, text.replace(at, before.size(), now));
    return *this;
  }

  Result<ModelFolder> open() const { return open_model_folder((folder / "model").string()); }

  // The error without the folder, "no error" if there is none.
  std::string error() const {
    const Result<ModelFolder> model = open();
    if (model) return "no error";
    std::string text = describe(model.error());
    for (std::size_t at; (at = text.find(folder.path().string() + "/")) != std::string::npos;) {
      text.erase(at, folder.path().string().size() + 1);
    }
    return text;
  }

  TemporaryFolder folder;
};

HeadConfig three_classes(Adjust adjust) {
  return {adjust, LabelSet({"negative", "neutral", "positive"})};
}

// Makes the encoder's copy one of our classifiers.
void describe_model(const Copy& copy, const std::string& training = "{\"seed\": 7}") {
  const Result<ModelFolder> encoder = copy.open();
  ASSERT_TRUE(encoder);
  const auto written =
      write_model_description(copy.folder / "model", *encoder, three_classes(Adjust::top), 12, training);
  ASSERT_TRUE(written) << describe(written.error());
}

TEST(ModelFolder, OpensABareEncoder) {
  const Result<ModelFolder> model = open_model_folder((kFixtures / "encoder").string());
  ASSERT_TRUE(model) << describe(model.error());
  EXPECT_EQ(model->encoder.vocab_size, 12);
  EXPECT_EQ(model->encoder.hidden_size, 8);
  EXPECT_EQ(model->encoder.num_hidden_layers, 1);
  EXPECT_EQ(model->encoder.num_attention_heads, 2);
  EXPECT_EQ(model->encoder.intermediate_size, 16);
  EXPECT_EQ(model->encoder.max_position_embeddings, 16);
  EXPECT_EQ(model->encoder.type_vocab_size, 2);
  EXPECT_EQ(model->encoder.layer_norm_eps, 1e-12);
  EXPECT_FALSE(model->head);
  EXPECT_EQ(model->tensor_prefix, "");
  EXPECT_EQ(model->max_length, 16u);
  EXPECT_EQ(model->weights_sha256, sha256_file(kFixtures / "encoder/model.safetensors").value());
}

TEST(ModelFolder, OpensAHuggingFaceClassifier) {
  const Result<ModelFolder> model = open_model_folder((kFixtures / "classifier").string());
  ASSERT_TRUE(model) << describe(model.error());
  ASSERT_TRUE(model->head);
  EXPECT_EQ(model->head->adjust, Adjust::pooler);
  EXPECT_EQ(model->head->labels.names(), (Names{"negative", "neutral", "positive"}));
  EXPECT_EQ(model->tensor_prefix, "bert.");
}

TEST(ModelFolder, OpensClassifiersOfOtherArchitectures) {
  struct Case {
    const char *folder, *prefix, *query;
    std::int64_t embedding_width, first_position, types;
  };
  for (const Case& one : {Case{"distilbert", "distilbert.", "transformer.layer.1.attention.q_lin.weight", 16, 0, 0},
                          Case{"electra", "electra.", "encoder.layer.1.attention.self.query.weight", 12, 0, 2},
                          Case{"mpnet", "mpnet.", "encoder.layer.1.attention.attn.q.weight", 16, 2, 0},
                          Case{"roberta", "roberta.", "encoder.layer.1.attention.self.query.weight", 16, 2, 1}}) {
    const Result<ModelFolder> model = open_model_folder((kFixtures.parent_path() / "encoders" / one.folder).string());
    ASSERT_TRUE(model) << describe(model.error());
    EXPECT_EQ(model->encoder.architecture, find_architecture(one.folder));
    EXPECT_EQ(model->encoder.hidden_size, 16);
    EXPECT_EQ(model->encoder.num_hidden_layers, 2);
    EXPECT_EQ(model->encoder.num_attention_heads, 2);
    EXPECT_EQ(model->encoder.intermediate_size, 32);
    EXPECT_EQ(model->encoder.embedding_width(), one.embedding_width);
    EXPECT_EQ(model->encoder.first_position(), one.first_position);
    EXPECT_EQ(model->encoder.type_vocab_size, one.types);
    EXPECT_EQ(model->encoder.relative_bias, std::string("mpnet") == one.folder);
    EXPECT_EQ(model->max_length, 40);
    ASSERT_TRUE(model->head);
    EXPECT_EQ(model->head->adjust, Adjust::pooler);
    EXPECT_EQ(model->tensor_prefix, one.prefix);
    EXPECT_EQ(model->encoder_tensor("encoder.layer.1.attention.self.query.weight"),
              one.prefix + std::string(one.query));
  }
}

TEST(ModelFolder, OpensModernBert) {
  const auto open = [](const Copy& copy) {
    const Result<ModelFolder> model = copy.open();
    EXPECT_TRUE(model) << describe(model.error());
    return model->encoder;
  };
  Copy plain("../encoders/modernbert");
  const EncoderConfig encoder = open(plain);
  EXPECT_EQ(encoder.architecture, &kModernBert);
  EXPECT_TRUE(encoder.pre_norm && encoder.gated && !encoder.embeds_positions);
  EXPECT_FALSE(encoder.attention_bias || encoder.feed_forward_bias || encoder.norm_bias || encoder.head_bias);
  EXPECT_EQ(encoder.layer_norm_eps, 1e-5);
  EXPECT_EQ(encoder.rotary_theta, 160'000);
  EXPECT_EQ(encoder.local_rotary_theta, 10'000);
  EXPECT_EQ(encoder.local_attention, 8);
  EXPECT_FALSE(encoder.is_local(0));
  EXPECT_TRUE(encoder.is_local(1));
  EXPECT_EQ(encoder.pooling, Pooling::mean);
  EXPECT_EQ(plain.open()->encoder_tensor("encoder.layer.1.attention.self.qkv.weight"),
            "model.layers.1.attn.Wqkv.weight");
  EXPECT_EQ(plain.open()->encoder_tensor("encoder.layer.1.attention.output.LayerNorm.weight"),
            "model.layers.1.attn_norm.weight");
  EXPECT_EQ(plain.open()->encoder_tensor("encoder.layer.1.output.LayerNorm.weight"), "model.layers.1.mlp_norm.weight");
  EXPECT_EQ(plain.open()->encoder_tensor("encoder.final_LayerNorm.weight"), "model.final_norm.weight");

  const EncoderConfig biased = open(Copy("../encoders/modernbert-biases"));
  EXPECT_TRUE(biased.attention_bias && biased.feed_forward_bias && biased.norm_bias && biased.head_bias);
  EXPECT_EQ(biased.local_rotary_theta, 20);
  EXPECT_EQ(biased.pooling, Pooling::first);

  // As transformers 5 writes it.
  plain.replace("\"global_attn_every_n_layers\": 2", "\"layer_types\": [\"full_attention\", \"sliding_attention\"]")
      .replace("\"global_rope_theta\": 160000.0,", "")
      .replace("\"local_rope_theta\": 10000.0",
               R"("rope_parameters": {"full_attention": {"rope_theta": 90.0, "rope_type": "default"},
                                      "sliding_attention": {"rope_theta": 30.0, "rope_type": "default"}})");
  const EncoderConfig later = open(plain);
  EXPECT_TRUE(!later.is_local(0) && later.is_local(1));
  EXPECT_EQ(later.rotary_theta, 90);
  EXPECT_EQ(later.local_rotary_theta, 30);
}

TEST(ModelFolderErrors, OfModernBert) {
  const auto error = [](const char* before, const char* now) {
    return Copy("../encoders/modernbert").replace(before, now).error();
  };
  EXPECT_EQ(error("\"classifier_pooling\": \"mean\"", "\"classifier_pooling\": \"max\""),
            "model/config.json: expected \"cls\" or \"mean\" as classifier_pooling, found \"max\"");
  EXPECT_EQ(error("\"mlp_bias\": false", "\"mlp_bias\": 0"),
            "model/config.json: expected true or false as mlp_bias, found 0");
  EXPECT_EQ(error("\"global_rope_theta\": 160000.0", "\"global_rope_theta\": -1"),
            "model/config.json: expected a positive number as global_rope_theta, found -1");
  EXPECT_EQ(error("\"norm_eps\": 1e-05", "\"norm_eps\": 0"),
            "model/config.json: expected a positive number as norm_eps, found 0");
  EXPECT_EQ(error("\"num_attention_heads\": 2", "\"num_attention_heads\": 16"),
            "model/config.json: expected heads of an even size, for positions that turn pairs, found 1");
  EXPECT_EQ(
      error("\"mlp_bias\"", "\"rope_scaling\": {\"type\": \"linear\"}, \"mlp_bias\""),
      "model/config.json: expected \"rope_scaling\": null, found {\"type\":\"linear\"}; other models are not handled");
  EXPECT_EQ(
      error("\"mlp_bias\"", R"("rope_parameters": {"full_attention": {"rope_type": "yarn"}}, "mlp_bias")"),
      "model/config.json: expected \"rope_type\": \"default\" for full_attention, found \"yarn\"; other models are "
      "not handled");
  EXPECT_EQ(error("\"max_position_embeddings\": 40", "\"max_position_embeddings\": 1048576"), "no error");
  EXPECT_EQ(error("\"max_position_embeddings\": 40", "\"max_position_embeddings\": 1048577"),
            "model/config.json: expected at most 1048576 as max_position_embeddings where positions are not embedded, "
            "found 1048577");
  for (const char* types : {"[\"full_attention\"]", "[\"sliding_attention\", \"full_attention\"]", "7",
                            "[\"full_attention\", 7]", "[\"full_attention\", \"chunked_attention\"]"}) {
    const std::string given = "\"layer_types\": " + std::string(types) + ", \"mlp_bias\"";
    EXPECT_TRUE(error("\"mlp_bias\"", given.c_str()).starts_with("model/config.json: expected as layer_types"));
  }
}

TEST(ModelFolder, OpensDebertaV2) {
  const Result<ModelFolder> model = Copy("../encoders/deberta-v2").open();
  ASSERT_TRUE(model) << describe(model.error());
  EXPECT_EQ(model->encoder.architecture, &kDebertaV2);
  EXPECT_EQ(model->encoder.layer_norm_eps, 1e-7);
  EXPECT_EQ(model->encoder.position_buckets, 8);
  EXPECT_EQ(model->encoder.max_relative_positions, 40);
  EXPECT_EQ(model->encoder.relative_rows, 16);
  EXPECT_TRUE(model->encoder.relative_norm);
  EXPECT_FALSE(model->encoder.embeds_positions);
  EXPECT_EQ(model->encoder.type_vocab_size, 0);
  EXPECT_EQ(model->encoder_tensor("encoder.layer.1.attention.self.query.weight"),
            "deberta.encoder.layer.1.attention.self.query_proj.weight");

  const Result<ModelFolder> other = Copy("../encoders/deberta-v2-positions").open();
  ASSERT_TRUE(other) << describe(other.error());
  EXPECT_EQ(other->encoder.position_buckets, -1);
  EXPECT_EQ(other->encoder.relative_rows, 80);
  EXPECT_FALSE(other->encoder.relative_norm);
  EXPECT_TRUE(other->encoder.embeds_positions);
  EXPECT_EQ(other->encoder.type_vocab_size, 2);
}

TEST(ModelFolderErrors, OfDebertaV2) {
  const auto error = [](const char* before, const char* now) {
    return Copy("../encoders/deberta-v2").replace(before, now).error();
  };
  const std::string unhandled = "; other models are not handled";
  EXPECT_EQ(error("\"relative_attention\": true", "\"relative_attention\": false"),
            "model/config.json: expected \"relative_attention\": true, found false" + unhandled);
  EXPECT_EQ(error("\"share_att_key\": true,", ""),
            "model/config.json: expected \"share_att_key\": true, found none" + unhandled);
  EXPECT_EQ(error("\"p2c\",", ""),
            "model/config.json: expected \"pos_att_type\": \"p2c|c2p\", found [\"c2p\"]" + unhandled);
  EXPECT_EQ(error("\"norm_rel_ebd\": \"layer_norm\"", "\"norm_rel_ebd\": \"batch_norm\""),
            "model/config.json: expected \"norm_rel_ebd\": \"layer_norm\", found \"batch_norm\"" + unhandled);
  EXPECT_EQ(error("\"pooler_hidden_act\": \"gelu\"", "\"conv_kernel_size\": 3"),
            "model/config.json: expected \"conv_kernel_size\": 0, found 3" + unhandled);
  EXPECT_EQ(error("\"pooler_hidden_act\": \"gelu\"", "\"embedding_size\": 8"),
            "model/config.json: expected \"embedding_size\": 16, found 8" + unhandled);
  EXPECT_EQ(error("\"position_buckets\": 8", "\"position_buckets\": 8.5"),
            "model/config.json: expected a whole number from -1 to 16777216 as position_buckets, found 8.5");
  for (const char* buckets : {"0", "1", "80"}) {
    EXPECT_EQ(
        error("\"position_buckets\": 8", ("\"position_buckets\": " + std::string(buckets)).c_str()),
        "model/config.json: expected position_buckets to be -1, or from 2 to less than twice the farthest position "
        "39, found " +
            std::string(buckets));
  }
}

// Published models have more rows than pieces, not a round number of them.
TEST(ModelFolder, DebertaV2MayHaveRowsToSpare) {
  Copy copy("../encoders/deberta-v2");
  std::string vocabulary = copy.folder.read("model/vocab.txt");
  vocabulary.resize(vocabulary.rfind('\n', vocabulary.size() - 2) + 1);
  copy.folder.write("model/vocab.txt", vocabulary);
  EXPECT_EQ(copy.error(), "no error");
  copy.folder.write("model/vocab.txt", copy.folder.read("model/vocab.txt") + "a1\na2\n");
  EXPECT_NE(copy.error().find("vocabulary of another size"), std::string::npos);
}

// No part of a name is taken for another, so no two tensors share one in the file.
TEST(Architectures, NamesOfTensorsStayApart) {
  for (const Architecture* architecture : architectures()) {
    std::vector<std::string> names;
    for (const char* part : {"attention.self.qkv", "attention.self.query", "attention.self.key", "attention.self.value",
                             "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense",
                             "output.dense", "output.LayerNorm"}) {
      for (const char* layer : {"0.", "1.", "11."}) {
        names.push_back(tensor_name(*architecture, std::string("encoder.layer.") + layer + part + ".weight"));
      }
    }
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end()) << architecture->model_type;
    EXPECT_EQ(tensor_name(*architecture, "head.context.output.weight"), "head.context.output.weight");
  }
  EXPECT_EQ(tensor_name(*find_architecture("distilbert"), "encoder.layer.3.output.LayerNorm.bias"),
            "transformer.layer.3.output_layer_norm.bias");
  EXPECT_EQ(find_architecture("gpt2"), nullptr);
}

TEST(ModelFolder, ClassifierWithoutLabelNamesNumbersThem) {
  Copy copy("classifier");
  copy.replace("\"id2label\": {\n    \"0\": \"negative\",\n    \"1\": \"neutral\",\n    \"2\": \"positive\"\n  }",
               "\"id2label\": null");
  const Result<ModelFolder> model = copy.open();
  ASSERT_TRUE(model) << describe(model.error());
  EXPECT_EQ(model->head->labels.names(), (Names{"LABEL_0", "LABEL_1", "LABEL_2"}));
}

TEST(ModelFolder, OtherHeadsAreLeftAside) {
  Copy copy("classifier");
  copy.replace("BertForSequenceClassification", "BertForMultipleChoice");
  const Result<ModelFolder> model = copy.open();
  ASSERT_TRUE(model);
  EXPECT_FALSE(model->head);
}

TEST(ModelFolder, WritesAndOpensOurs) {
  Copy copy("encoder");
  const TemporaryFolder out;
  fs::copy(copy.folder / "model/model.safetensors", out / "model.safetensors");
  const Result<ModelFolder> encoder = copy.open();
  ASSERT_TRUE(encoder);
  ASSERT_TRUE(write_model_description(out.path(), *encoder, three_classes(Adjust::input), 10,
                                      R"({"seed": 7, "epochs": 2, "data": {"sha256": "ab"}})"));
  const Result<ModelFolder> model = open_model_folder(out.path().string());
  ASSERT_TRUE(model) << describe(model.error());
  ASSERT_TRUE(model->head);
  EXPECT_EQ(model->head->adjust, Adjust::input);
  EXPECT_EQ(model->head->labels.names(), (Names{"negative", "neutral", "positive"}));
  EXPECT_EQ(model->max_length, 10u);
  for (const char* name : {"config.json", "vocab.txt", "tokenizer_config.json"}) {
    EXPECT_EQ(out.read(name), copy.folder.read(std::string("model/") + name)) << name;
  }
  const std::string text = out.read("pellucid.json");
  EXPECT_TRUE(text.starts_with("{\n  \"schema\": \"pellucid.model/1\",\n  \"version\": ")) << text;
  EXPECT_NE(text.find("\"training\": {\n    \"seed\": 7,\n    \"epochs\": 2,"), std::string::npos) << text;
  EXPECT_NE(text.find("\"weights\": {\n    \"sha256\": \"" + model->weights_sha256), std::string::npos) << text;
}

TEST(ModelFolder, KeepsNoTokenizerOfAnother) {
  Copy copy("encoder");
  const TemporaryFolder out;
  fs::copy(copy.folder / "model/model.safetensors", out / "model.safetensors");
  out.write("added_tokens.json", R"({"<stale>": 99})");
  ASSERT_FALSE(fs::exists(copy.folder / "model/added_tokens.json"));
  const Result<ModelFolder> encoder = copy.open();
  ASSERT_TRUE(encoder);
  ASSERT_TRUE(write_model_description(out.path(), *encoder, three_classes(Adjust::top), 10, "{}"));
  EXPECT_FALSE(fs::exists(out / "added_tokens.json"));
  EXPECT_TRUE(open_model_folder(out.path().string()));
}

TEST(ModelFolder, DistilBertsEpsilonIsItsOwn) {
  Copy distilbert("../encoders/distilbert");
  distilbert.replace("\"activation\"", "\"layer_norm_eps\": 1e-3, \"activation\"");
  const Result<ModelFolder> model = distilbert.open();
  ASSERT_TRUE(model) << describe(model.error());
  EXPECT_EQ(model->encoder.layer_norm_eps, EncoderConfig().layer_norm_eps) << "transformers has it fixed";
}

TEST(ModelFolder, DescribesAFolderInPlace) {
  Copy copy("encoder");
  const std::string config = copy.folder.read("model/config.json");
  describe_model(copy);
  EXPECT_EQ(copy.folder.read("model/config.json"), config);
  EXPECT_EQ(copy.open()->head->adjust, Adjust::top);
}

TEST(ModelFolderErrors, TrainingRecordMustBeAnObject) {
  Copy copy("encoder");
  const Result<ModelFolder> encoder = copy.open();
  ASSERT_TRUE(encoder);
  EXPECT_FALSE(write_model_description(copy.folder / "model", *encoder, three_classes(Adjust::top), 12, "[1"));
  EXPECT_FALSE(fs::exists(copy.folder / "model/pellucid.json"));
}

TEST(ModelFolderErrors, MissingFiles) {
  Copy copy("encoder");
  fs::remove(copy.folder / "model/vocab.txt");
  EXPECT_EQ(copy.error(), "model: expected tokenizer.json or vocab.txt, found neither");
  fs::remove(copy.folder / "model/model.safetensors");
  EXPECT_EQ(copy.error(), "model: expected model.safetensors, found none in it");
  copy.folder.write("model/pytorch_model.bin", "");
  EXPECT_EQ(copy.error(),
            "model: expected model.safetensors, found pytorch_model.bin; load and save it with transformers' "
            "save_pretrained()");
  copy.folder.write("model/model.safetensors.index.json", "{}");
  EXPECT_TRUE(copy.error().starts_with("model: expected model.safetensors, found weights in several files; "));
  fs::remove(copy.folder / "model/config.json");
  EXPECT_EQ(copy.error(), "model: expected a model folder with config.json, found none in it");
}

TEST(ModelFolderErrors, WhatWouldChangeTheComputationIsRefused) {
  const auto refused = [](const std::string& before, const std::string& now) {
    Copy copy("encoder");
    copy.replace(before, now);
    EXPECT_EQ(copy.open().error().code, ErrorCode::unsupported) << now;
    return copy.error();
  };
  const std::string gelu = "\"hidden_act\": \"gelu\"";
  const std::string one_of = "model/config.json: expected a \"model_type\" of " + architecture_names();
  EXPECT_EQ(refused("\"model_type\": \"bert\"", "\"model_type\": \"gpt2\""),
            one_of + "; found \"gpt2\": other encoders are not handled");
  EXPECT_EQ(refused("\"model_type\": \"bert\",", ""), one_of + "; found none: other encoders are not handled");
  EXPECT_TRUE(one_of.ends_with(
      "\"model_type\" of bert, deberta-v2, distilbert, electra, modernbert, mpnet, roberta, xlm-roberta"))
      << one_of;
  EXPECT_EQ(refused(gelu, "\"hidden_act\": \"relu\""),
            "model/config.json: expected \"hidden_act\": \"gelu\", found \"relu\"; other models are not handled");
  EXPECT_EQ(
      refused(gelu, gelu + ", \"position_embedding_type\": \"relative_key\""),
      "model/config.json: expected \"position_embedding_type\": \"absolute\", found \"relative_key\"; other models "
      "are not handled");
  EXPECT_EQ(refused("\"is_decoder\": false", "\"is_decoder\": true"),
            "model/config.json: expected \"is_decoder\": false, found true; other models are not handled");
  EXPECT_EQ(refused(gelu, gelu + ", \"pruned_heads\": {\"0\": [1]}"),
            "model/config.json: expected \"pruned_heads\": {}, found {\"0\":[1]}; other models are not handled");
}

TEST(ModelFolderErrors, Sizes) {
  const auto error = [](const std::string& before, const std::string& now) {
    return Copy("encoder").replace(before, now).error();
  };
  EXPECT_EQ(error("\"hidden_size\": 8", "\"hidden_size\": 0"),
            "model/config.json: expected a whole number from 1 to 16777216 as hidden_size, found 0");
  EXPECT_EQ(error("\"hidden_size\": 8", "\"hidden_size\": -8"),
            "model/config.json: expected a whole number from 1 to 16777216 as hidden_size, found -8");
  EXPECT_EQ(error("\"hidden_size\": 8", "\"hidden_size\": \"8\""),
            "model/config.json: expected a whole number from 1 to 16777216 as hidden_size, found \"8\"");
  EXPECT_EQ(error("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 99999999999"),
            "model/config.json: expected a whole number from 1 to 16777216 as num_hidden_layers, found 99999999999");
  EXPECT_EQ(error("\"num_attention_heads\": 2", "\"num_attention_heads\": 3"),
            "model/config.json: hidden_size 8 is not a multiple of num_attention_heads 3");
  EXPECT_EQ(error("1e-12", "0"), "model/config.json: expected a positive number as layer_norm_eps, found 0");
  EXPECT_EQ(error("{", "["), "model/config.json: expected a JSON object, found other JSON, or none");
}

TEST(ModelFolderErrors, OfOtherArchitectures) {
  Copy roberta("../encoders/roberta");
  roberta.replace("\"max_position_embeddings\": 42", "\"max_position_embeddings\": 2");
  EXPECT_EQ(roberta.error(),
            "model/config.json: max_position_embeddings 2 leaves no position after that of padding, pad_token_id 1");
  Copy negative("../encoders/roberta");
  negative.replace("\"pad_token_id\": 1", "\"pad_token_id\": -1");
  EXPECT_EQ(negative.error(),
            "model/config.json: expected a whole number from 0 to 16777216 as pad_token_id, found -1");
  Copy mpnet("../encoders/mpnet");
  mpnet.replace("\"relative_attention_num_buckets\": 32", "\"relative_attention_num_buckets\": 64");
  EXPECT_EQ(mpnet.error(),
            "model/config.json: expected \"relative_attention_num_buckets\": 32, found 64; other models are not "
            "handled");
  Copy distilbert("../encoders/distilbert");
  distilbert.replace("\"activation\": \"gelu\"", "\"activation\": \"relu\"");
  EXPECT_EQ(distilbert.error(),
            "model/config.json: expected \"activation\": \"gelu\", found \"relu\"; other models are not handled");
  Copy other("../encoders/roberta");
  other.replace("\"model_type\": \"roberta\"", "\"model_type\": \"bert\"");
  EXPECT_EQ(other.error(),
            "model/model.safetensors: expected tensor \"embeddings.word_embeddings.weight\" or "
            "\"bert.embeddings.word_embeddings.weight\", found neither; are these the weights of a \"bert\" encoder?");
}

TEST(ModelFolderErrors, VocabularyOfAnotherSize) {
  Copy copy("encoder");
  copy.folder.write("model/vocab.txt", copy.folder.read("model/vocab.txt") + "e\nf");
  EXPECT_EQ(
      copy.error(),
      "model: vocabulary of another size: the tokenizer files hold 14 pieces, config.json has vocab_size 12; do both "
      "belong to this model?");
  // tokenizer.json is what the tokenizer prefers.
  copy.folder.write("model/tokenizer.json", R"({"added_tokens": [{"id": 11, "content": "d"}],
      "decoder": {"x": {"vocab": {"no": 99}}}, "model": {"type": "WordPiece", "vocab": {"[PAD]": 0, "a": 7}}})");
  EXPECT_EQ(copy.error(), "no error");
  copy.folder.write("model/tokenizer.json", R"({"model": {"vocab": {"[PAD]": 0, "a": 20}}})");
  EXPECT_NE(copy.error().find("hold 21 pieces"), std::string::npos);
  copy.folder.write("model/tokenizer.json", "{\"model\":");
  EXPECT_EQ(copy.error(), "model/tokenizer.json: expected a tokenizer with a vocabulary as JSON, found none");
}

TEST(VocabularySize, IsTheTokenizersWhateverTheModel) {
  const fs::path kinds = fs::path(PELLUCID_SOURCE_DIR) / "tests/fixtures/text/kinds";
  for (const char* kind : {"albert", "modernbert", "mpnet", "roberta", "xlm-roberta"}) {
    const auto tokenizer = Tokenizer::load(kinds / kind);
    ASSERT_TRUE(tokenizer) << kind;
    EXPECT_EQ(vocabulary_size(kinds / kind).value(), static_cast<std::int64_t>(tokenizer->vocabulary_size())) << kind;
  }
}

TEST(ModelFolderErrors, RoundedEmbeddingsAreNoMismatch) {
  Copy copy("encoder");
  copy.replace("\"vocab_size\": 12", "\"vocab_size\": 16");
  EXPECT_TRUE(copy.open());
  copy.replace("\"vocab_size\": 16", "\"vocab_size\": 13");
  EXPECT_FALSE(copy.open());
  copy.replace("\"vocab_size\": 13", "\"vocab_size\": 256");
  EXPECT_FALSE(copy.open());
}

TEST(ModelFolderErrors, LabelsOfAClassifier) {
  const auto error = [](const std::string& before, const std::string& now) {
    return Copy("classifier").replace(before, now).error();
  };
  EXPECT_EQ(error(",\n    \"2\": \"positive\"", ""),
            "model: expected one label for each of the classifier's 3 rows, found 2 in id2label");
  EXPECT_EQ(error("\"2\": \"positive\"", "\"3\": \"positive\""),
            "model/config.json: id2label: expected the ids 0, 1, … each with its label, found no id 2");
  EXPECT_EQ(error("\"positive\"", "\"neutral\""), "model: expected distinct labels, found \"neutral\" twice");
  EXPECT_EQ(error("\"positive\"", "3"),
            "model/config.json: id2label: expected the ids 0, 1, … each with its label, found a label that is number");
  EXPECT_EQ(error("\"is_decoder\"", "\"problem_type\": \"multi_label_classification\", \"is_decoder\""),
            "model: expected \"problem_type\": \"single_label_classification\", found \"multi_label_classification\"");
}

TEST(ModelFolderErrors, ClassifierWithoutItsTensors) {
  Copy copy("classifier");
  fs::copy_file(kFixtures / "encoder/model.safetensors", copy.folder / "model/model.safetensors",
                fs::copy_options::overwrite_existing);
  EXPECT_EQ(
      copy.error(),
      "model/model.safetensors: expected tensor \"bert.pooler.dense.weight\" of a BertForSequenceClassification, found "
      "none of that name");
}

TEST(ModelFolderErrors, WeightsOfSomethingElse) {
  Copy copy("encoder");
  const std::vector<float> values = {1};
  const TensorView tensor{DataType::f32, {1}, std::as_bytes(std::span(values))};
  ASSERT_TRUE(write_safetensors(copy.folder / "model/model.safetensors", {{"wte.weight", tensor}}));
  EXPECT_EQ(copy.error(),
            "model/model.safetensors: expected tensor \"embeddings.word_embeddings.weight\" or "
            "\"bert.embeddings.word_embeddings.weight\", found neither; are these the weights of a \"bert\" encoder?");
}

TEST(ModelFolderErrors, WeightsThatChangedSinceTheyWereSaved) {
  Copy copy("encoder");
  describe_model(copy);
  std::string weights = copy.folder.read("model/model.safetensors");
  weights.back() ^= 1;
  copy.folder.write("model/model.safetensors", weights);
  const std::string error = copy.error();
  EXPECT_TRUE(
      error.starts_with("model/model.safetensors: model.safetensors is not the file that this model was saved "
                        "with: expected SHA-256 "))
      << error;
  EXPECT_NE(error.find(sha256(weights)), std::string::npos);
}

// pellucid.json as the first versions wrote it, without hashes of anything but the weights.
void forget_hashes(const Copy& copy) {
  auto description = nlohmann::ordered_json::parse(copy.folder.read("model/pellucid.json"));
  description.erase("files");
  description.erase("sha256");
  copy.folder.write("model/pellucid.json", description.dump(2));
}

TEST(ModelFolder, DescriptionsWithoutHashesStillOpen) {
  Copy copy("encoder");
  describe_model(copy);
  forget_hashes(copy);
  copy.replace("\"negative\"", "\"bad\"", "pellucid.json");
  const Result<ModelFolder> model = copy.open();
  ASSERT_TRUE(model) << describe(model.error());
  EXPECT_EQ(model->head->labels.names().front(), "bad");
}

TEST(ModelFolderErrors, DescriptionThatChangedSinceItWasWritten) {
  const auto error = [](const std::string& before, const std::string& now) {
    Copy copy("encoder");
    describe_model(copy);
    return copy.replace(before, now, "pellucid.json").error();
  };
  const std::string expected = "model/pellucid.json: expected the file as it was written, with \"sha256\": ";
  EXPECT_TRUE(error("\"negative\"", "\"negatife\"").starts_with(expected));
  EXPECT_TRUE(error("\"seed\": 7", "\"seed\": 5").starts_with(expected));
  EXPECT_TRUE(error("\"files\"", "\"filez\"").starts_with(expected));
  EXPECT_TRUE(error(",\n  \"sha256\"", ",\n  \"sha25v\"").starts_with(expected));
}

TEST(ModelFolderErrors, FilesThatChangedSinceTheyWereSaved) {
  const auto error = [](const auto& change) {
    Copy copy("encoder");
    describe_model(copy);
    change(copy);
    return copy.error();
  };
  EXPECT_TRUE(
      error([](Copy& copy) { copy.replace("\"hidden_dropout_prob\": 0.1", "\"hidden_dropout_prob\": 0.2"); })
          .starts_with("model/config.json: config.json is not the file that this model was saved with: expected "
                       "SHA-256 "));
  EXPECT_TRUE(
      error([](Copy& copy) { copy.replace("[MASK]", "[MASC]", "vocab.txt"); }).starts_with("model/vocab.txt: "));
  EXPECT_EQ(error([](Copy& copy) { fs::remove(copy.folder / "model/tokenizer_config.json"); }).substr(0, 70),
            "model/tokenizer_config.json: tokenizer_config.json is not the file tha");
  const std::string added = error([](Copy& copy) { copy.folder.write("model/added_tokens.json", "{}"); });
  EXPECT_NE(added.find("expected no such file, found one"), std::string::npos) << added;
}

TEST(ModelFolderErrors, NestingThatWouldFillTheStack) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  Copy copy("encoder");
  copy.replace("\"hidden_act\": ", "\"hidden_act\": " + deep + ", \"was\": ");
  EXPECT_EQ(copy.error(), "model/config.json: expected a JSON object, found other JSON, or none");
  Copy described("encoder");
  describe_model(described);
  described.replace("\"labels\": ", "\"labels\": " + deep + ", \"was\": ", "pellucid.json");
  EXPECT_EQ(described.error(), "model/pellucid.json: expected a JSON object, found other JSON, or none");
}

// Whoever follows a document's events keeps something for each level.
TEST(ModelFolderErrors, NestingThatWouldFillTheMemory) {
  const Copy copy("encoder");
  const auto error = [&](int depth, const std::string& open, const std::string& close) {
    std::string document = R"({"model": {"vocab": {"a": 11}}, "x": )";
    for (int level = 1; level < depth; ++level) document += open;
    document += '0';
    for (int level = 1; level < depth; ++level) document += close;
    copy.folder.write("model/tokenizer.json", document + "}");
    return copy.error();
  };
  const std::string refused = "model/tokenizer.json: expected JSON nested at most 64 deep, found more";
  EXPECT_EQ(error(64, "[", "]"), "no error");
  EXPECT_EQ(error(64, R"({"a": )", "}"), "no error");
  EXPECT_EQ(error(65, "[", "]"), refused);
  EXPECT_EQ(error(65, R"({"a": )", "}"), refused);
  EXPECT_EQ(error(1'000'000, "[", "]"), refused);
}

TEST(ModelFolderErrors, ValuesAreShownInPart) {
  Copy copy("encoder");
  copy.replace("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"" + std::string(1'000'000, 'x') + "\"");
  EXPECT_LT(copy.error().size(), 500u);
}

TEST(ModelFolderErrors, IdsThatNoNumberHolds) {
  Copy copy("encoder");
  copy.folder.write("model/tokenizer.json", R"({"model": {"vocab": {"a": 9223372036854775807}}})");
  EXPECT_NE(copy.error().find("vocabulary of another size"), std::string::npos) << copy.error();
}

TEST(ModelFolderErrors, Description) {
  const auto error = [](const std::string& before, const std::string& now) {
    Copy copy("encoder");
    describe_model(copy);
    forget_hashes(copy);
    return copy.replace(before, now, "pellucid.json").error();
  };
  EXPECT_EQ(error("pellucid.model/1", "pellucid.model/2"),
            "model/pellucid.json: expected \"schema\": \"pellucid.model/1\", found \"pellucid.model/2\"; was the model "
            "written by another version of pellucid?");
  EXPECT_EQ(error("\"negative\"", "3"),
            "model/pellucid.json: expected \"labels\": a list of strings, found [3,\"neutral\",\"positive\"]");
  EXPECT_EQ(error("\"negative\"", "\"neutral\""),
            "model/pellucid.json: expected distinct labels, found \"neutral\" twice");
  EXPECT_EQ(error("\"negative\"", "\"\""), "model/pellucid.json: expected labels with a name, found an empty one");
  EXPECT_EQ(error("\"top\"", "\"bottom\""),
            "model/pellucid.json: head: expected adjust none, top, input or pooler, found \"bottom\"");
  EXPECT_EQ(error("\"head\": {\n    \"adjust\": \"top\"\n  }", "\"head\": [\"adjust\"]"),
            "model/pellucid.json: expected \"head\": {\"adjust\": …}, found null");
  EXPECT_EQ(error("\"max_length\": 12", "\"max_length\": 17"),
            "model/pellucid.json: expected a max_length from 3 to 16 tokens, found 17");
  EXPECT_EQ(error("\"max_length\": 12", "\"max_length\": 2"),
            "model/pellucid.json: expected a max_length from 3 to 16 tokens, found 2");
  EXPECT_EQ(error("\"max_length\": 12", "\"max_length\": -1"),
            "model/pellucid.json: expected \"max_length\": a number of tokens, found -1");
  EXPECT_EQ(error("\"sha256\": \"", "\"sha256\": \"X").substr(0, 81),
            "model/pellucid.json: expected \"weights\": {\"sha256\": 64 hexadecimal digits}, found");
  EXPECT_EQ(error("\"seed\": 7", "\"seed\": "),
            "model/pellucid.json: expected a JSON object, found other JSON, or none");
}

class Bundled : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "models");
    fs::copy(kFixtures / "encoder", folder_ / "models/tiny", fs::copy_options::recursive);
    ::setenv("PELLUCID_MODELS", (folder_ / "models").c_str(), 1);
    fs::create_directory(folder_ / "here");
    fs::current_path(folder_ / "here");
  }
  void TearDown() override {
    fs::current_path(before_);
    ::unsetenv("PELLUCID_MODELS");
  }
  TemporaryFolder folder_;
  fs::path before_ = fs::current_path();
};

TEST_F(Bundled, IsFoundByName) {
  const Result<ModelFolder> model = open_model_folder("tiny");
  ASSERT_TRUE(model) << describe(model.error());
  EXPECT_EQ(model->path, folder_ / "models/tiny");
}

TEST_F(Bundled, ALocalFolderOfThatNameWins) {
  fs::copy(kFixtures / "classifier", "tiny", fs::copy_options::recursive);
  const Result<ModelFolder> model = open_model_folder("tiny");
  ASSERT_TRUE(model);
  EXPECT_EQ(model->path, "tiny");
  EXPECT_TRUE(model->head);
}

TEST_F(Bundled, UnknownNamesListThePlaces) {
  const Error error = open_model_folder("huge").error();
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_EQ(error.where, "huge");
  EXPECT_NE(error.message.find("looked at ./huge, " + (folder_ / "models/huge").string() + ", "), std::string::npos);
  EXPECT_NE(error.message.find("Run scripts/setup"), std::string::npos);
}

TEST_F(Bundled, PathsAreNotNames) {
  for (const char* path : {"./tiny", "x/tiny", "../models2", "", "."}) {
    const Result<ModelFolder> model = open_model_folder(path);
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().message.find("looked at"), std::string::npos) << path;
  }
  EXPECT_TRUE(open_model_folder("../models/tiny"));
}

TEST_F(Bundled, AFileIsNoModel) {
  folder_.write("here/tiny", "text");
  EXPECT_EQ(describe(open_model_folder("tiny").error()),
            "tiny: expected a model folder, found a file; name the folder that holds it");
}

TEST_F(Bundled, PlacesBeginWithTheChosenOne) {
  const std::vector<fs::path> places = bundled_model_places();
  ASSERT_EQ(places.size(), 3u);
  EXPECT_EQ(places[0], folder_ / "models");
  EXPECT_EQ(places[1].filename(), "models");
  EXPECT_EQ(places[2].parent_path().filename(), "pellucid");
}

TEST(MiniLm, Opens) {
  const fs::path folder = fs::path(PELLUCID_SOURCE_DIR) / "var/models/minilm";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not here";
  const Result<ModelFolder> model = open_model_folder(folder.string());
  ASSERT_TRUE(model) << describe(model.error());
  EXPECT_EQ(model->encoder.hidden_size, 384);
  EXPECT_EQ(model->encoder.vocab_size, 30522);
  EXPECT_EQ(model->weights_sha256, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db");
  const Result<SafetensorsFile> weights = SafetensorsFile::open(folder / "model.safetensors");
  ASSERT_TRUE(weights);
  std::vector<float> storage;
  EXPECT_TRUE(weights->floats("encoder.layer.5.output.LayerNorm.weight", {384}, storage));
}

TEST(Adjust, NamesAndBack) {
  for (const Adjust adjust : {Adjust::none, Adjust::top, Adjust::input, Adjust::pooler}) {
    EXPECT_EQ(adjust_from_name(name_of(adjust)).value(), adjust);
  }
  EXPECT_EQ(adjust_from_name("Top").error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace pellucid
