#include "checkpoint/encoder_config.h"

#include <nlohmann/json.hpp>

#include "files/mapped_file.h"

namespace pellucid {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestConfig = std::size_t{64} << 20;
// Far above every BERT; low enough that no product of them overflows.
constexpr std::int64_t kLargestSize = 1 << 24;

// A whole number from 1, or the class's default where the file leaves it out.
struct Size {
  const char* name;
  std::int64_t EncoderConfig::* field;
  std::int64_t otherwise;  // transformers' BertConfig
};

constexpr Size kSizes[] = {{"vocab_size", &EncoderConfig::vocab_size, 30522},
                           {"hidden_size", &EncoderConfig::hidden_size, 768},
                           {"num_hidden_layers", &EncoderConfig::num_hidden_layers, 12},
                           {"num_attention_heads", &EncoderConfig::num_attention_heads, 12},
                           {"intermediate_size", &EncoderConfig::intermediate_size, 3072},
                           {"max_position_embeddings", &EncoderConfig::max_position_embeddings, 512},
                           {"type_vocab_size", &EncoderConfig::type_vocab_size, 2}};

// Settings that change the computation: absent, or exactly this.
struct Setting {
  const char* name;
  json only;
};

// "LABEL_0" and so on by number: the ids are the keys, as text, and must be 0 … C - 1.
Result<std::vector<std::string>> labels_of(const json& id2label, const std::string& where) {
  const auto bad = [&](const std::string& found) {
    return fail(ErrorCode::format, "id2label: expected the ids 0, 1, … each with its label, found " + found, where);
  };
  if (!id2label.is_object()) return bad(id2label.type_name());
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < id2label.size(); ++i) {
    const auto label = id2label.find(std::to_string(i));
    if (label == id2label.end()) return bad("no id " + std::to_string(i));
    if (!label->is_string()) return bad(std::string("a label that is ") + label->type_name());
    labels.push_back(label->get<std::string>());
  }
  return labels;
}

}  // namespace

Result<HuggingFaceConfig> read_config(const std::filesystem::path& file) {
  const std::string where = file.string();
  PELLUCID_TRY(const std::string text, read_file(file, kLongestConfig));
  const json config = json::parse(text, nullptr, false);
  if (!config.is_object()) return fail(ErrorCode::format, "expected a JSON object", where);

  const auto type = config.find("model_type");
  if (type == config.end()) {
    return fail(ErrorCode::unsupported, "expected \"model_type\": \"bert\", found no model_type", where);
  }
  HuggingFaceConfig result;
  constexpr std::string_view kSystem = "pellucid-";
  if (type->is_string() && type->get_ref<const std::string&>().starts_with(kSystem)) {
    result.system = type->get<std::string>().substr(kSystem.size());
  }
  const Setting settings[] = {{"model_type", result.system.empty() ? json("bert") : *type},
                              {"hidden_act", "gelu"},
                              {"position_embedding_type", "absolute"},
                              {"is_decoder", false},
                              {"is_encoder_decoder", false},
                              {"add_cross_attention", false},
                              {"pruned_heads", json::object()}};
  for (const Setting& setting : settings) {
    const auto found = config.find(setting.name);
    if (found != config.end() && !found->is_null() && *found != setting.only) {
      return fail(ErrorCode::unsupported,
                  std::string("expected \"") + setting.name + "\": " + setting.only.dump() + ", found " +
                      found->dump() + "; other models are not handled",
                  where);
    }
  }

  for (const Size& size : kSizes) {
    const auto found = config.find(size.name);
    if (found != config.end() && (!found->is_number_unsigned() || *found == 0 || *found > kLargestSize)) {
      return fail(ErrorCode::format,
                  std::string("expected a whole number from 1 to ") + std::to_string(kLargestSize) + " as " +
                      size.name + ", found " + found->dump(),
                  where);
    }
    result.encoder.*size.field = found == config.end() ? size.otherwise : found->get<std::int64_t>();
  }
  if (result.encoder.hidden_size % result.encoder.num_attention_heads != 0) {
    return fail(ErrorCode::format,
                "hidden_size " + std::to_string(result.encoder.hidden_size) +
                    " is not a multiple of num_attention_heads " + std::to_string(result.encoder.num_attention_heads),
                where);
  }
  if (const auto found = config.find("layer_norm_eps"); found != config.end()) {
    if (!found->is_number() || !(found->get<double>() > 0) || found->get<double>() > 1) {
      return fail(ErrorCode::format, "expected a positive number as layer_norm_eps, found " + found->dump(), where);
    }
    result.encoder.layer_norm_eps = found->get<double>();
  }
  if (const auto found = config.find("architectures"); found != config.end() && found->is_array()) {
    for (const json& name : *found) {
      if (name.is_string()) result.architectures.push_back(name.get<std::string>());
    }
  }
  if (const auto found = config.find("id2label"); found != config.end() && !found->is_null()) {
    PELLUCID_TRY(result.labels, labels_of(*found, where));
  }
  if (const auto found = config.find("problem_type"); found != config.end() && found->is_string()) {
    result.problem_type = found->get<std::string>();
  }
  return result;
}

}  // namespace pellucid
