#include "text/pattern.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "error/listed.h"
#include "files/json.h"
#include "text/unicode.h"

namespace pellucid {
namespace {

using nlohmann::json;
using Text = std::span<const Character>;

enum class Kind { letter, number, space, other };

Kind kind_of(char32_t c) {
  if (unicode::is_letter(c)) return Kind::letter;
  if (unicode::is_number(c)) return Kind::number;
  return unicode::is_white_space(c) ? Kind::space : Kind::other;
}

bool is_line_end(char32_t c) {
  return c == '\r' || c == '\n';
}

// The characters from `at` on for which `holds`, at most `most`.
template <class Predicate>
std::size_t run(Text text, std::size_t at, Predicate holds, std::size_t most = SIZE_MAX) {
  std::size_t size = 0;
  while (size < most && at + size < text.size() && holds(text[at + size].value)) ++size;
  return size;
}

std::size_t run_of(Text text, std::size_t at, Kind kind, std::size_t most = SIZE_MAX) {
  return run(text, at, [kind](char32_t c) { return kind_of(c) == kind; }, most);
}

// 's 't 're 've 'm 'll 'd. In either case: what folds to these letters, U+017F to s.
std::size_t contraction(Text text, std::size_t at, bool either_case) {
  if (text[at].value != '\'') return 0;
  for (const std::u32string_view ending : {U"s", U"t", U"re", U"ve", U"m", U"ll", U"d"}) {
    const std::size_t same = run(
        text, at + 1,
        [&, i = std::size_t{0}](char32_t c) mutable {
          const char32_t expected = ending[i++];
          if (!either_case) return c == expected;
          return c == expected || c + ('a' - 'A') == expected || (c == 0x17F && expected == 's');
        },
        ending.size());
    if (same == ending.size()) return 1 + same;
  }
  return 0;
}

// \s+(?!\S)|\s+: the last one is left to the word that follows.
std::size_t white_space(Text text, std::size_t at) {
  const std::size_t size = run_of(text, at, Kind::space);
  return size > 1 && at + size < text.size() ? size - 1 : size;
}

std::size_t two_or_more_spaces(Text text, std::size_t at) {
  const std::size_t size = run(text, at, [](char32_t c) { return c == ' '; });
  return size >= 2 ? size : 0;
}

const std::pair<std::string_view, Pattern> kRegularExpressions[] = {
    {R"( {2,})", two_or_more_spaces},
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", match_gpt2},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     [](Text text, std::size_t at) { return match_llama3(text, at, 3); }},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     [](Text text, std::size_t at) { return match_llama3(text, at, 1); }},
};

}  // namespace

std::size_t match_gpt2(Text text, std::size_t at) {
  if (const std::size_t size = contraction(text, at, /*either_case=*/false)) return size;
  const std::size_t space = text[at].value == ' ' ? 1 : 0;
  if (at + space < text.size()) {
    const Kind kind = kind_of(text[at + space].value);
    if (kind != Kind::space) return space + run_of(text, at + space, kind);
  }
  return white_space(text, at);
}

std::size_t match_llama3(Text text, std::size_t at, std::size_t digits) {
  if (const std::size_t size = contraction(text, at, /*either_case=*/true)) return size;
  const char32_t c = text[at].value;
  const Kind kind = kind_of(c);
  if (kind == Kind::letter) return run_of(text, at, kind);
  if (kind != Kind::number && !is_line_end(c)) {
    if (const std::size_t size = run_of(text, at + 1, Kind::letter)) return 1 + size;
  }
  if (kind == Kind::number) return run_of(text, at, kind, digits);
  const std::size_t space = c == ' ' ? 1 : 0;
  if (const std::size_t size = run_of(text, at + space, Kind::other)) {
    return space + size + run(text, at + space + size, is_line_end);
  }
  // \s*[\r\n]+: up to the last line end of the white space.
  for (std::size_t size = run_of(text, at, Kind::space); size > 0; --size) {
    if (is_line_end(text[at + size - 1].value)) return size;
  }
  return white_space(text, at);
}

Result<Pattern> read_pattern(const json& description, const std::string& where) {
  if (const auto found = description.find("String"); found != description.end()) {
    const std::u32string string = code_points(found->get<std::string>());
    return [string](Text text, std::size_t at) {
      const Text rest = text.subspan(at);
      const bool same =
          rest.size() >= string.size() && std::ranges::equal(rest.first(string.size()), string, {}, &Character::value);
      return same ? string.size() : 0;
    };
  }
  const auto expression = description.value("Regex", std::string());
  for (const auto& [known, pattern] : kRegularExpressions) {
    if (expression == known) return pattern;
  }
  return fail(
      ErrorCode::unsupported,
      "expected a pattern that is a string or one of the regular expressions " +
          listed(kRegularExpressions, [](const auto& known) { return "\"" + std::string(known.first) + "\""; }) +
          "; found " + brief(description) + "; this tokenizer is not supported",
      where);
}

}  // namespace pellucid
