// MPNet (Song et al. 2020): BERT's layers without token types; positions count as RoBERTa's do, and one table of
// relative positions adds to the scores of attention in every layer.
#include "checkpoint/architecture.h"

namespace pellucid {
namespace {

constexpr Architecture::Size kSizes[] = {{"vocab_size", &EncoderConfig::vocab_size},
                                         {"hidden_size", &EncoderConfig::hidden_size},
                                         {"num_hidden_layers", &EncoderConfig::num_hidden_layers},
                                         {"num_attention_heads", &EncoderConfig::num_attention_heads},
                                         {"intermediate_size", &EncoderConfig::intermediate_size},
                                         {"max_position_embeddings", &EncoderConfig::max_position_embeddings}};

constexpr Architecture::Setting kSettings[] = {{"hidden_act", "\"gelu\""},
                                               {"relative_attention_num_buckets", "32"},
                                               {"is_decoder", "false"},
                                               {"is_encoder_decoder", "false"},
                                               {"pruned_heads", "{}"}};

constexpr Architecture::Renaming kTensors[] = {{"attention.self.query", "attention.attn.q"},
                                               {"attention.self.key", "attention.attn.k"},
                                               {"attention.self.value", "attention.attn.v"},
                                               {"attention.output.dense", "attention.attn.o"},
                                               {"attention.output.LayerNorm", "attention.LayerNorm"}};

}  // namespace

constexpr Architecture kMpnet{.model_type = "mpnet",
                              .sequence_classifier = "MPNetForSequenceClassification",
                              .prefix = "mpnet.",
                              .otherwise = {.vocab_size = 30527,
                                            .hidden_size = 768,
                                            .num_hidden_layers = 12,
                                            .num_attention_heads = 12,
                                            .intermediate_size = 3072,
                                            .max_position_embeddings = 512,
                                            .pad_token_id = 1,  // whatever config.json says
                                            .relative_bias = true},
                              .sizes = kSizes,
                              .settings = kSettings,
                              .tensors = kTensors,
                              .head = {"classifier.dense", "classifier.out_proj", HeadActivation::tanh}};

}  // namespace pellucid
