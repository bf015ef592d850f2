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
  embedding = {torch::empty({config.vocab_size, d}), torch::empty({config.max_position_embeddings, d}),
               torch::empty({config.type_vocab_size, d}), norm()};
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    layers.push_back({{linear(3 * d, d), linear(d, d), norm(), config.num_attention_heads},
                      {linear(config.intermediate_size, d), linear(d, config.intermediate_size), norm()}});
  }
}

torch::Tensor Encoder::embed(const PackedTensors& batch, const Compute& compute) const {
  return embedding(batch, compute);
}

torch::Tensor Encoder::encode(torch::Tensor hidden, const PackedTensors& batch, const Compute& compute) const {
  for (const EncoderLayer& layer : layers) {
    hidden = layer.feed_forward(layer.attention(hidden, batch, compute).y, compute);
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
  visit("embeddings.word_embeddings.weight", embedding.words);
  visit("embeddings.position_embeddings.weight", embedding.positions);
  visit("embeddings.token_type_embeddings.weight", embedding.types);
  norm("embeddings.LayerNorm", embedding.norm);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string scope = "encoder.layer." + std::to_string(i) + ".";
    EncoderLayer& layer = layers[i];
    dense(scope + "attention.self.qkv", layer.attention.qkv);
    dense(scope + "attention.output.dense", layer.attention.output);
    norm(scope + "attention.output.LayerNorm", layer.attention.norm);
    dense(scope + "intermediate.dense", layer.feed_forward.intermediate);
    dense(scope + "output.dense", layer.feed_forward.output);
    norm(scope + "output.LayerNorm", layer.feed_forward.norm);
  }
}

}  // namespace pellucid::train
