#include "runtime/model.h"

#include <cmath>
#include <map>

#include "kernels/rotary.h"

#include "checkpoint/classifier_folder.h"
#include "files/sha256.h"

namespace pellucid {

// Reads tensors by name; the first error stays and later reads give nothing.
struct Model::Reader {
  Model& model;
  const ModelFolder& folder;
  Precision precision;
  Result<void> status = {};
  std::map<double, std::span<const float>> rotary_tables = {};  // by θ

  const EncoderConfig& config = folder.encoder;
  const std::int64_t d = config.hidden_size;

  std::span<const float> tensor(const std::string& name, const std::vector<std::int64_t>& shape) {
    if (!status) return {};
    std::vector<float> copy;
    Result<std::span<const float>> values = model.file_.floats(name, shape, copy);
    if (!values) {
      status = tl::unexpected(values.error());
      return {};
    }
    if (copy.empty()) return *values;
    return model.copies_.emplace_back(std::move(copy));
  }

  Linear::Part part(const std::string& weight, const std::string& bias, std::int64_t out, std::int64_t in) {
    return {tensor(weight, {out, in}), tensor(bias, {out})};
  }
  Linear::Part part(const std::string& name, std::int64_t out, std::int64_t in) {
    return part(name + ".weight", name + ".bias", out, in);
  }
  Linear linear(std::vector<Linear::Part> parts) {
    static constexpr float kNothing[1] = {};  // in place of what could not be read: never used
    if (!status) return {std::vector<Linear::Part>{{kNothing, kNothing}}, precision};
    return {std::move(parts), precision};
  }
  // A bias, or zeros in place of one that the architecture does not have.
  std::span<const float> bias(const std::string& name, std::int64_t width, bool there) {
    if (there) return tensor(name + ".bias", {width});
    return model.copies_.emplace_back(static_cast<std::size_t>(width), 0.0F);
  }
  LayerNormWeights norm(const std::string& name, std::int64_t width, bool biased = true) {
    return {tensor(name + ".weight", {width}), bias(name, width, biased), static_cast<float>(config.layer_norm_eps)};
  }

  // Of the encoder, by BERT's names.
  std::string own(const std::string& bert) const { return folder.encoder_tensor(bert); }
  Linear::Part own_part(const std::string& bert, std::int64_t out, std::int64_t in, bool biased = true) {
    return {tensor(own(bert) + ".weight", {out, in}), bias(own(bert), out, biased)};
  }
  LayerNormWeights own_norm(const std::string& bert, std::int64_t width) {
    return norm(own(bert), width, config.norm_bias);
  }

  Linear qkv(const std::string& self) {
    const bool biased = config.attention_bias;
    if (!config.architecture->fused_qkv) {
      return linear({own_part(self + "query", d, d, biased), own_part(self + "key", d, d, biased),
                     own_part(self + "value", d, d, biased)});
    }
    const Linear::Part all = own_part(self + "qkv", 3 * d, d, biased);
    std::vector<Linear::Part> parts;
    for (std::size_t p = 0; p < 3 && status; ++p) {
      const auto rows = static_cast<std::size_t>(d);
      parts.push_back({all.weight.subspan(p * rows * rows, rows * rows), all.bias.subspan(p * rows, rows)});
    }
    return linear(std::move(parts));
  }

  // The embeddings of relative positions, as the layers project them. [R, d]
  std::span<const float> relative_embeddings() {
    if (config.relative_rows == 0) return {};
    const std::span<const float> table = tensor(own("encoder.rel_embeddings.weight"), {config.relative_rows, d});
    if (!config.relative_norm) return table;
    const LayerNormWeights weights = norm(own("encoder.LayerNorm"), d);
    if (!status) return {};
    std::vector<float> sum(table.begin(), table.end());
    std::vector<float>& normed = model.copies_.emplace_back(table.size());
    layer_norm_forward(weights, {}, sum, normed);
    return normed;
  }

