#include "checkpoint/encoder_config.h"

#include "checkpoint/config_members.h"
#include "files/json.h"
#include "files/mapped_file.h"

namespace pellucid {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestConfig = std::size_t{64} << 20;
// Far above every encoder; low enough that no product of them overflows.
constexpr std::int64_t kLargestSize = 1 << 24;
// Of positions that no tensor of the file bears out; tables are as long as config.json says.
constexpr std::int64_t kMostComputedPositions = 1 << 20;

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

// Of the encoder that model_type names, or, in a folder of the system "pellucid-…", of the encoder that it was made
// from: kEncoderType names that, BERT where it is left out.
Result<const Architecture*> architecture_of(const json& config, std::string& system, const std::string& where) {
  constexpr std::string_view kSystem = "pellucid-";
  json type = config.value("model_type", json());
  if (type.is_string() && type.get_ref<const std::string&>().starts_with(kSystem)) {
    system = type.get<std::string>().substr(kSystem.size());
    type = config.value(kEncoderType, json(kBert.model_type));
  }
  const Architecture* found = type.is_string() ? find_architecture(type.get<std::string>()) : nullptr;
  if (found != nullptr) return found;
  return fail(ErrorCode::unsupported,
              "expected a \"model_type\" of " + architecture_names() + "; found " +
                  (type.is_null() ? "none" : type.dump()) + ": other encoders are not handled",
              where);
}

}  // namespace

Result<HuggingFaceConfig> read_config(const std::filesystem::path& file) {
  const std::string where = file.string();
  PELLUCID_TRY(const std::string text, read_file(file, kLongestConfig));
  const json config = parse_json(text);
  if (!config.is_object()) return fail(ErrorCode::format, "expected a JSON object, found other JSON, or none", where);

  HuggingFaceConfig result;
  PELLUCID_TRY(const Architecture* architecture, architecture_of(config, result.system, where));
  result.encoder = architecture->otherwise;
  result.encoder.architecture = architecture;
  for (const Architecture::Setting& setting : architecture->settings) {
    const auto found = config.find(setting.key);
    if (found != config.end() && !found->is_null() && *found != json::parse(setting.only)) {
      return fail(ErrorCode::unsupported,
                  "expected \"" + std::string(setting.key) + "\": " + setting.only + ", found " + brief(*found) +
                      "; other models are not handled",
                  where);
    }
  }
  for (const Architecture::Size& size : architecture->sizes) {
    const auto found = config.find(size.key);
    if (found == config.end()) continue;
    if (!found->is_number_unsigned() || *found < size.least || *found > kLargestSize) {
      return fail(ErrorCode::format,
                  "expected a whole number from " + std::to_string(size.least) + " to " + std::to_string(kLargestSize) +
                      " as " + std::string(size.key) + ", found " + brief(*found),
                  where);
    }
    result.encoder.*size.field = found->get<std::int64_t>();
  }
  if (result.encoder.hidden_size % result.encoder.num_attention_heads != 0) {
    return fail(ErrorCode::format,
                "hidden_size " + std::to_string(result.encoder.hidden_size) +
                    " is not a multiple of num_attention_heads " + std::to_string(result.encoder.num_attention_heads),
                where);
  }
  if (result.encoder.max_length() < 1) {
    return fail(ErrorCode::format,
                "max_position_embeddings " + std::to_string(result.encoder.max_position_embeddings) +
                    " leaves no position after that of padding, pad_token_id " +
                    std::to_string(result.encoder.pad_token_id),
                where);
  }
  if (!architecture->epsilon.empty()) {
    PELLUCID_CHECK(read_number(config, architecture->epsilon, 1, where, result.encoder.layer_norm_eps));
  }
  if (architecture->read != nullptr) PELLUCID_CHECK(architecture->read(config, where, result.encoder));
  if (!result.encoder.embeds_positions && result.encoder.max_position_embeddings > kMostComputedPositions) {
    return fail(ErrorCode::limit,
                "expected at most " + std::to_string(kMostComputedPositions) +
                    " as max_position_embeddings where positions are not embedded, found " +
                    std::to_string(result.encoder.max_position_embeddings),
                where);
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
