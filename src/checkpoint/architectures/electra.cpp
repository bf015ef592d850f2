// ELECTRA's discriminator (Clark et al. 2020): BERT's layers; embeddings may be narrower than the layers, and are
// projected to them.
#include "checkpoint/architectures/bert_settings.h"

namespace pellucid {
namespace {

constexpr Architecture::Size kSizes[] = {{"vocab_size", &EncoderConfig::vocab_size},
                                         {"embedding_size", &EncoderConfig::embedding_size},
                                         {"hidden_size", &EncoderConfig::hidden_size},
                                         {"num_hidden_layers", &EncoderConfig::num_hidden_layers},
                                         {"num_attention_heads", &EncoderConfig::num_attention_heads},
                                         {"intermediate_size", &EncoderConfig::intermediate_size},
                                         {"max_position_embeddings", &EncoderConfig::max_position_embeddings},
                                         {"type_vocab_size", &EncoderConfig::type_vocab_size}};

}  // namespace

constexpr Architecture kElectra{.model_type = "electra",
                                .sequence_classifier = "ElectraForSequenceClassification",
                                .prefix = "electra.",
                                .otherwise = {.vocab_size = 30522,
                                              .hidden_size = 256,
                                              .num_hidden_layers = 12,
                                              .num_attention_heads = 4,
                                              .intermediate_size = 1024,
                                              .max_position_embeddings = 512,
                                              .type_vocab_size = 2,
                                              .embedding_size = 128},
                                .sizes = kSizes,
                                .settings = kBertSettings,
                                .tensors = {},
                                .head = {"classifier.dense", "classifier.out_proj", HeadActivation::gelu}};

}  // namespace pellucid
