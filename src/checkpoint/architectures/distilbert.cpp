// DistilBERT (Sanh et al. 2019): BERT without token types, under names of its own.
#include "checkpoint/architecture.h"

namespace pellucid {
namespace {

constexpr Architecture::Size kSizes[] = {{"vocab_size", &EncoderConfig::vocab_size},
                                         {"dim", &EncoderConfig::hidden_size},
                                         {"n_layers", &EncoderConfig::num_hidden_layers},
                                         {"n_heads", &EncoderConfig::num_attention_heads},
                                         {"hidden_dim", &EncoderConfig::intermediate_size},
                                         {"max_position_embeddings", &EncoderConfig::max_position_embeddings}};

constexpr Architecture::Setting kSettings[] = {
    {"activation", "\"gelu\""}, {"is_decoder", "false"}, {"is_encoder_decoder", "false"}, {"pruned_heads", "{}"}};

constexpr Architecture::Renaming kTensors[] = {{"encoder.layer.", "transformer.layer."},
                                               {"attention.self.query", "attention.q_lin"},
                                               {"attention.self.key", "attention.k_lin"},
                                               {"attention.self.value", "attention.v_lin"},
                                               {"attention.output.dense", "attention.out_lin"},
                                               {"attention.output.LayerNorm", "sa_layer_norm"},
                                               {"intermediate.dense", "ffn.lin1"},
                                               {"output.dense", "ffn.lin2"},
                                               {"output.LayerNorm", "output_layer_norm"}};

}  // namespace

constexpr Architecture kDistilbert{.model_type = "distilbert",
                                   .sequence_classifier = "DistilBertForSequenceClassification",
                                   .prefix = "distilbert.",
                                   .otherwise = {.vocab_size = 30522,
                                                 .hidden_size = 768,
                                                 .num_hidden_layers = 6,
                                                 .num_attention_heads = 12,
                                                 .intermediate_size = 3072,
                                                 .max_position_embeddings = 512},
                                   .sizes = kSizes,
                                   .settings = kSettings,
                                   .tensors = kTensors,
                                   .head = {"pre_classifier", "classifier", HeadActivation::relu},
                                   .epsilon = {}};

}  // namespace pellucid
