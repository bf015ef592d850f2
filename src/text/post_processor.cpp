#include "text/post_processor.h"

#include <algorithm>
#include <utility>

#include "files/json.h"
#include "text/byte_alphabet.h"
#include "text/characters.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace pellucid {
namespace {

using nlohmann::json;

// "single": [{"SpecialToken": {"id": "[CLS]"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "[SEP]"}}]
Result<PostProcessor> from_template(const json& description, const std::string& where) {
  const json single = description.value("single", json::array());
  if (single.size() != 3 || !single[0].contains("SpecialToken") || !single[1].contains("Sequence") ||
      !single[2].contains("SpecialToken")) {
    return fail(ErrorCode::unsupported,
                "expected post_processor.single to be a special token, the text and a special token, found " +
                    brief(single) + "; this tokenizer is not supported",
                where);
  }
  return PostProcessor{.begin = single[0]["SpecialToken"].at("id"), .end = single[2]["SpecialToken"].at("id")};
}

// {"processors": [{"type": "ByteLevel", …}, {"type": "TemplateProcessing", …}]}
Result<PostProcessor> from_sequence(const json& description, const std::string& where) {
  PostProcessor all;
  for (const json& part : description.value("processors", json::array())) {
    PELLUCID_TRY(PostProcessor one, read_post_processor(part, where));
    if (!one.begin.empty()) {
      if (!all.begin.empty()) {
        return fail(ErrorCode::unsupported,
                    "expected one post-processor that adds special tokens, found two; this tokenizer is not supported",
                    where);
      }
      all.begin = std::move(one.begin);
      all.end = std::move(one.end);
    }
    if (one.trims_offsets) {
      all.trims_offsets = true;
      all.prefix_space = one.prefix_space;
    }
  }
  return all;
}

}  // namespace

Result<PostProcessor> read_post_processor(const json& description, const std::string& where) {
  if (description.is_null()) return PostProcessor{};
  const std::string type = description.value("type", std::string("none"));
  if (type == "TemplateProcessing") return from_template(description, where);
  if (type == "Sequence") return from_sequence(description, where);
  if (type == "ByteLevel") {
    return PostProcessor{.begin = {},
                         .end = {},
                         .trims_offsets = description.value("trim_offsets", true),
                         .prefix_space = description.value("add_prefix_space", true)};
  }
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    PostProcessor post_processor{.begin = description.at("cls").at(0), .end = description.at("sep").at(0)};
    if (type == "RobertaProcessing") {
      post_processor.trims_offsets = description.value("trim_offsets", true);
      post_processor.prefix_space = description.value("add_prefix_space", true);
    }
    return post_processor;
  }
  return fail(ErrorCode::unsupported,
              "expected post_processor to be BertProcessing, ByteLevel, RobertaProcessing, TemplateProcessing or a "
              "Sequence of them, found " +
                  type + "; this tokenizer is not supported",
              where);
}

void trim_offset(std::string_view text, std::string_view piece, bool first, bool prefix_space, ByteRange& range) {
  const auto is_space = [](char32_t c) { return c == kByteLevelSpace || unicode::is_white_space(c); };
  const std::u32string characters = code_points(piece);
  auto leading = std::ranges::find_if_not(characters, is_space) - characters.begin();
  auto trailing = std::find_if_not(characters.rbegin(), characters.rend(), is_space) - characters.rbegin();
  if (prefix_space && leading == 1 && (first || range.begin == 0)) leading = 0;
  ByteRange trimmed = range;
  for (; leading > 0 && trimmed.begin < trimmed.end; --leading) {
    const CodePoint next = decode(text, trimmed.begin);
    if (!unicode::is_white_space(next.value)) break;
    trimmed.begin += next.size;
  }
  for (; trailing > 0 && trimmed.begin < trimmed.end; --trailing) trimmed.end -= last_size(text, trimmed.end);
  if (trimmed.begin < trimmed.end) range = trimmed;
}

}  // namespace pellucid
