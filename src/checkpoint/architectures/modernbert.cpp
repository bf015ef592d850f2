// ModernBERT (Warner et al. 2024): LayerNorm before each block and once more at the end, positions that turn queries
// and keys, attention within a window in all but every third layer, GeGLU, and no biases unless config.json asks for
// them.
#include "checkpoint/architecture.h"
#include "checkpoint/config_members.h"
#include "files/json.h"

namespace pellucid {
namespace {

using nlohmann::json;

constexpr double kLargestTheta = 1e12;

constexpr Architecture::Size kSizes[] = {{"vocab_size", &EncoderConfig::vocab_size},
                                         {"hidden_size", &EncoderConfig::hidden_size},
                                         {"num_hidden_layers", &EncoderConfig::num_hidden_layers},
                                         {"num_attention_heads", &EncoderConfig::num_attention_heads},
                                         {"intermediate_size", &EncoderConfig::intermediate_size},
                                         {"max_position_embeddings", &EncoderConfig::max_position_embeddings},
                                         {"local_attention", &EncoderConfig::local_attention},
                                         {"global_attn_every_n_layers", &EncoderConfig::global_every}};

constexpr Architecture::Setting kSettings[] = {{"hidden_activation", "\"gelu\""}, {"classifier_activation", "\"gelu\""},
                                               {"rope_scaling", "null"},          {"is_decoder", "false"},
                                               {"is_encoder_decoder", "false"},   {"pruned_heads", "{}"}};

constexpr Architecture::Renaming kTensors[] = {{"embeddings.word_embeddings", "embeddings.tok_embeddings"},
                                               {"embeddings.LayerNorm", "embeddings.norm"},
                                               {"encoder.final_LayerNorm", "final_norm"},
                                               {"encoder.layer.", "layers."},
                                               {"attention.self.qkv", "attn.Wqkv"},
                                               {"attention.output.dense", "attn.Wo"},
                                               {"attention.output.LayerNorm", "attn_norm"},
                                               {"intermediate.dense", "mlp.Wi"},
                                               {"output.dense", "mlp.Wo"},
                                               {"output.LayerNorm", "mlp_norm"}};

// {"rope_type": "default", "rope_theta": …}, as transformers 5 has it for each kind of layer.
Result<void> read_rotary(const json& config, const char* kind, const std::string& where, double& theta) {
  const auto all = config.find("rope_parameters");
  if (all == config.end() || all->is_null()) return {};
  const json none = json::object();
  const json& own = all->is_object() && all->contains(kind) ? all->at(kind) : none;
  const json type = own.is_object() ? own.value("rope_type", json("default")) : own;
  if (type != "default") {
    return fail(ErrorCode::unsupported,
                "expected \"rope_type\": \"default\" for " + std::string(kind) + ", found " + brief(type) +
                    "; other models are not handled",
                where);
  }
  return read_number(own, "rope_theta", kLargestTheta, where, theta);
}

// transformers 5 names the kind of each layer. The first is global, and of the others every global_every-th.
Result<void> read_layer_types(const json& config, const std::string& where, EncoderConfig& encoder) {
  const auto types = config.find("layer_types");
  if (types == config.end() || types->is_null()) return {};
  constexpr const char* kGlobal = "full_attention";
  const auto bad = [&] {
    return fail(ErrorCode::unsupported,
                "expected as layer_types \"full_attention\" first and then at equal distances, \"sliding_attention\" "
                "between, one for each of the " +
                    std::to_string(encoder.num_hidden_layers) + " layers, found " + brief(*types),
                where);
  };
  const auto layers = static_cast<std::size_t>(encoder.num_hidden_layers);
  if (!types->is_array() || types->size() != layers) return bad();
  std::size_t every = 1;
  while (every < layers && types->at(every) != kGlobal) ++every;
  encoder.global_every = static_cast<std::int64_t>(every);
  for (std::size_t l = 0; l < layers; ++l) {
    if (types->at(l) != (encoder.is_local(static_cast<std::int64_t>(l)) ? "sliding_attention" : kGlobal)) return bad();
  }
  return {};
}

Result<void> read_pooling(const json& config, const std::string& where, Pooling& pooling) {
  const json found = config.value("classifier_pooling", json("cls"));
  if (found != "cls" && found != "mean") {
    return fail(ErrorCode::unsupported, "expected \"cls\" or \"mean\" as classifier_pooling, found " + brief(found),
                where);
  }
  pooling = found == "mean" ? Pooling::mean : Pooling::first;
  return {};
}

Result<void> read(const json& config, const std::string& where, EncoderConfig& encoder) {
  if (encoder.hidden_size / encoder.num_attention_heads % 2 != 0) {
    return fail(ErrorCode::format,
                "expected heads of an even size, for positions that turn pairs, found " +
                    std::to_string(encoder.hidden_size / encoder.num_attention_heads),
                where);
  }
  PELLUCID_CHECK(read_number(config, "global_rope_theta", kLargestTheta, where, encoder.rotary_theta));
  if (config.contains("local_rope_theta") && config["local_rope_theta"].is_null()) {
    encoder.local_rotary_theta = encoder.rotary_theta;
  }
  PELLUCID_CHECK(read_number(config, "local_rope_theta", kLargestTheta, where, encoder.local_rotary_theta));
  PELLUCID_CHECK(read_rotary(config, "full_attention", where, encoder.rotary_theta));
  PELLUCID_CHECK(read_rotary(config, "sliding_attention", where, encoder.local_rotary_theta));
  PELLUCID_CHECK(read_layer_types(config, where, encoder));
  PELLUCID_CHECK(read_flag(config, "attention_bias", where, encoder.attention_bias));
  PELLUCID_CHECK(read_flag(config, "mlp_bias", where, encoder.feed_forward_bias));
  PELLUCID_CHECK(read_flag(config, "norm_bias", where, encoder.norm_bias));
  PELLUCID_CHECK(read_flag(config, "classifier_bias", where, encoder.head_bias));
  return read_pooling(config, where, encoder.pooling);
}

}  // namespace

constexpr Architecture kModernBert{.model_type = "modernbert",
                                   .sequence_classifier = "ModernBertForSequenceClassification",
                                   .prefix = "model.",
                                   .otherwise = {.vocab_size = 50368,
                                                 .hidden_size = 768,
                                                 .num_hidden_layers = 22,
                                                 .num_attention_heads = 12,
                                                 .intermediate_size = 1152,
                                                 .max_position_embeddings = 8192,
                                                 .layer_norm_eps = 1e-5,
                                                 .embeds_positions = false,
                                                 .pre_norm = true,
                                                 .gated = true,
                                                 .rotary_theta = 160'000,
                                                 .local_rotary_theta = 10'000,
                                                 .local_attention = 128,
                                                 .global_every = 3,
                                                 .attention_bias = false,
                                                 .feed_forward_bias = false,
                                                 .norm_bias = false,
                                                 .head_bias = false},
                                   .sizes = kSizes,
                                   .settings = kSettings,
                                   .tensors = kTensors,
                                   .head = {"head.dense", "classifier", HeadActivation::gelu, "head.norm"},
                                   .epsilon = "norm_eps",
                                   .fused_qkv = true,
                                   .read = read};

}  // namespace pellucid
