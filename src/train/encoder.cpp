#include "train/encoder.h"

namespace pellucid::train {
namespace {

Linear linear(std::int64_t out, std::int64_t in) {
  return {torch::empty({out, in}), torch::empty({out})};
}

}  // namespace

Encoder::Encoder(const EncoderConfig& encoder_config) : config(encoder_config) {
  const std::int64_t d = config.hidden_size;
  const auto norm = [&] { return LayerNorm{torch::empty({d}), torch::empty({d}), config.layer_norm_eps}; };
  word_embeddings = torch::empty({config.vocab_size, d});
  position_embeddings = torch::empty({config.max_position_embeddings, d});
  type_embeddings = torch::empty({config.type_vocab_size, d});
  embedding_norm = norm();
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    layers.push_back({linear(3 * d, d), linear(d, d), linear(config.intermediate_size, d),
                      linear(d, config.intermediate_size), norm(), norm()});
  }
}

torch::Tensor Encoder::embed(const PackedTensors& batch, const Compute& compute) const {
  const torch::Tensor sum = torch::embedding(word_embeddings, batch.ids) +
                            torch::embedding(position_embeddings, batch.positions) + type_embeddings[0];
  return add_dropout({}, embedding_norm(sum, compute), compute);
}

torch::Tensor Encoder::encode(torch::Tensor hidden, const PackedTensors& batch, const Compute& compute) const {
  for (const EncoderLayer& layer : layers) {
    const torch::Tensor context =
        packed_attention(layer.qkv(hidden, compute), batch, config.num_attention_heads, compute);
    hidden = layer.attention_norm(add_dropout(hidden, layer.attention_output(context, compute), compute), compute);
    const torch::Tensor wide = gelu(layer.intermediate(hidden, compute), compute);
    hidden = layer.output_norm(add_dropout(hidden, layer.output(wide, compute), compute), compute);
  }
  return hidden;
}

void Encoder::visit(const Visit& visit) {
  const auto norm = [&](const std::string& name, LayerNorm& value) {
    visit(name + ".weight", value.weight);
    visit(name + ".bias", value.bias);
  };
  const auto dense = [&](const std::string& name, Linear& value) {
    visit(name + ".weight", value.weight);
    visit(name + ".bias", value.bias);
  };
  visit("embeddings.word_embeddings.weight", word_embeddings);
  visit("embeddings.position_embeddings.weight", position_embeddings);
  visit("embeddings.token_type_embeddings.weight", type_embeddings);
  norm("embeddings.LayerNorm", embedding_norm);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string scope = "encoder.layer." + std::to_string(i) + ".";
    EncoderLayer& layer = layers[i];
    dense(scope + "attention.self.qkv", layer.qkv);
    dense(scope + "attention.output.dense", layer.attention_output);
    norm(scope + "attention.output.LayerNorm", layer.attention_norm);
    dense(scope + "intermediate.dense", layer.intermediate);
    dense(scope + "output.dense", layer.output);
    norm(scope + "output.LayerNorm", layer.output_norm);
  }
}

}  // namespace pellucid::train
