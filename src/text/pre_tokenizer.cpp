#include "text/pre_tokenizer.h"

#include "files/json.h"
#include "text/split_behavior.h"
#include "text/stage.h"
#include "text/unicode.h"

namespace pellucid {
namespace {

using nlohmann::json;

// `first` before each pre-token for which `holds`.
void put_before_each(PreTokens& tokens, char32_t first, const std::function<bool(std::span<const Character>)>& holds) {
  PreTokens result;
  for (const auto& [begin, end] : tokens.spans) {
    const std::span<const Character> text = std::span(tokens.characters).subspan(begin, end - begin);
    const std::size_t start = result.characters.size();
    if (holds(text)) result.characters.push_back({first, text.front().source});
    result.characters.insert(result.characters.end(), text.begin(), text.end());
    result.spans.push_back({start, result.characters.size()});
  }
  tokens = std::move(result);
}

// \w+|[^\w\s]+
std::size_t match_words(std::span<const Character> text, std::size_t at) {
  const auto kind = [](char32_t c) { return unicode::is_word_character(c) ? 2 : unicode::is_white_space(c) ? 0 : 1; };
  const int first = kind(text[at].value);
  std::size_t size = 0;
  while (first != 0 && at + size < text.size() && kind(text[at + size].value) == first) ++size;
  return size;
}

Result<PreTokenizer> byte_level(const json& description, const std::string&) {
  const bool prefix = description.value("add_prefix_space", true);
  const bool splits = description.value("use_regex", true);
  const auto split = [prefix, splits](PreTokens& tokens) {
    if (prefix) put_before_each(tokens, ' ', [](auto text) { return text.front().value != ' '; });
    if (splits) split_at(tokens, match_gpt2, SplitBehavior::isolated);
  };
  return PreTokenizer{split, /*byte_level=*/true};
}

Result<PreTokenizer> metaspace(const json& description, const std::string& where) {
  const std::u32string replacement = code_points(description.value("replacement", "▁"));
  // Files of older versions say add_prefix_space.
  const std::string scheme =
      description.value("prepend_scheme", description.value("add_prefix_space", true) ? "always" : "never");
  const bool splits = description.value("split", true);
  if (replacement.size() != 1 || (scheme != "always" && scheme != "first" && scheme != "never")) {
    return fail(
        ErrorCode::unsupported,
        "expected Metaspace with a replacement of one character and a prepend_scheme of always, first or never, "
        "found " +
            brief(description),
        where);
  }
  const auto split = [mark = replacement[0], scheme, splits](PreTokens& tokens) {
    for (Character& c : tokens.characters) {
      if (c.value == ' ') c.value = mark;
    }
    if (scheme != "never") {
      put_before_each(tokens, mark, [&](auto text) {
        return text.front().value != mark && (scheme == "always" || text.front().source.begin == 0);
      });
    }
    if (splits) split_at(tokens, one_of([mark](char32_t c) { return c == mark; }), SplitBehavior::merged_with_next);
  };
  return PreTokenizer{split};
}

Result<PreTokenizer> split(const json& description, const std::string& where) {
  PELLUCID_TRY(Pattern pattern, read_pattern(description.at("pattern"), where));
  PELLUCID_TRY(const SplitBehavior behavior,
               split_behavior_from_name(description.value("behavior", "Isolated"), where));
  const bool invert = description.value("invert", false);
  return PreTokenizer{[pattern = std::move(pattern), behavior, invert](PreTokens& tokens) {
    split_at(tokens, pattern, behavior, invert);
  }};
}

Result<PreTokenizer> punctuation(const json& description, const std::string& where) {
  PELLUCID_TRY(const SplitBehavior behavior,
               split_behavior_from_name(description.value("behavior", "Isolated"), where));
  return PreTokenizer{[behavior](PreTokens& tokens) { split_at(tokens, one_of(unicode::is_punctuation), behavior); }};
}

Result<PreTokenizer> digits(const json& description, const std::string&) {
  const auto behavior =
      description.value("individual_digits", false) ? SplitBehavior::isolated : SplitBehavior::contiguous;
  return PreTokenizer{[behavior](PreTokens& tokens) { split_at(tokens, one_of(unicode::is_numeric), behavior); }};
}

void split_at_white_space(PreTokens& tokens) {
  split_at(tokens, one_of(unicode::is_white_space), SplitBehavior::removed);
}

Result<PreTokenizer> sequence(const json& description, const std::string& where) {
  std::vector<PreTokenizer> parts;
  for (const json& part : description.at("pretokenizers")) {
    if (!parts.empty() && parts.back().byte_level) {
      return fail(ErrorCode::unsupported,
                  "expected ByteLevel as the last pre_tokenizer of a Sequence, found others behind it", where);
    }
    PELLUCID_TRY(PreTokenizer pre_tokenizer, read_pre_tokenizer(part, where));
    parts.push_back(std::move(pre_tokenizer));
  }
  const bool byte_level = !parts.empty() && parts.back().byte_level;
  const auto split = [parts = std::move(parts)](PreTokens& tokens) {
    for (const PreTokenizer& part : parts) part.split(tokens);
  };
  return PreTokenizer{split, byte_level};
}

const std::pair<std::string_view, StageReader<PreTokenizer>> kReaders[] = {
    {"BertPreTokenizer",
     [](const json&, const std::string&) -> Result<PreTokenizer> {
       return PreTokenizer{[](PreTokens& tokens) {
         split_at_white_space(tokens);
         split_at(tokens, one_of(unicode::is_punctuation), SplitBehavior::isolated);
       }};
     }},
    {"ByteLevel", byte_level},
    {"Digits", digits},
    {"Metaspace", metaspace},
    {"Punctuation", punctuation},
    {"Sequence", sequence},
    {"Split", split},
    {"Whitespace",
     [](const json&, const std::string&) -> Result<PreTokenizer> {
       return PreTokenizer{
           [](PreTokens& tokens) { split_at(tokens, match_words, SplitBehavior::removed, /*invert=*/true); }};
     }},
    {"WhitespaceSplit",
     [](const json&, const std::string&) -> Result<PreTokenizer> { return PreTokenizer{split_at_white_space}; }},
};

}  // namespace

Result<PreTokenizer> read_pre_tokenizer(const json& description, const std::string& where) {
  if (description.is_null()) return PreTokenizer{[](PreTokens&) {}};
  return read_stage(kReaders, "a pre_tokenizer", description, where);
}

}  // namespace pellucid
