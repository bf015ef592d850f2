#include "data/evidence.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "files/json.h"

namespace pellucid {
namespace {

using nlohmann::json;

// Bytes of the tokens between single spaces; two spaces in a row enclose an empty one, as in
// Python's text.split(" "), with which such spans are counted.
std::vector<ByteRange> split_at_spaces(std::string_view text) {
  std::vector<ByteRange> tokens;
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    tokens.push_back({begin, end});
    if (end == text.size()) return tokens;
    begin = end + 1;
  }
}

bool at_character(std::string_view text, std::size_t position) {
  return position == text.size() || (static_cast<unsigned char>(text[position]) & 0xC0) != 0x80;
}

}  // namespace

Result<std::vector<ByteRange>> evidence_ranges(const json& evidence, std::string_view text) {
  const auto expected = [](const std::string& what, const json& found) {
    return fail(ErrorCode::format, "expected " + what + ", found " + brief(found));
  };
  if (!evidence.is_array()) return expected("a list", evidence);
  std::vector<ByteRange> ranges;
  std::vector<ByteRange> tokens;
  for (const json& span : evidence) {
    const bool bytes = span.is_object() && span.contains("begin") && span.contains("end");
    if (!bytes && (!span.is_array() || span.size() != 2)) {
      return expected("{\"begin\": …, \"end\": …} in bytes or [start, end] in tokens", span);
    }
    const json& first = bytes ? span["begin"] : span[0];
    const json& last = bytes ? span["end"] : span[1];
    if (!bytes && tokens.empty()) tokens = split_at_spaces(text);
    const std::size_t limit = bytes ? text.size() : tokens.size();
    if (!first.is_number_unsigned() || !last.is_number_unsigned() || first > last || last > limit) {
      return expected("a range that ends no sooner than it begins, within " + std::to_string(limit) +
                          (bytes ? " bytes" : " tokens"),
                      span);
    }
    if (first == last) continue;  // ERASER has such spans; they mark nothing
    ByteRange range{first.get<std::size_t>(), last.get<std::size_t>()};
    if (!bytes) range = {tokens[range.begin].begin, tokens[range.end - 1].end};
    if (!at_character(text, range.begin) || !at_character(text, range.end)) {
      return expected("bytes between two characters", span);
    }
    ranges.push_back(range);
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const ByteRange& a, const ByteRange& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  return ranges;
}

}  // namespace pellucid
