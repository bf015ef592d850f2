#include "runtime/model.h"

#include <cmath>

namespace pellucid {

// Reads tensors by name; the first error stays and later reads give nothing.
struct Model::Reader {
  Model& model;
  Precision precision;
  Result<void> status = {};

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
  LayerNormWeights norm(const std::string& name, const EncoderConfig& config) {
    return {tensor(name + ".weight", {config.hidden_size}), tensor(name + ".bias", {config.hidden_size}),
            static_cast<float>(config.layer_norm_eps)};
  }

  Encoder::Layer layer(const std::string& scope, const EncoderConfig& config) {
    const std::int64_t d = config.hidden_size;
    const std::string self = scope + "attention.self.";
    return {.attention = {linear({part(self + "query", d, d), part(self + "key", d, d), part(self + "value", d, d)}),
                          linear({part(scope + "attention.output.dense", d, d)}),
                          norm(scope + "attention.output.LayerNorm", config), config.num_attention_heads},
            .feed_forward = {linear({part(scope + "intermediate.dense", config.intermediate_size, d)}),
                             linear({part(scope + "output.dense", d, config.intermediate_size)}),
                             norm(scope + "output.LayerNorm", config)}};
  }

  Encoder encoder(const std::string& prefix, const EncoderConfig& config) {
    const std::string scope = prefix + "embeddings.";
    const std::int64_t d = config.hidden_size;
    Encoder encoder{.embeddings = {tensor(scope + "word_embeddings.weight", {config.vocab_size, d}),
                                   tensor(scope + "position_embeddings.weight", {config.max_position_embeddings, d}),
                                   tensor(scope + "token_type_embeddings.weight", {config.type_vocab_size, d})},
                    .embedding_norm = norm(scope + "LayerNorm", config),
                    .layers = {}};
    if (!status) return encoder;
    encoder.embeddings.type = encoder.embeddings.type.first(static_cast<std::size_t>(d));
    for (std::int64_t l = 0; l < config.num_hidden_layers && status; ++l) {
      encoder.layers.push_back(layer(prefix + "encoder.layer." + std::to_string(l) + ".", config));
    }
    return encoder;
  }

  ClassWeights classifier(const std::string& weight, const std::string& bias, std::int64_t classes, std::int64_t d) {
    const Linear::Part found = part(weight, bias, classes, d);
    return {found.weight, found.bias};
  }

  TokenHead token_head(Adjust adjust, std::int64_t classes, const EncoderConfig& config) {
    using namespace head_tensors;
    const std::int64_t d = config.hidden_size;
    TokenHead head;
    head.adjust = adjust;
    head.classifier = classifier(kClassifierWeight, kClassifierBias, classes, d);
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

  PoolerHead pooler_head(const std::string& prefix, std::int64_t classes, const EncoderConfig& config) {
    const std::int64_t d = config.hidden_size;
    return {linear({part(prefix + "pooler.dense", d, d)}),
            classifier("classifier.weight", "classifier.bias", classes, d)};
  }
};

Result<std::unique_ptr<Model>> Model::load(const ModelFolder& folder, Precision precision) {
  if (!folder.head) {
    return fail(ErrorCode::unsupported,
                "expected a trained classifier, found an encoder without one; train it first: "
                "pellucid train --data FILE --model " +
                    folder.path.string() + " --out FOLDER",
                folder.path.string());
  }
  PELLUCID_TRY(SafetensorsFile file, SafetensorsFile::open(folder.path / "model.safetensors"));
  std::unique_ptr<Model> model(new Model(std::move(file)));
  model->hidden_size = static_cast<std::size_t>(folder.encoder.hidden_size);
  model->classes = folder.head->labels.size();
  const auto classes = static_cast<std::int64_t>(model->classes);
  Reader reader{*model, precision};
  model->encoder = reader.encoder(folder.tensor_prefix, folder.encoder);
  if (folder.head->adjust == Adjust::pooler) {
    model->head = reader.pooler_head(folder.tensor_prefix, classes, folder.encoder);
  } else {
    model->head = reader.token_head(folder.head->adjust, classes, folder.encoder);
  }
  PELLUCID_CHECK(std::move(reader.status));
  return model;
}

}  // namespace pellucid
