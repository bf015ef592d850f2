#include "train/encoder.h"

#include "kernels/relative_position.h"
#include "kernels/rotary.h"
#include "train/attention.h"

namespace pellucid::train {
namespace {

Linear linear(std::int64_t out, std::int64_t in, bool biased) {
  return {torch::empty({out, in}), biased ? torch::empty({out}) : torch::Tensor()};
}

// The table of local or of global layers; undefined where positions have embeddings.
torch::Tensor rotary(const EncoderConfig& config, bool local) {
  if (config.rotary_theta == 0) return {};
  const std::int64_t head_size = config.hidden_size / config.num_attention_heads;
  const std::int64_t positions = config.max_position_embeddings;
  return torch::tensor(rotary_table(head_size, positions, local ? config.local_rotary_theta : config.rotary_theta))
      .view({positions, head_size});
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
                       {},
                       {},
                       {torch::empty({e}), bias(e), config.layer_norm_eps},
                       config.first_position()};
  if (config.embeds_positions) block.positions = empty(config.max_position_embeddings, e);
  if (config.type_vocab_size > 0) block.types = empty(config.type_vocab_size, e);
  if (config.projects()) block.projection = {empty(config.hidden_size, e), bias(config.hidden_size)};
  return block;
}

torch::Tensor empty_relative(const EncoderConfig& config) {
  return config.relative_bias ? torch::empty({kRelativeBuckets, config.num_attention_heads}) : torch::Tensor();
}

void visit_embedding(const Visit& visit, EmbeddingBlock& embedding) {
  visit("embeddings.word_embeddings.weight", embedding.words);
  visit_if_there(visit, "embeddings.position_embeddings.weight", embedding.positions);
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
  const std::int64_t wide = config.intermediate_size;
  const auto norm = [&] {
    return LayerNorm{torch::empty({d}), config.norm_bias ? torch::empty({d}) : torch::Tensor(), config.layer_norm_eps};
  };
  embedding = empty_embedding(config, config.norm_bias);
  relative = empty_relative(config);
  if (config.relative_rows > 0) positions = torch::empty({config.relative_rows, d});
  if (config.relative_norm) positions_norm = norm();
  const torch::Tensor tables[] = {rotary(config, false), rotary(config, true)};
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    const bool local = config.is_local(i);
    layers.push_back(
        {.attention = {.qkv = linear(3 * d, d, config.attention_bias),
                       .output = linear(d, d, config.attention_bias),
                       .norm = !config.pre_norm || i > 0 ? norm() : LayerNorm(),
                       .heads = config.num_attention_heads,
                       .pre_norm = config.pre_norm,
                       .window = local ? config.local_attention / 2 : RelativeBias::kWholeText,
                       .rotary = tables[local ? 1 : 0]},
         .feed_forward = {.intermediate = linear(config.gated ? 2 * wide : wide, d, config.feed_forward_bias),
                          .output = linear(d, wide, config.feed_forward_bias),
                          .norm = norm(),
                          .pre_norm = config.pre_norm,
                          .gated = config.gated}});
  }
  if (config.pre_norm) last_norm = norm();
}

torch::Tensor Encoder::embed(const PackedTensors& batch, const Compute& compute) const {
  return embedding(batch, compute);
}

torch::Tensor Encoder::encode(torch::Tensor hidden, const PackedTensors& batch, const Compute& compute) const {
  const torch::Tensor term = relative_term(relative, batch);
  RelativePositions apart;
  if (positions.defined()) {
    apart.embeddings = positions_norm.weight.defined() ? positions_norm(positions, compute) : positions;
    apart.places = relative_places(config, batch);
  }
  for (const EncoderLayer& layer : layers) {
    hidden = layer.feed_forward(layer.attention(hidden, batch, compute, term, apart).y, compute);
  }
  return last_norm.weight.defined() ? last_norm(hidden, compute) : hidden;
}

void Encoder::visit(const Visit& visit) {
  const auto both = [&](const std::string& name, auto& value) {
    visit_if_there(visit, name + ".weight", value.weight);
    visit_if_there(visit, name + ".bias", value.bias);
  };
  visit_embedding(visit, embedding);
  visit_relative(visit, relative);
  visit_if_there(visit, "encoder.rel_embeddings.weight", positions);
  both("encoder.LayerNorm", positions_norm);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string scope = "encoder.layer." + std::to_string(i) + ".";
    EncoderLayer& layer = layers[i];
    both(scope + "attention.self.qkv", layer.attention.qkv);
    both(scope + "attention.output.dense", layer.attention.output);
    both(scope + "attention.output.LayerNorm", layer.attention.norm);
    both(scope + "intermediate.dense", layer.feed_forward.intermediate);
    both(scope + "output.dense", layer.feed_forward.output);
    both(scope + "output.LayerNorm", layer.feed_forward.norm);
  }
  both("encoder.final_LayerNorm", last_norm);
}

}  // namespace pellucid::train
