// What tells the encoders apart that a Hugging Face folder may hold: how config.json calls their sizes, how their files
// call their tensors, how their classifiers read the first token. The layers are BERT's (Devlin et al. 2019) in all of
// them, but for what EncoderConfig says.
//
// The program calls every size and tensor as BERT does. A new architecture is a file in src/checkpoint/architectures, a
// declaration here and a place in the list of architecture.cpp.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "error/error.h"

namespace pellucid {

struct Architecture;
extern const Architecture kBert, kDebertaV2, kDistilbert, kElectra, kModernBert, kMpnet, kRoberta, kXlmRoberta;

// The state of a text that a sequence classifier reads: its first token's, or the mean over its tokens.
enum class Pooling { first, mean };

// config.json of an encoder; names as in BERT's.
struct EncoderConfig {
  const Architecture* architecture = &kBert;
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t max_position_embeddings = 0;
  std::int64_t type_vocab_size = 0;  // 0: no token types
  double layer_norm_eps = 1e-12;
  std::int64_t embedding_size = 0;  // of words, positions and types; 0: hidden_size, and no projection to it
  std::int64_t pad_token_id = -1;   // the row of padding where positions count from the next one; -1: they count from 0
  bool relative_bias = false;       // scores of attention get a term for the distance (kernels/relative_position.h)

  bool embeds_positions = true;
  std::int64_t relative_rows = 0;           // embeddings of relative positions, for kernels/disentangled.h; 0: none
  std::int64_t position_buckets = -1;       // of them; −1: each distance has its own
  std::int64_t max_relative_positions = 0;  // the first distance that has none of its own
  bool relative_norm = false;               // they go through a LayerNorm first

  // x + f(LayerNorm(x)) in place of LayerNorm(x + f(x)): the first attention reads H(0) itself, and a last LayerNorm
  // makes H(L).
  bool pre_norm = false;
  bool gated = false;                // GeGLU in place of GELU (kernels/geglu.h)
  double rotary_theta = 0;           // positions turn queries and keys (kernels/rotary.h); 0: they do not
  double local_rotary_theta = 0;     // the same in local layers
  std::int64_t local_attention = 0;  // tokens of a window, half of them on each side
  std::int64_t global_every = 1;     // layers l with l mod global_every ≠ 0 are local
  bool attention_bias = true, feed_forward_bias = true, norm_bias = true, head_bias = true;
  Pooling pooling = Pooling::first;

  std::int64_t embedding_width() const { return embedding_size > 0 ? embedding_size : hidden_size; }
  bool projects() const { return embedding_width() != hidden_size; }
  std::int64_t first_position() const { return pad_token_id + 1; }
  bool has_bert_layers() const { return !pre_norm && relative_rows == 0; }
  bool is_local(std::int64_t layer) const { return layer % global_every != 0; }
  // Tokens that it reads, special ones included.
  std::int64_t max_length() const { return max_position_embeddings - first_position(); }
};

// φ of a sequence classifier.
enum class HeadActivation { tanh, relu, gelu };

struct Architecture {
  // A size in config.json: a whole number from `least`; where the file leaves it out, that of `otherwise`.
  struct Size {
    std::string_view key;
    std::int64_t EncoderConfig::* field;
    std::int64_t least = 1;
  };
  // A setting that would change the computation: absent, null, or exactly this JSON.
  struct Setting {
    std::string_view key;
    const char* only;
  };
  // A part of a tensor's name that the file has in place of BERT's.
  struct Renaming {
    std::string_view bert, file;
  };
  // z = φ(h W_p + b_p) W_c + b_c, h the state that Pooling says; or LayerNorm(φ(…)) in place of φ(…) where `norm` has a
  // name. W_p and W_c are `dense` and `classifier` with ".weight".
  struct Head {
    std::string_view dense, classifier;
    HeadActivation activation;
    std::string_view norm = {};
  };

  std::string_view model_type;           // in config.json
  std::string_view sequence_classifier;  // the class with the head below
  std::string_view prefix;               // of the encoder's tensors where they stand beside a head's
  EncoderConfig otherwise;               // the defaults of transformers' class
  std::span<const Size> sizes;
  std::span<const Setting> settings;
  std::span<const Renaming> tensors;  // each that occurs in a name is applied once, in this order
  Head head;
  std::string_view epsilon = "layer_norm_eps";  // its key; none: it is fixed
  std::int64_t spare_rows = 0;                  // of the embedding of words, that no piece uses
  bool fused_qkv = false;                       // query, key and value are one tensor, "attention.self.qkv"
  // What else config.json says, where the architecture has more to say than sizes.
  Result<void> (*read)(const nlohmann::json& config, const std::string& where, EncoderConfig& encoder) = nullptr;

  std::string_view key_of(std::int64_t EncoderConfig::* field) const;  // of a size that `sizes` has
};

std::span<const Architecture* const> architectures();

// By its model_type; null if there is none.
const Architecture* find_architecture(std::string_view model_type);

// "bert, …": as messages list them.
std::string architecture_names();

// What the file calls one of the encoder's tensors ("embeddings.…", "encoder.…"), without the prefix; names of other
// tensors are the same everywhere.
std::string tensor_name(const Architecture& architecture, std::string_view bert);

}  // namespace pellucid
