#include "runtime/model.h"

#include <cmath>

#include "checkpoint/classifier_folder.h"

namespace pellucid {

// Reads tensors by name; the first error stays and later reads give nothing.
struct Model::Reader {
  Model& model;
  const ModelFolder& folder;
  Precision precision;
  Result<void> status = {};

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
  LayerNormWeights norm(const std::string& name, std::int64_t width) {
    return {tensor(name + ".weight", {width}), tensor(name + ".bias", {width}),
            static_cast<float>(config.layer_norm_eps)};
  }

  // Of the encoder, by BERT's names.
  std::string own(const std::string& bert) const { return folder.encoder_tensor(bert); }
  Linear::Part own_part(const std::string& bert, std::int64_t out, std::int64_t in) { return part(own(bert), out, in); }

  Encoder::Layer layer(const std::string& scope, const RelativeBias& relative) {
    const std::string self = scope + "attention.self.";
    return {.attention = {linear({own_part(self + "query", d, d), own_part(self + "key", d, d),
                                  own_part(self + "value", d, d)}),
                          linear({own_part(scope + "attention.output.dense", d, d)}),
                          norm(own(scope + "attention.output.LayerNorm"), d), config.num_attention_heads, relative},
            .feed_forward = {linear({own_part(scope + "intermediate.dense", config.intermediate_size, d)}),
                             linear({own_part(scope + "output.dense", d, config.intermediate_size)}),
                             norm(own(scope + "output.LayerNorm"), d)}};
  }

  EmbeddingTables embeddings() {
    const std::int64_t e = config.embedding_width();
    const auto table = [&](const char* name, std::int64_t rows) {
      return tensor(own(std::string("embeddings.") + name + "_embeddings.weight"), {rows, e});
    };
    EmbeddingTables tables{table("word", config.vocab_size), table("position", config.max_position_embeddings), {}};
    if (config.type_vocab_size > 0) tables.type = table("token_type", config.type_vocab_size);
    if (!status) return {};
    tables.positions = tables.positions.subspan(static_cast<std::size_t>(config.first_position() * e));
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
                    .embedding_norm = norm(own("embeddings.LayerNorm"), e),
                    .projection = std::nullopt,
                    .layers = {}};
    if (config.projects()) encoder.projection = linear({own_part("embeddings_project", d, e)});
    const RelativeBias relative = relative_bias();
    for (std::int64_t l = 0; l < config.num_hidden_layers && status; ++l) {
      encoder.layers.push_back(layer("encoder.layer." + std::to_string(l) + ".", relative));
    }
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
    return {linear({part(std::string(head.dense), d, d)}), head.activation,
            classifier(name + ".weight", name + ".bias", classes)};
  }
};

Result<std::unique_ptr<Model>> Model::load(const ModelFolder& folder, Precision precision) {
  PELLUCID_CHECK(check_classifier(folder));
  PELLUCID_TRY(SafetensorsFile file, SafetensorsFile::open(folder.path / "model.safetensors"));
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
