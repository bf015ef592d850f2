// BERT (Devlin et al. 2019).
#include "checkpoint/architectures/bert_settings.h"

namespace pellucid {
namespace {

constexpr Architecture::Size kSizes[] = {{"vocab_size", &EncoderConfig::vocab_size},
                                         {"hidden_size", &EncoderConfig::hidden_size},
                                         {"num_hidden_layers", &EncoderConfig::num_hidden_layers},
                                         {"num_attention_heads", &EncoderConfig::num_attention_heads},
                                         {"intermediate_size", &EncoderConfig::intermediate_size},
                                         {"max_position_embeddings", &EncoderConfig::max_position_embeddings},
                                         {"type_vocab_size", &EncoderConfig::type_vocab_size}};

}  // namespace

constexpr Architecture kBert{.model_type = "bert",
                             .sequence_classifier = "BertForSequenceClassification",
                             .prefix = "bert.",
                             .otherwise = {.vocab_size = 30522,
                                           .hidden_size = 768,
                                           .num_hidden_layers = 12,
                                           .num_attention_heads = 12,
                                           .intermediate_size = 3072,
                                           .max_position_embeddings = 512,
                                           .type_vocab_size = 2},
                             .sizes = kSizes,
                             .settings = kBertSettings,
                             .tensors = {},
                             .head = {"bert.pooler.dense", "classifier", HeadActivation::tanh}};

}  // namespace pellucid
