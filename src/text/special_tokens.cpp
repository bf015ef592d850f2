#include "text/special_tokens.h"

#include <algorithm>

#include "files/json.h"
#include "files/mapped_file.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLargestFile = std::size_t{64} << 20;

struct Role {
  std::string SpecialPieces::* piece;
  std::int32_t SpecialTokens::* id;
  const char* setting;  // in the files
  const char* bert;
  const char* roberta;
};
constexpr Role kBegin{&SpecialPieces::begin, &SpecialTokens::begin, "cls_token", "[CLS]", "<s>"};
constexpr Role kRoles[] = {
    {&SpecialPieces::pad, &SpecialTokens::pad, "pad_token", "[PAD]", "<pad>"},
    {&SpecialPieces::unknown, &SpecialTokens::unknown, "unk_token", "[UNK]", "<unk>"},
    kBegin,
    {&SpecialPieces::end, &SpecialTokens::end, "sep_token", "[SEP]", "</s>"},
    {&SpecialPieces::mask, &SpecialTokens::mask, "mask_token", "[MASK]", "<mask>"},
};

// What `file` says of the roles that `pieces` leaves open.
Result<void> read_special_pieces(const fs::path& file, SpecialPieces& pieces) {
  if (!fs::exists(file)) return {};
  PELLUCID_TRY(const std::string text, read_file(file, kLargestFile));
  const json settings = parse_json(text);
  if (!settings.is_object()) {
    return fail(ErrorCode::format, "expected a JSON object, found something else", file.string());
  }
  for (const Role& role : kRoles) {
    const auto found = settings.find(role.setting);
    if (!(pieces.*role.piece).empty() || found == settings.end() || found->is_null()) continue;
    const json content = found->is_object() ? found->value("content", json()) : *found;  // an AddedToken, or its text
    if (!content.is_string()) {
      return fail(ErrorCode::format, std::string("expected ") + role.setting + " to be a piece, found " + brief(*found),
                  file.string());
    }
    pieces.*role.piece = content.get<std::string>();
  }
  return {};
}

}  // namespace

Result<SpecialPieces> configured_special_pieces(const fs::path& folder) {
  SpecialPieces pieces;
  PELLUCID_CHECK(read_special_pieces(folder / "tokenizer_config.json", pieces));
  PELLUCID_CHECK(read_special_pieces(folder / "special_tokens_map.json", pieces));
  return pieces;
}

Result<SpecialTokens> find_special_tokens(const SpecialPieces& said, std::span<const std::string> pieces,
                                          const std::string& where) {
  const auto find = [&](std::string_view piece) {
    const auto found = std::ranges::find(pieces, piece);
    return found == pieces.end() ? -1 : static_cast<std::int32_t>(found - pieces.begin());
  };
  // MPNet's vocabulary has the names of both, and BERT's were never trained.
  const bool roberta = said.begin.empty() ? find(kBegin.bert) < 0 : said.begin == kBegin.roberta;
  SpecialTokens tokens;
  for (const Role& role : kRoles) {
    const std::string& name = said.*role.piece;
    const char* first = roberta ? role.roberta : role.bert;
    const char* second = roberta ? role.bert : role.roberta;
    std::int32_t id = find(name.empty() ? first : name);
    if (id < 0 && name.empty()) id = find(second);
    if (id < 0) {
      const std::string expected = name.empty() ? std::string(role.bert) + " or " + role.roberta : name;
      return fail(ErrorCode::format, "expected the special piece " + expected + " in the vocabulary, found none",
                  where);
    }
    tokens.*role.id = id;
  }
  return tokens;
}

}  // namespace pellucid