  // A layer's own keys and queries of them, by its projections of tokens.
  Disentangled disentangled(const std::string& self, std::span<const float> embeddings) {
    if (embeddings.empty() || !status) return {};
    const auto projected = [&](const char* part) -> std::span<const float> {
      const Linear::Part weights = own_part(self + part, d, d);
      if (!status) return {};
      std::vector<float>& rows = model.copies_.emplace_back(embeddings.size());
      Linear({weights}, Precision::fp32).forward(embeddings, std::span(rows));
      return rows;
    };
    const std::int64_t reach = config.max_length() - 1;
    if (model.places_.empty()) {
      model.places_ = disentangled_places(config.position_buckets, config.max_relative_positions, reach);
    }
    const std::span<const float> keys = projected("key");
    return {keys, projected("query"), model.places_, reach};
  }

  // Tables of the two kinds of layers, each made once.
  std::span<const float> rotary(double theta) {
    if (theta == 0 || !status) return {};
    std::span<const float>& table = rotary_tables[theta];
    if (table.empty()) {
      table = model.copies_.emplace_back(
          rotary_table(d / config.num_attention_heads, config.max_position_embeddings, theta));
    }
    return table;
  }

  Encoder::Layer layer(std::int64_t l, const RelativeBias& everywhere, std::span<const float> relative_embeddings) {
    const std::string scope = "encoder.layer." + std::to_string(l) + ".";
    const bool local = config.is_local(l);
    RelativeBias relative = everywhere;
    if (local) relative.window = config.local_attention / 2;
    relative.disentangled = disentangled(scope + "attention.self.", relative_embeddings);
    const bool normed = !config.pre_norm || l > 0;
    const std::int64_t wide = config.intermediate_size;
    return {
        .attention = {.qkv = qkv(scope + "attention.self."),
                      .output = linear({own_part(scope + "attention.output.dense", d, d, config.attention_bias)}),
                      .norm = normed ? own_norm(scope + "attention.output.LayerNorm", d) : LayerNormWeights(),
                      .heads = config.num_attention_heads,
                      .relative = relative,
                      .pre_norm = config.pre_norm,
                      .rotary = rotary(local ? config.local_rotary_theta : config.rotary_theta)},
        .feed_forward = {.intermediate = linear({own_part(scope + "intermediate.dense", config.gated ? 2 * wide : wide,
                                                          d, config.feed_forward_bias)}),
                         .output = linear({own_part(scope + "output.dense", d, wide, config.feed_forward_bias)}),
                         .norm = own_norm(scope + "output.LayerNorm", d),
                         .pre_norm = config.pre_norm,
                         .gated = config.gated}};
  }

  EmbeddingTables embeddings() {
    const std::int64_t e = config.embedding_width();
    const auto table = [&](const char* name, std::int64_t rows) {
      return tensor(own(std::string("embeddings.") + name + "_embeddings.weight"), {rows, e});
    };
    EmbeddingTables tables{table("word", config.vocab_size), {}, {}};
    if (config.embeds_positions) tables.positions = table("position", config.max_position_embeddings);
    if (config.type_vocab_size > 0) tables.type = table("token_type", config.type_vocab_size);
    if (!status) return {};
    if (config.embeds_positions) {
      tables.positions = tables.positions.subspan(static_cast<std::size_t>(config.first_position() * e));
    }
    if (!tables.type.empty()) tables.type = tables.type.first(static_cast<std::size_t>(e));
    return tables;
  }

  RelativeBias relative_bias() {
    if (!config.relative_bias) return {};
    const std::span<const float> table =
        tensor(own("encoder.relative_attention_bias.weight"), {kRelativeBuckets, config.num_attention_heads});
    if (!status) return {};
    const std::int64_t reach = config.max_length() - 1;
    return {model.copies_.emplace_back(relative_values(table, config.num_attention_heads, reach)), reach};
  }

