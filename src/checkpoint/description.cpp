#include "checkpoint/description.h"

#include <algorithm>
#include <system_error>

#include "checkpoint/classifier_folder.h"
#include "checkpoint/model_place.h"
#include "files/atomic_file.h"
#include "files/json.h"
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
constexpr const char* kFiles = "files";
constexpr const char* kOwnHash = "sha256";

// null where `object` is no object or has no such member.
json member(const json& object, const char* name) {
  return object.is_object() && object.contains(name) ? object[name] : json();
}

// Of the description without this hash itself, keys sorted, no white space.
std::string own_hash(json description) {
  description.erase(kOwnHash);
  return sha256(description.dump());
}

// SHA-256 of each file beside the weights that is there.
Result<std::map<std::string, std::string>> hash_files(const fs::path& folder) {
  std::map<std::string, std::string> hashes;
  std::error_code failure;
  const auto add = [&](const char* name) -> Result<void> {
    if (!fs::exists(folder / name, failure)) return {};
    PELLUCID_TRY(hashes[name], sha256_file(folder / name));
    return {};
  };
  PELLUCID_CHECK(add(kConfigFile));
  for (const char* name : kTokenizerFiles) PELLUCID_CHECK(add(name));
  return hashes;
}

Result<void> copy_if_there(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  if (!fs::exists(from, failure)) return {};
  PELLUCID_TRY(const std::string content, read_file(from));
  return write_file(to, content);
}

constexpr const char* kNoObject = "expected a JSON object, found other JSON, or none";

// With the members of `changed`, a JSON object as text, in place of its own; as it is where there are none.
Result<void> copy_config(const fs::path& from, const fs::path& to, const std::string& changed) {
  const ordered_json members = parse_json<ordered_json>(changed);
  if (!members.is_object()) return fail(ErrorCode::format, "expected members of config.json as a JSON object");
  if (members.empty()) return copy_if_there(from, to);
  PELLUCID_TRY(const std::string content, read_file(from));
  ordered_json config = parse_json<ordered_json>(content);
  if (!config.is_object()) return fail(ErrorCode::format, kNoObject, from.string());
  config.update(members);
  return write_file(to, config.dump(2) + "\n");
}

}  // namespace

Result<std::map<std::string, std::string>> hashes_beside_weights(const std::string& name_or_path) {
  PELLUCID_TRY(const fs::path folder, find_model(name_or_path));
  PELLUCID_TRY(auto hashes, hash_files(folder));
  if (fs::exists(folder / kDescriptionFile)) {
    PELLUCID_TRY(hashes[kDescriptionFile], sha256_file(folder / kDescriptionFile));
  }
  return hashes;
}

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
  const json description = parse_json(text);
  if (!description.is_object()) return fail(ErrorCode::format, kNoObject, where);
  const auto expected = [&](const std::string& what) { return fail(ErrorCode::format, "expected " + what, where); };

  const json schema = member(description, "schema");
  if (schema != kSchema) {
    return fail(ErrorCode::unsupported,
                std::string("expected \"schema\": \"") + kSchema + "\", found " + brief(schema) +
                    "; was the model written by another version of pellucid?",
                where);
  }
  const json labels = member(description, "labels");
  if (!labels.is_array() || !std::all_of(labels.begin(), labels.end(), [](const json& l) { return l.is_string(); })) {
    return expected("\"labels\": a list of strings, found " + brief(labels));
  }
  ModelDescription result;
  PELLUCID_TRY(result.head.labels, checked_labels(labels.get<std::vector<std::string>>(), where));

  const json adjust = member(member(description, "head"), "adjust");
  if (!adjust.is_string()) return expected("\"head\": {\"adjust\": …}, found " + brief(adjust));
  Result<Adjust> known = adjust_from_name(adjust.get<std::string>());
  if (!known) return fail(ErrorCode::unsupported, "head: " + known.error().message, where);
  result.head.adjust = *known;

  const json max_length = member(description, "max_length");
  if (!max_length.is_number_unsigned())
    return expected("\"max_length\": a number of tokens, found " + brief(max_length));
  result.max_length = max_length.get<std::size_t>();

  const json hash = member(member(description, "weights"), "sha256");
  if (!hash.is_string() || !is_sha256(hash.get<std::string>())) {
    return expected("\"weights\": {\"sha256\": 64 hexadecimal digits}, found " + brief(hash));
  }
  result.weights_sha256 = hash.get<std::string>();

  // Models of the first versions have neither; one alone is a file that was damaged.
  const json files = member(description, kFiles);
  const json recorded = member(description, kOwnHash);
  if (files.is_null() && recorded.is_null()) return result;
  if (recorded != own_hash(description)) {
    return expected(std::string("the file as it was written, with \"") + kOwnHash + "\": " + own_hash(description) +
                    ", found " + brief(recorded) + "; copy the model folder again (who changes the file on purpose " +
                    "takes \"" + kFiles + "\" and \"" + kOwnHash + "\" out)");
  }
  if (!files.is_object()) return expected("\"files\": names with their SHA-256, found " + brief(files));
  for (const auto& [name, sha] : files.items()) {
    if (!sha.is_string()) return expected("\"files\": names with their SHA-256, found " + brief(files));
    result.files[name] = sha.get<std::string>();
  }
  return result;
}

Result<void> check_files(const fs::path& folder, const std::map<std::string, std::string>& files) {
  PELLUCID_TRY(const auto found, hash_files(folder));
  const auto other = [&](const std::string& name, const std::string& expected, const std::string& is) {
    return fail(ErrorCode::format,
                name + " is not the file that this model was saved with: expected " + expected + ", found " + is +
                    "; copy the model folder again",
                (folder / name).string());
  };
  for (const auto& [name, hash] : files) {
    const auto now = found.find(name);
    if (now == found.end()) return other(name, "SHA-256 " + hash, "no such file");
    if (now->second != hash) return other(name, "SHA-256 " + hash, now->second);
  }
  for (const auto& [name, hash] : found) {
    if (!files.contains(name)) return other(name, "no such file", "one");
  }
  return {};
}

Result<void> copy_configuration(const fs::path& folder, const ModelFolder& model, const std::string& config) {
  std::error_code failure;
  if (fs::equivalent(folder, model.path, failure)) return {};
  PELLUCID_CHECK(copy_config(model.path / kConfigFile, folder / kConfigFile, config));
  for (const char* name : kTokenizerFiles) {
    if (!fs::exists(model.path / name, failure)) fs::remove(folder / name, failure);  // another tokenizer's
    PELLUCID_CHECK(copy_if_there(model.path / name, folder / name));
  }
  return {};
}

Result<void> write_model_description(const fs::path& folder, const ModelFolder& encoder, const HeadConfig& head,
                                     std::size_t max_length, const std::string& training, const std::string& config) {
  PELLUCID_CHECK(copy_configuration(folder, encoder, config));
  PELLUCID_TRY(const std::string hash, sha256_file(folder / kWeightsFile));
  const ordered_json kept = parse_json<ordered_json>(training);
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
  PELLUCID_TRY(description[kFiles], hash_files(folder));
  description[kOwnHash] = own_hash(json::parse(description.dump()));
  return write_file(folder / kDescriptionFile, description.dump(2) + "\n");
}

}  // namespace pellucid
