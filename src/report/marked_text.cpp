#include "report/marked_text.h"

#include <algorithm>
#include <cmath>

#include "report/numbers.h"

namespace pellucid {
namespace {

constexpr std::size_t kShown = 280;  // bytes, about
constexpr double kFaintest = 0.2;    // of the strongest: below, a word stays unshaded

bool starts_character(std::string_view text, std::size_t at) {
  return at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

// The bytes shown: kShown of them, the focus in the middle, cut at spaces where there are some nearby.
ByteRange shown_range(std::string_view text, const std::optional<ByteRange>& focus) {
  if (text.size() <= kShown) return {0, text.size()};
  std::size_t begin = 0;
  if (focus) {
    const std::size_t middle = (focus->begin + focus->end) / 2;
    begin = std::min(middle - std::min(middle, kShown / 2), text.size() - kShown);
  }
  std::size_t end = begin + kShown;
  constexpr std::size_t kNear = 24;
  if (begin > 0) {
    const std::size_t space = text.find(' ', begin);
    if (space != text.npos && space < begin + kNear) begin = space + 1;
  }
  if (end < text.size()) {
    const std::size_t space = text.rfind(' ', end);
    if (space != text.npos && space + kNear > end) end = space;
  }
  while (!starts_character(text, begin)) ++begin;
  while (!starts_character(text, end)) ++end;
  return {begin, end};
}

}  // namespace

void write_marked_text(Markup& page, std::string_view text, std::span<const ExplainedUnit> units,
                       std::optional<ByteRange> focus, bool scores) {
  const ByteRange shown = shown_range(text, focus);
  double largest = 0;
  for (const ExplainedUnit& unit : units) largest = std::max(largest, std::abs(unit.score));
  page.open("p", {{"class", "marked"}, {"dir", "auto"}, {"lang", ""}});
  if (shown.begin > 0) page.text("… ");
  std::size_t at = shown.begin;
  for (const ExplainedUnit& unit : units) {
    const double share = largest == 0 ? 0 : std::abs(unit.score) / largest;
    if (share < kFaintest || unit.range.begin < at || unit.range.end > shown.end) continue;
    page.text(text.substr(at, unit.range.begin - at));
    const Attributes shade = {{"class", unit.score > 0 ? "for" : "against"}, {"style", "--s:" + fixed(share, 2)}};
    Attributes told = shade;
    told.push_back({"title", with_minus_sign(with_sign(unit.score, 3))});
    page.element("mark", scores ? told : shade, text.substr(unit.range.begin, unit.range.end - unit.range.begin));
    at = unit.range.end;
  }
  page.text(text.substr(at, shown.end - at));
  if (shown.end < text.size()) page.text(" …");
  if (text.empty()) page.element("span", {{"class", "unread"}}, "(empty text)");
  page.close();
}

}  // namespace pellucid
