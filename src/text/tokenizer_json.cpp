#include <algorithm>
#include <unordered_set>

#include "error/listed.h"
#include "files/json.h"
#include "files/mapped_file.h"
#include "text/byte_pairs.h"
#include "text/special_tokens.h"
#include "text/tokenizer_files.h"
#include "text/unigram.h"
#include "text/word_piece.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLargestFile = std::size_t{256} << 20;
constexpr std::size_t kMostUnused = 100'000;  // ids without a piece
constexpr const char* kModels[] = {"WordPiece", "BPE", "Unigram"};

// `count`: how many pieces there are, before or behind this one.
Result<void> set_piece(std::vector<std::string>& pieces, std::size_t id, const std::string& piece, std::size_t count,
                       const std::string& where) {
  if (id >= count + kMostUnused) {
    return fail(ErrorCode::limit,
                "expected ids of which at most " + std::to_string(kMostUnused) + " stand for nothing, found " +
                    std::to_string(id) + " among " + std::to_string(count) + " pieces",
                where);
  }
  if (id >= pieces.size()) pieces.resize(id + 1);
  if (!pieces[id].empty() && pieces[id] != piece) {
    return fail(ErrorCode::format,
                "id " + std::to_string(id) + " stands for both \"" + pieces[id] + "\" and \"" + piece + "\"", where);
  }
  pieces[id] = piece;
  return {};
}

// The package's first versions wrote no "type": other members tell. Those of WordLevel tell nothing.
std::string type_of(const json& model) {
  if (model.contains("type")) return model.at("type").get<std::string>();
  if (model.contains("merges")) return "BPE";
  if (model.contains("vocab") && model.at("vocab").is_array()) return "Unigram";
  if (model.contains("continuing_subword_prefix") || model.contains("max_input_chars_per_word")) return "WordPiece";
  return "none";
}

// WordPiece and BPE map pieces to ids; Unigram lists pieces with their scores.
Result<std::vector<std::string>> read_pieces(const json& model, const std::string& type, const std::string& where) {
  static const json none = json::array();
  const auto found = model.find("vocab");
  const json& vocabulary = found == model.end() ? none : *found;
  std::vector<std::string> pieces;
  if (type == "Unigram") {
    for (const json& entry : vocabulary) {
      PELLUCID_CHECK(set_piece(pieces, pieces.size(), entry.at(0).get<std::string>(), vocabulary.size(), where));
    }
  } else {
    for (const auto& [piece, id] : vocabulary.items()) {
      PELLUCID_CHECK(set_piece(pieces, count_of(id), piece, vocabulary.size(), where));
    }
  }
  if (pieces.empty()) return fail(ErrorCode::format, "expected model.vocab with pieces, found none", where);
  return pieces;
}

// Settings that change what a BPE model does, and that ours does not have.
Result<void> refuse(const json& model, std::initializer_list<const char*> settings, const std::string& where) {
  static const json off[] = {nullptr, "", false, 0.0};
  for (const char* setting : settings) {
    const json value = model.value(setting, json());
    if (std::ranges::find(off, value) != std::end(off)) continue;
    return fail(ErrorCode::unsupported,
                std::string("expected a BPE model without ") + setting + ", found " + brief(value) +
                    "; this tokenizer is not supported",
                where);
  }
  return {};
}

Result<std::unique_ptr<Model>> word_piece(const json& model, std::vector<std::string> pieces, std::int32_t unknown,
                                          const std::string& where) {
  WordPiece::Settings settings;
  settings.prefix = model.value("continuing_subword_prefix", settings.prefix);
  if (settings.prefix.empty()) {
    return fail(
        ErrorCode::unsupported,
        "expected a WordPiece model with a continuing_subword_prefix, found an empty one; this tokenizer is not "
        "supported",
        where);
  }
  if (const auto most = model.find("max_input_chars_per_word"); most != model.end()) {
    settings.max_word_characters = count_of(*most);
  }
  return std::make_unique<WordPiece>(std::move(pieces), settings, unknown);
}

// "merges": ["a b", …], or since 2024 [["a", "b"], …].
Result<std::unique_ptr<Model>> byte_pairs(const json& model, const std::vector<std::string>& pieces,
                                          const std::string& where) {
  PELLUCID_CHECK(refuse(model, {"dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback"}, where));
  std::vector<BytePairs::Merge> merges;
  for (const json& merge : model.at("merges")) {
    if (merge.is_array() && merge.size() == 2) {
      merges.emplace_back(merge[0].get<std::string>(), merge[1].get<std::string>());
      continue;
    }
    const std::string text = merge.is_string() ? merge.get<std::string>() : "";
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) {
      return fail(ErrorCode::format, "expected model.merges to be pairs of pieces, found " + brief(merge), where);
    }
    merges.emplace_back(text.substr(0, space), text.substr(space + 1));
  }
  return BytePairs::make(pieces, merges, model.value("ignore_merges", false), where);
}

