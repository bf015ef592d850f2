#include "text/tokenizer_files.h"

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "files/mapped_file.h"
#include "text/post_processor.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLargestFile = std::size_t{256} << 20;
constexpr std::size_t kMostPieces = 10'000'000;

// "lowercase" decides accents where strip_accents is null, as in BertNormalizer.
bool strips_accents(const json& settings, bool lowercase) {
  const auto found = settings.find("strip_accents");
  return found != settings.end() && found->is_boolean() ? found->get<bool>() : lowercase;
}

Result<void> expect_type(const json& whole, const char* part, const char* type, const std::string& file) {
  const auto found = whole.find(part);
  const std::string is = found == whole.end() || found->is_null() ? "none" : found->value("type", std::string("none"));
  if (is == type) return {};
  return fail(ErrorCode::unsupported,
              std::string("expected a BERT tokenizer with ") + part + " " + type + ", found " + is +
                  "; this tokenizer is not supported",
              file);
}

Result<TokenizerDescription> from_json(const fs::path& folder) {
  const fs::path file = folder / "tokenizer.json";
  PELLUCID_TRY(const std::string text, read_file(file, kLargestFile));
  const json whole = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!whole.is_object() || !whole.contains("model") || !whole["model"].is_object()) {
    return fail(ErrorCode::format, "expected the JSON of a tokenizer with a \"model\", found something else",
                file.string());
  }
  const json& model = whole["model"];
  PELLUCID_CHECK(expect_type(whole, "model", "WordPiece", file.string()));
  PELLUCID_CHECK(expect_type(whole, "normalizer", "BertNormalizer", file.string()));
  PELLUCID_CHECK(expect_type(whole, "pre_tokenizer", "BertPreTokenizer", file.string()));
  const auto vocabulary = model.find("vocab");
  if (vocabulary == model.end() || !vocabulary->is_object() || vocabulary->empty()) {
    return fail(ErrorCode::format, "expected model.vocab to map pieces to ids, found none", file.string());
  }
  TokenizerDescription description;
  PELLUCID_TRY(description.specials, configured_special_pieces(folder));
  try {
    const json& normalizer = whole["normalizer"];
    description.file = file;
    description.prefix = model.value("continuing_subword_prefix", description.prefix);
    description.max_word_characters = model.value("max_input_chars_per_word", description.max_word_characters);
    description.specials.unknown = model.value("unk_token", description.specials.unknown);
    PELLUCID_TRY(PostProcessor around, read_post_processor(whole.value("post_processor", json()), file.string()));
    if (!around.begin.empty()) description.specials.begin = std::move(around.begin);
    if (!around.end.empty()) description.specials.end = std::move(around.end);
    description.normalization.clean_text = normalizer.value("clean_text", true);
    description.normalization.handle_chinese_chars = normalizer.value("handle_chinese_chars", true);
    description.normalization.lowercase = normalizer.value("lowercase", true);
    description.normalization.strip_accents = strips_accents(normalizer, description.normalization.lowercase);
    for (const auto& [piece, id] : vocabulary->items()) {
      const auto index = id.get<std::size_t>();
      if (index >= kMostPieces)
        return fail(ErrorCode::limit, "piece \"" + piece + "\" has the id " + std::to_string(index), file.string());
      if (index >= description.pieces.size()) description.pieces.resize(index + 1);
      if (!description.pieces[index].empty()) {
        return fail(ErrorCode::format,
                    "id " + std::to_string(index) + " stands for both \"" + description.pieces[index] + "\" and \"" +
                        piece + "\"",
                    file.string());
      }
      description.pieces[index] = piece;
    }
  } catch (const json::exception& problem) {
    return fail(ErrorCode::format, std::string("a setting has another type than expected: ") + problem.what(),
                file.string());
  }
  return description;
}

Result<TokenizerDescription> from_vocabulary(const fs::path& folder) {
  TokenizerDescription description;
  PELLUCID_TRY(description.specials, configured_special_pieces(folder));
  description.file = folder / "vocab.txt";
  PELLUCID_TRY(const std::string text, read_file(description.file, kLargestFile));
  std::unordered_set<std::string_view> seen;
  std::size_t line_number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    std::string_view line = std::string_view(text).substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++line_number;
    if (!seen.insert(line).second) {
      return fail(ErrorCode::format, "the piece \"" + std::string(line) + "\" occurs a second time",
                  description.file.string() + ":" + std::to_string(line_number));
    }
    description.pieces.emplace_back(line);
    begin = end + 1;
  }
  const fs::path settings_file = folder / "tokenizer_config.json";
  if (!fs::exists(settings_file)) return description;
  PELLUCID_TRY(const std::string settings_text, read_file(settings_file, kLargestFile));
  const json settings = json::parse(settings_text, nullptr, /*allow_exceptions=*/false);
  if (!settings.is_object())
    return fail(ErrorCode::format, "expected a JSON object, found something else", settings_file.string());
  try {
    description.normalization.lowercase = settings.value("do_lower_case", true);
    description.normalization.handle_chinese_chars = settings.value("tokenize_chinese_chars", true);
    description.normalization.strip_accents = strips_accents(settings, description.normalization.lowercase);
  } catch (const json::exception& problem) {
    return fail(ErrorCode::format, std::string("a setting has another type than expected: ") + problem.what(),
                settings_file.string());
  }
  return description;
}

}  // namespace

Result<TokenizerDescription> read_tokenizer_files(const fs::path& folder) {
  if (fs::exists(folder / "tokenizer.json")) return from_json(folder);
  if (fs::exists(folder / "vocab.txt")) return from_vocabulary(folder);
  return fail(ErrorCode::not_found, "expected tokenizer.json or vocab.txt in this folder, found neither",
              folder.string());
}

}  // namespace pellucid
