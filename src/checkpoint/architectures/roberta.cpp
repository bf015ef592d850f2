// RoBERTa (Liu et al. 2019) and XLM-RoBERTa (Conneau et al. 2020): BERT's layers; positions count from the row after
// that of padding.
#include "checkpoint/architectures/bert_settings.h"

namespace pellucid {
namespace {

constexpr Architecture::Size kSizes[] = {{"vocab_size", &EncoderConfig::vocab_size},
                                         {"hidden_size", &EncoderConfig::hidden_size},
                                         {"num_hidden_layers", &EncoderConfig::num_hidden_layers},
                                         {"num_attention_heads", &EncoderConfig::num_attention_heads},
                                         {"intermediate_size", &EncoderConfig::intermediate_size},
                                         {"max_position_embeddings", &EncoderConfig::max_position_embeddings},
                                         {"type_vocab_size", &EncoderConfig::type_vocab_size},
                                         {"pad_token_id", &EncoderConfig::pad_token_id, 0}};

constexpr Architecture named(std::string_view model_type, std::string_view sequence_classifier,
                             std::int64_t vocab_size) {
  return {.model_type = model_type,
          .sequence_classifier = sequence_classifier,
          .prefix = "roberta.",
          .otherwise = {.vocab_size = vocab_size,
                        .hidden_size = 768,
                        .num_hidden_layers = 12,
                        .num_attention_heads = 12,
                        .intermediate_size = 3072,
                        .max_position_embeddings = 512,
                        .type_vocab_size = 2,
                        .pad_token_id = 1},
          .sizes = kSizes,
          .settings = kBertSettings,
          .tensors = {},
          .head = {"classifier.dense", "classifier.out_proj", HeadActivation::tanh}};
}

}  // namespace

constexpr Architecture kRoberta = named("roberta", "RobertaForSequenceClassification", 50265);
constexpr Architecture kXlmRoberta = named("xlm-roberta", "XLMRobertaForSequenceClassification", 30522);

}  // namespace pellucid
