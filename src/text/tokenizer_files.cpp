#include "text/tokenizer_files.h"

#include <algorithm>
#include <unordered_set>

#include "error/listed.h"
#include "files/json.h"
#include "files/mapped_file.h"
#include "text/normalizer.h"
#include "text/special_tokens.h"
#include "text/word_piece.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLargestFile = std::size_t{256} << 20;

Result<std::vector<std::string>> read_vocabulary(const fs::path& file) {
  PELLUCID_TRY(const std::string text, read_file(file, kLargestFile));
  std::vector<std::string> pieces;
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
                  file.string() + ":" + std::to_string(line_number));
    }
    pieces.emplace_back(line);
    begin = end + 1;
  }
  return pieces;
}

// Of those whose words are BERT's.
Result<void> check_class(const std::string& name, const fs::path& file) {
  constexpr std::string_view kKnown[] = {"BertTokenizer",  "DistilBertTokenizer", "ElectraTokenizer",
                                         "MPNetTokenizer", "ConvBertTokenizer",   "MobileBertTokenizer"};
  const std::string_view slow = std::string_view(name).substr(0, name.size() - (name.ends_with("Fast") ? 4 : 0));
  if (std::ranges::find(kKnown, slow) != std::end(kKnown)) return {};
  return fail(ErrorCode::unsupported,
              "expected as tokenizer_class with vocab.txt one of " + listed(kKnown) + ", found \"" + name +
                  "\"; save it with transformers as tokenizer.json",
              file.string());
}

// Tokens beside those of vocab.txt, by which a text would have to be cut first.
Result<void> check_no_added_tokens(const fs::path& folder, std::size_t pieces) {
  const fs::path file = folder / "added_tokens.json";
  if (!fs::exists(file)) return {};
  PELLUCID_TRY(const std::string text, read_file(file, kLargestFile));
  const json tokens = parse_json(text);
  for (const auto& [token, id] : tokens.items()) {
    if (id.is_number_unsigned() && id.get<std::size_t>() < pieces) continue;
    return fail(ErrorCode::unsupported,
                "expected no tokens but those of vocab.txt, found \"" + token +
                    "\"; save the tokenizer with transformers as tokenizer.json",
                file.string());
  }
  return {};
}

// BertNormalizer's settings under the names of tokenizer_config.json.
Result<Normalization> read_normalization(const fs::path& file) {
  if (!fs::exists(file)) return Normalization{};
  PELLUCID_TRY(const std::string text, read_file(file, kLargestFile));
  const json settings = parse_json(text);
  if (!settings.is_object()) {
    return fail(ErrorCode::format, "expected a JSON object, found something else", file.string());
  }
  try {
    PELLUCID_CHECK(check_class(settings.value("tokenizer_class", "BertTokenizer"), file));
    return bert_normalization({{"lowercase", settings.value("do_lower_case", true)},
                               {"handle_chinese_chars", settings.value("tokenize_chinese_chars", true)},
                               {"strip_accents", settings.value("strip_accents", json())}});
  } catch (const json::exception& problem) {
    return fail(ErrorCode::format, "a setting has another type than expected: " + reason_of(problem), file.string());
  }
}

Result<TokenizerParts> from_vocabulary(const fs::path& folder) {
  const fs::path file = folder / "vocab.txt";
  TokenizerParts parts;
  PELLUCID_TRY(parts.pieces, read_vocabulary(file));
  PELLUCID_CHECK(check_no_added_tokens(folder, parts.pieces.size()));
  PELLUCID_TRY(parts.bert, read_normalization(folder / "tokenizer_config.json"));
  PELLUCID_TRY(const SpecialPieces said, configured_special_pieces(folder));
  PELLUCID_TRY(parts.specials, find_special_tokens(said, parts.pieces, file.string()));
  std::vector<std::string> pieces = parts.pieces;
  const SpecialTokens& specials = parts.specials;
  for (const std::int32_t id : {specials.pad, specials.unknown, specials.begin, specials.end, specials.mask}) {
    pieces[static_cast<std::size_t>(id)].clear();
  }
  parts.model = std::make_unique<WordPiece>(std::move(pieces), WordPiece::Settings{}, specials.unknown);
  return parts;
}

}  // namespace

Result<TokenizerParts> read_tokenizer_files(const fs::path& folder) {
  if (fs::exists(folder / "tokenizer.json")) return read_tokenizer_json(folder);
  if (fs::exists(folder / "vocab.txt")) return from_vocabulary(folder);
  return fail(ErrorCode::not_found, "expected tokenizer.json or vocab.txt in this folder, found neither",
              folder.string());
}

}  // namespace pellucid
