#include "checkpoint/description.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "files/atomic_file.h"
#include "files/mapped_file.h"
#include "files/sha256.h"
#include "version/version.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kSchema = "pellucid.model/1";
constexpr std::size_t kLongestDescription = std::size_t{64} << 20;
constexpr const char* kTokenizerFiles[] = {"tokenizer.json", "tokenizer_config.json", "vocab.txt",
                                           "special_tokens_map.json", "added_tokens.json"};

// null where `object` is no object or has no such member.
json member(const json& object, const char* name) {
  return object.is_object() && object.contains(name) ? object[name] : json();
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<void> copy_if_there(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  if (!fs::exists(from, failure)) return {};
  PELLUCID_TRY(const std::string content, read_file(from));
  return write_file(to, content);
}

// With the members of `changed`, a JSON object as text, in place of its own; as it is where there are none.
Result<void> copy_config(const fs::path& from, const fs::path& to, const std::string& changed) {
  const ordered_json members = ordered_json::parse(changed, nullptr, false);
  if (!members.is_object()) return fail(ErrorCode::format, "expected members of config.json as a JSON object");
  if (members.empty()) return copy_if_there(from, to);
  PELLUCID_TRY(const std::string content, read_file(from));
  ordered_json config = ordered_json::parse(content, nullptr, false);
  if (!config.is_object()) return fail(ErrorCode::format, "expected a JSON object", from.string());
  config.update(members);
  return write_file(to, config.dump(2) + "\n");
}

}  // namespace

Result<LabelSet> checked_labels(std::vector<std::string> names, const std::string& where) {
  if (names.size() < 2) {
    return fail(ErrorCode::format, "expected two labels or more, found " + std::to_string(names.size()), where);
  }
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  if (sorted.front().empty()) return fail(ErrorCode::format, "expected labels with a name, found an empty one", where);
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
    return fail(ErrorCode::format, "expected distinct labels, found \"" + *twice + "\" twice", where);
  }
  return LabelSet(std::move(names));
}

Result<ModelDescription> read_description(const fs::path& file) {
  const std::string where = file.string();
  PELLUCID_TRY(const std::string text, read_file(file, kLongestDescription));
  const json description = json::parse(text, nullptr, false);
  if (!description.is_object()) return fail(ErrorCode::format, "expected a JSON object", where);
  const auto expected = [&](const std::string& what) { return fail(ErrorCode::format, "expected " + what, where); };

  const json schema = member(description, "schema");
  if (schema != kSchema) {
    return fail(ErrorCode::unsupported,
                std::string("expected \"schema\": \"") + kSchema + "\", found " + schema.dump() +
                    "; was the model written by another version of pellucid?",
                where);
  }
  const json labels = member(description, "labels");
  if (!labels.is_array() || !std::all_of(labels.begin(), labels.end(), [](const json& l) { return l.is_string(); })) {
    return expected("\"labels\": a list of strings, found " + labels.dump());
  }
  ModelDescription result;
  PELLUCID_TRY(result.head.labels, checked_labels(labels.get<std::vector<std::string>>(), where));

  const json adjust = member(member(description, "head"), "adjust");
  if (!adjust.is_string()) return expected("\"head\": {\"adjust\": …}, found " + adjust.dump());
  Result<Adjust> known = adjust_from_name(adjust.get<std::string>());
  if (!known) return fail(ErrorCode::unsupported, "head: " + known.error().message, where);
  result.head.adjust = *known;

  const json max_length = member(description, "max_length");
  if (!max_length.is_number_unsigned())
    return expected("\"max_length\": a number of tokens, found " + max_length.dump());
  result.max_length = max_length.get<std::size_t>();

  const json hash = member(member(description, "weights"), "sha256");
  if (!hash.is_string() || !is_sha256(hash.get<std::string>())) {
    return expected("\"weights\": {\"sha256\": 64 hexadecimal digits}, found " + hash.dump());
  }
  result.weights_sha256 = hash.get<std::string>();
  return result;
}

Result<void> write_model_description(const fs::path& folder, const ModelFolder& encoder, const HeadConfig& head,
                                     std::size_t max_length, const std::string& training, const std::string& config) {
  std::error_code failure;
  if (!fs::equivalent(folder, encoder.path, failure)) {
    PELLUCID_CHECK(copy_config(encoder.path / kConfigFile, folder / kConfigFile, config));
    for (const char* name : kTokenizerFiles) PELLUCID_CHECK(copy_if_there(encoder.path / name, folder / name));
  }
  PELLUCID_TRY(const std::string hash, sha256_file(folder / kWeightsFile));
  const ordered_json kept = ordered_json::parse(training, nullptr, false);
  if (!kept.is_object())
    return fail(ErrorCode::format, "expected the training record as a JSON object", folder.string());

  ordered_json description;
  description["schema"] = kSchema;
  description["version"] = version();
  description["labels"] = head.labels.names();
  description["head"]["adjust"] = name_of(head.adjust);
  description["max_length"] = max_length;
  description["weights"]["sha256"] = hash;
  description["training"] = kept;
  return write_file(folder / kDescriptionFile, description.dump(2) + "\n");
}

}  // namespace pellucid
