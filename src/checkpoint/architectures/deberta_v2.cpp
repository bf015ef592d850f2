// DeBERTa-v2 and -v3 (He et al. 2021, 2023): BERT's layers with disentangled attention, one table of relative positions
// for all of them.
#include "checkpoint/architecture.h"
#include "checkpoint/config_members.h"
#include "files/json.h"

namespace pellucid {
namespace {

using nlohmann::json;

constexpr Architecture::Size kSizes[] = {{"vocab_size", &EncoderConfig::vocab_size},
                                         {"hidden_size", &EncoderConfig::hidden_size},
                                         {"num_hidden_layers", &EncoderConfig::num_hidden_layers},
                                         {"num_attention_heads", &EncoderConfig::num_attention_heads},
                                         {"intermediate_size", &EncoderConfig::intermediate_size},
                                         {"max_position_embeddings", &EncoderConfig::max_position_embeddings},
                                         {"type_vocab_size", &EncoderConfig::type_vocab_size, 0}};

constexpr Architecture::Setting kSettings[] = {{"hidden_act", "\"gelu\""},      {"pooler_hidden_act", "\"gelu\""},
                                               {"conv_kernel_size", "0"},       {"is_decoder", "false"},
                                               {"is_encoder_decoder", "false"}, {"pruned_heads", "{}"}};

constexpr Architecture::Renaming kTensors[] = {{"attention.self.query", "attention.self.query_proj"},
                                               {"attention.self.key", "attention.self.key_proj"},
                                               {"attention.self.value", "attention.self.value_proj"}};

// What transformers' class leaves off unless config.json asks for it, and every published model asks for.
Result<void> expect(const json& config, const char* key, bool met, const char* expected, const std::string& where) {
  if (met) return {};
  return fail(ErrorCode::unsupported,
              "expected \"" + std::string(key) + "\": " + expected + ", found " +
                  (config.contains(key) ? brief(config.at(key)) : "none") + "; other models are not handled",
              where);
}

// "p2c|c2p" or ["p2c", "c2p"], in any order.
bool both_ways(const json& types) {
  const std::string all = types.dump();
  return (types.is_string() || types.is_array()) && all.find("c2p") != std::string::npos &&
         all.find("p2c") != std::string::npos && all.find("p2p") == std::string::npos;
}

Result<void> read(const json& config, const std::string& where, EncoderConfig& encoder) {
  const auto of = [&](const char* key) { return config.value(key, json()); };
  const auto width = [&](const char* key, std::int64_t usual) {
    return expect(config, key, of(key).is_null() || of(key) == usual, std::to_string(usual).c_str(), where);
  };
  PELLUCID_CHECK(expect(config, "relative_attention", of("relative_attention") == true, "true", where));
  PELLUCID_CHECK(expect(config, "share_att_key", of("share_att_key") == true, "true", where));
  PELLUCID_CHECK(expect(config, "pos_att_type", both_ways(of("pos_att_type")), "\"p2c|c2p\"", where));
  PELLUCID_CHECK(width("embedding_size", encoder.hidden_size));
  PELLUCID_CHECK(width("pooler_hidden_size", encoder.hidden_size));
  PELLUCID_CHECK(width("attention_head_size", encoder.hidden_size / encoder.num_attention_heads));
  const json norm = config.value("norm_rel_ebd", json("none"));
  PELLUCID_CHECK(expect(config, "norm_rel_ebd", norm == "none" || norm == "layer_norm", "\"layer_norm\"", where));
  encoder.relative_norm = norm == "layer_norm";
  PELLUCID_CHECK(read_flag(config, "position_biased_input", where, encoder.embeds_positions));
  PELLUCID_CHECK(read_count(config, "position_buckets", -1, where, encoder.position_buckets));
  PELLUCID_CHECK(read_count(config, "max_relative_positions", -1, where, encoder.max_relative_positions));
  if (encoder.max_relative_positions < 1) encoder.max_relative_positions = encoder.max_position_embeddings;
  const std::int64_t buckets = encoder.position_buckets;
  if (buckets == 0 || buckets == 1 || (buckets > 1 && encoder.max_relative_positions - 1 <= buckets / 2)) {
    return fail(ErrorCode::format,
                "expected position_buckets to be -1, or from 2 to less than twice the farthest position " +
                    std::to_string(encoder.max_relative_positions - 1) + ", found " + std::to_string(buckets),
                where);
  }
  encoder.relative_rows = 2 * (buckets > 0 ? buckets : encoder.max_relative_positions);
  return {};
}

}  // namespace

constexpr Architecture kDebertaV2{.model_type = "deberta-v2",
                                  .sequence_classifier = "DebertaV2ForSequenceClassification",
                                  .prefix = "deberta.",
                                  .otherwise = {.vocab_size = 128100,
                                                .hidden_size = 1536,
                                                .num_hidden_layers = 24,
                                                .num_attention_heads = 24,
                                                .intermediate_size = 6144,
                                                .max_position_embeddings = 512,
                                                .type_vocab_size = 0,
                                                .layer_norm_eps = 1e-7},
                                  .sizes = kSizes,
                                  .settings = kSettings,
                                  .tensors = kTensors,
                                  .head = {"pooler.dense", "classifier", HeadActivation::gelu},
                                  .spare_rows = 1023,  // 99 of English v3 models, 898 of the multilingual one
                                  .read = read};

}  // namespace pellucid