Result<std::unique_ptr<Model>> unigram(const json& model, std::vector<std::string> pieces, const std::string& where) {
  std::vector<double> scores;
  for (const json& entry : model.at("vocab")) scores.push_back(entry.at(1).get<double>());
  std::unordered_set<std::string_view> seen;
  for (const std::string& piece : pieces) {
    if (!piece.empty() && !seen.insert(piece).second) {
      return fail(ErrorCode::format, "expected model.vocab with distinct pieces, found \"" + piece + "\" twice", where);
    }
  }
  const std::int64_t unknown = model.at("unk_id").is_null() ? -1 : whole_number(model.at("unk_id"));
  if (unknown < 0 || unknown >= static_cast<std::int64_t>(scores.size())) {
    return fail(ErrorCode::format, "expected model.unk_id to be a piece's id, found " + brief(model.at("unk_id")),
                where);
  }
  return std::make_unique<Unigram>(std::move(pieces), std::move(scores), static_cast<std::int32_t>(unknown),
                                   model.value("byte_fallback", false));
}

Result<TokenizerParts> read_parts(const json& whole, const fs::path& folder, const std::string& where) {
  const json& model = whole["model"];
  const std::string type = type_of(model);
  if (std::ranges::find(kModels, type) == std::end(kModels)) {
    return fail(ErrorCode::unsupported,
                "expected a tokenizer whose model is one of " + listed(kModels) + "; found " + type +
                    "; this tokenizer is not supported",
                where);
  }
  const auto part = [&](const char* name) { return whole.value(name, json()); };
  TokenizerParts parts;
  PELLUCID_TRY(parts.pipeline.normalizer, read_normalizer(part("normalizer"), where));
  PELLUCID_TRY(parts.pipeline.pre_tokenizer, read_pre_tokenizer(part("pre_tokenizer"), where));
  PELLUCID_TRY(parts.post_processor, read_post_processor(part("post_processor"), where));
  if (parts.pipeline.pre_tokenizer.byte_level != (type == "BPE")) {
    return fail(ErrorCode::unsupported,
                "expected the pre_tokenizer ByteLevel with a BPE model and with no other, found a " + type + " model " +
                    (type == "BPE" ? "without" : "with") + " it; this tokenizer is not supported",
                where);
  }

  PELLUCID_TRY(parts.pieces, read_pieces(model, type, where));
  PELLUCID_TRY(const std::vector<AddedToken> added, read_added_tokens(part("added_tokens"), where));
  std::vector<std::string> pieces = parts.pieces;  // the model's: text becomes none that is special
  for (const AddedToken& token : added) {
    PELLUCID_CHECK(set_piece(parts.pieces, static_cast<std::size_t>(token.id), token.content,
                             pieces.size() + added.size(), where));
    if (token.special && static_cast<std::size_t>(token.id) < pieces.size()) pieces[token.id].clear();
  }
  parts.pipeline.raw_tokens = AddedTokenFinder(added, parts.pipeline.normalizer, /*normalized=*/false);
  parts.pipeline.normalized_tokens = AddedTokenFinder(added, parts.pipeline.normalizer, /*normalized=*/true);

  PELLUCID_TRY(SpecialPieces said, configured_special_pieces(folder));
  if (const json unknown = model.value("unk_token", json()); unknown.is_string()) said.unknown = unknown;
  if (!parts.post_processor.begin.empty()) said.begin = parts.post_processor.begin;
  if (!parts.post_processor.end.empty()) said.end = parts.post_processor.end;
  PELLUCID_TRY(parts.specials, find_special_tokens(said, parts.pieces, where));

  const auto is = [&](const char* name, const char* expected) {
    const json description = part(name);
    return description.is_object() && description.value("type", "") == expected;
  };
  const bool bert = is("normalizer", "BertNormalizer") && is("pre_tokenizer", "BertPreTokenizer");
  if (bert && parts.pipeline.raw_tokens.empty() && parts.pipeline.normalized_tokens.empty()) {
    parts.bert = bert_normalization(part("normalizer"));
  }
  if (type == "WordPiece") {
    PELLUCID_TRY(parts.model, word_piece(model, std::move(pieces), parts.specials.unknown, where));
  } else if (type == "BPE") {
    PELLUCID_TRY(parts.model, byte_pairs(model, pieces, where));
  } else {
    PELLUCID_TRY(parts.model, unigram(model, std::move(pieces), where));
  }
  return parts;
}

}  // namespace

Result<TokenizerParts> read_tokenizer_json(const fs::path& folder) {
  const std::string file = (folder / "tokenizer.json").string();
  PELLUCID_TRY(const std::string text, read_file(file, kLargestFile));
  const json whole = parse_json(text);
  if (!whole.is_object() || !whole.contains("model") || !whole["model"].is_object()) {
    return fail(ErrorCode::format, "expected the JSON of a tokenizer with a \"model\", found something else", file);
  }
  try {
    return read_parts(whole, folder, file);
  } catch (const json::exception& problem) {
    return fail(ErrorCode::format, "a setting has another type than expected: " + reason_of(problem), file);
  }
}

}  // namespace pellucid