  Encoder encoder() {
    const std::int64_t e = config.embedding_width();
    Encoder encoder{.embeddings = embeddings(),
                    .embedding_norm = own_norm("embeddings.LayerNorm", e),
                    .projection = std::nullopt,
                    .layers = {},
                    .last_norm = std::nullopt};
    if (config.projects()) encoder.projection = linear({own_part("embeddings_project", d, e)});
    const RelativeBias relative = relative_bias();
    const std::span<const float> embeddings = relative_embeddings();
    for (std::int64_t l = 0; l < config.num_hidden_layers && status; ++l) {
      encoder.layers.push_back(layer(l, relative, embeddings));
    }
    if (config.pre_norm) encoder.last_norm = own_norm("encoder.final_LayerNorm", d);
    return encoder;
  }

  ClassWeights classifier(const std::string& weight, const std::string& bias, std::int64_t classes) {
    const Linear::Part found = part(weight, bias, classes, d);
    return {found.weight, found.bias};
  }

  TokenHead token_head(Adjust adjust, std::int64_t classes) {
    using namespace head_tensors;
    TokenHead head;
    head.adjust = adjust;
    head.classifier = classifier(kClassifierWeight, kClassifierBias, classes);
    if (adjust == Adjust::none) return head;
    head.context.emplace(
        linear({part(kQueryWeight, kQueryBias, d, d), part(kKeyWeight, kKeyBias, d, d),
                part(kValueWeight, kValueBias, d, d)}),
        linear({part(kOutputWeight, kOutputBias, d, d)}),
        LayerNormWeights{tensor(kNormWeight, {d}), tensor(kNormBias, {d}), static_cast<float>(config.layer_norm_eps)},
        config.num_attention_heads);
    const std::span<const float> mixing = tensor(kMixing, {1});
    const std::span<const float> log_temperature = tensor(kLogTemperature, {1});
    if (!status) return head;
    head.lambda = 1.0F / (1.0F + std::exp(-mixing[0]));
    head.temperature = std::exp(log_temperature[0]);
    return head;
  }

  PoolerHead pooler_head(std::int64_t classes) {
    const Architecture::Head& head = config.architecture->head;
    const std::string name(head.classifier);
    const std::string dense(head.dense);
    PoolerHead result{linear({{tensor(dense + ".weight", {d, d}), bias(dense, d, config.head_bias)}}), head.activation,
                      classifier(name + ".weight", name + ".bias", classes), config.pooling};
    if (!head.norm.empty()) result.norm = norm(std::string(head.norm), d, config.norm_bias);
    return result;
  }
};

Result<std::unique_ptr<Model>> Model::load(const ModelFolder& folder, Precision precision, FileBytes weights) {
  PELLUCID_CHECK(check_classifier(folder));
  const std::filesystem::path path = folder.path / "model.safetensors";
  PELLUCID_TRY(SafetensorsFile file, SafetensorsFile::open(path, weights));
  if (weights == FileBytes::copied) {
    const std::string_view copy(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
    if (const std::string hash = sha256(copy); hash != folder.weights_sha256) {
      return fail(ErrorCode::format,
                  "expected the weights that were hashed when the folder was opened, SHA-256 " + folder.weights_sha256 +
                      ", found " + hash + "; another program writes them: load the model again when that is done",
                  path.string());
    }
  }
  std::unique_ptr<Model> model(new Model(std::move(file)));
  model->hidden_size = static_cast<std::size_t>(folder.encoder.hidden_size);
  model->classes = folder.head->labels.size();
  const auto classes = static_cast<std::int64_t>(model->classes);
  Reader reader{*model, folder, precision};
  model->encoder = reader.encoder();
  if (folder.head->adjust == Adjust::pooler) {
    model->head = reader.pooler_head(classes);
  } else {
    model->head = reader.token_head(folder.head->adjust, classes);
  }
  PELLUCID_CHECK(std::move(reader.status));
  return model;
}

}  // namespace pellucid
