#include "text/added_tokens.h"

#include <algorithm>
#include <limits>

#include "files/json.h"
#include "text/unicode.h"

namespace pellucid {

using nlohmann::json;

Result<std::vector<AddedToken>> read_added_tokens(const json& description, const std::string& where) {
  std::vector<AddedToken> tokens;
  if (description.is_null()) return tokens;
  for (const json& entry : description) {
    const std::int64_t id = whole_number(entry.at("id"));
    tokens.push_back({.content = entry.at("content").get<std::string>(),
                      .id = static_cast<std::int32_t>(id),
                      .special = entry.value("special", false),
                      .single_word = entry.value("single_word", false),
                      .left = entry.value("lstrip", false),
                      .right = entry.value("rstrip", false),
                      .normalized = entry.value("normalized", true)});
    if (id < 0 || id > std::numeric_limits<std::int32_t>::max() || tokens.back().content.empty()) {
      return fail(ErrorCode::format, "expected added_tokens with a content and an id from 0, found " + brief(entry),
                  where);
    }
  }
  return tokens;
}

AddedTokenFinder::AddedTokenFinder(std::span<const AddedToken> tokens, const Normalizer& normalizer, bool normalized) {
  for (const AddedToken& token : tokens) {
    if (token.special || token.normalized != normalized) continue;
    Characters content = decoded(token.content);
    if (normalized) normalizer(content);
    if (!content.empty()) tokens_.push_back({code_points(utf8(content)), token});
  }
  std::ranges::stable_sort(tokens_, [](const Token& x, const Token& y) {
    return x.content[0] != y.content[0] ? x.content[0] < y.content[0] : x.content.size() > y.content.size();
  });
}

const AddedTokenFinder::Token* AddedTokenFinder::find(std::span<const Character> text) const {
  const auto first = [](const Token& token) { return token.content[0]; };
  for (const Token& token : std::ranges::equal_range(tokens_, text.front().value, {}, first)) {
    const std::size_t size = token.content.size();
    if (size <= text.size() && std::ranges::equal(text.first(size), token.content, {}, &Character::value))
      return &token;
  }
  return nullptr;
}

void AddedTokenFinder::split(Characters characters, const std::function<void(Characters)>& text,
                             const std::function<void(std::int32_t id, ByteRange)>& token) const {
  if (tokens_.empty()) {
    text(std::move(characters));
    return;
  }
  const auto holds = [&](std::size_t at, bool (*property)(char32_t)) { return property(characters[at].value); };
  std::size_t rest = 0;  // where what has not been handed out begins
  const auto hand_out_text = [&](std::size_t end) {
    const auto begin = characters.begin();
    if (rest < end)
      text(Characters(begin + static_cast<std::ptrdiff_t>(rest), begin + static_cast<std::ptrdiff_t>(end)));
  };
  for (std::size_t at = 0; at < characters.size();) {
    const Token* found = find(std::span(characters).subspan(at));
    if (found == nullptr) {
      ++at;
      continue;
    }
    std::size_t begin = at;
    std::size_t end = at + found->content.size();
    at = end;
    const bool beside_word = (begin > 0 && holds(begin - 1, unicode::is_word_character)) ||
                             (end < characters.size() && holds(end, unicode::is_word_character));
    if (found->described.single_word && beside_word) continue;
    while (found->described.left && begin > rest && holds(begin - 1, unicode::is_white_space)) --begin;
    while (found->described.right && end < characters.size() && holds(end, unicode::is_white_space)) ++end;
    hand_out_text(begin);
    token(found->described.id, {characters[begin].source.begin, characters[end - 1].source.end});
    rest = end;
    at = std::max(at, end);
  }
  hand_out_text(characters.size());
}

}  // namespace pellucid
