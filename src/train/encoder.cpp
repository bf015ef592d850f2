#include "train/encoder.h"

#include "kernels/relative_position.h"

namespace pellucid::train {
namespace {

Linear linear(std::int64_t out, std::int64_t in) {
  return {torch::empty({out, in}), torch::empty({out})};
}

void visit_if_there(const Visit& visit, const std::string& name, torch::Tensor& tensor) {
  if (tensor.defined()) visit(name, tensor);
}

}  // namespace

EmbeddingBlock empty_embedding(const EncoderConfig& config, bool biases) {
  const std::int64_t e = config.embedding_width();
  const auto empty = [](std::int64_t rows, std::int64_t columns) { return torch::empty({rows, columns}); };
  const auto bias = [&](std::int64_t width) { return biases ? torch::empty({width}) : torch::Tensor(); };
  EmbeddingBlock block{empty(config.vocab_size, e),
                       empty(config.max_position_embeddings, e),
                       {},
                       {torch::empty({e}), bias(e), config.layer_norm_eps},
                       config.first_position()};
  if (config.type_vocab_size > 0) block.types = empty(config.type_vocab_size, e);
  if (config.projects()) block.projection = {empty(config.hidden_size, e), bias(config.hidden_size)};
  return block;
}

torch::Tensor empty_relative(const EncoderConfig& config) {
  return config.relative_bias ? torch::empty({kRelativeBuckets, config.num_attention_heads}) : torch::Tensor();
}

void visit_embedding(const Visit& visit, EmbeddingBlock& embedding) {
  visit("embeddings.word_embeddings.weight", embedding.words);
  visit("embeddings.position_embeddings.weight", embedding.positions);
  visit_if_there(visit, "embeddings.token_type_embeddings.weight", embedding.types);
  visit("embeddings.LayerNorm.weight", embedding.norm.weight);
  visit_if_there(visit, "embeddings.LayerNorm.bias", embedding.norm.bias);
  visit_if_there(visit, "embeddings_project.weight", embedding.projection.weight);
  visit_if_there(visit, "embeddings_project.bias", embedding.projection.bias);
}

void visit_relative(const Visit& visit, torch::Tensor& relative) {
  visit_if_there(visit, "encoder.relative_attention_bias.weight", relative);
}

Encoder::Encoder(const EncoderConfig& encoder_config) : config(encoder_config) {
  const std::int64_t d = config.hidden_size;
  const auto norm = [&] { return LayerNorm{torch::empty({d}), torch::empty({d}), config.layer_norm_eps}; };
  embedding = empty_embedding(config);
  relative = empty_relative(config);
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    layers.push_back({{linear(3 * d, d), linear(d, d), norm(), config.num_attention_heads},
                      {linear(config.intermediate_size, d), linear(d, config.intermediate_size), norm()}});
  }
}

torch::Tensor Encoder::embed(const PackedTensors& batch, const Compute& compute) const {
  return embedding(batch, compute);
}

torch::Tensor Encoder::encode(torch::Tensor hidden, const PackedTensors& batch, const Compute& compute) const {
  const torch::Tensor term = relative_term(relative, batch);
  for (const EncoderLayer& layer : layers) {
    hidden = layer.feed_forward(layer.attention(hidden, batch, compute, term).y, compute);
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
  visit_embedding(visit, embedding);
  visit_relative(visit, relative);
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
