#include "attribution/units.h"

#include <algorithm>
#include <array>

namespace pellucid {
namespace {

constexpr std::pair<std::string_view, Unit> kUnits[] = {
    {"piece", Unit::piece}, {"word", Unit::word}, {"sentence", Unit::sentence}};
constexpr std::pair<std::string_view, Removal> kRemovals[] = {
    {"mask", Removal::mask}, {"delete", Removal::erase}, {"unk", Removal::unknown}};

template <class Pairs>
auto from_name(const Pairs& pairs, std::string_view name, const char* what)
    -> Result<std::remove_cvref_t<decltype(pairs[0].second)>> {
  std::string known;
  for (const auto& [candidate, value] : pairs) {
    if (candidate == name) return value;
    known += (known.empty() ? "" : ", ") + std::string(candidate);
  }
  return fail(ErrorCode::usage,
              "expected " + std::string(what) + ": one of " + known + "; found '" + std::string(name) + "'");
}

template <class Pairs, class Value>
std::string_view name_in(const Pairs& pairs, Value value) {
  return std::ranges::find(pairs, value, [](const auto& pair) { return pair.second; })->first;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// After a full stop of these a sentence goes on.
bool is_abbreviation(std::string_view word) {
  static constexpr std::array<std::string_view, 22> kKnown = {"mr",   "mrs", "ms",  "dr",   "st",  "vs",  "no",  "inc",
                                                              "corp", "co",  "ltd", "jr",   "sr",  "gen", "col", "lt",
                                                              "sen",  "rep", "gov", "prof", "fig", "etc"};
  std::string lower(word);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return word.size() == 1 || std::ranges::find(kKnown, lower) != kKnown.end();
}

// Where sentences begin after the first: behind . ! ? with its closing quotes and brackets, white
// space, and what can begin a sentence; and behind an empty line.
std::vector<std::size_t> sentence_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::size_t next = i + 1;
    if (c == '.' || c == '!' || c == '?') {
      while (next < text.size() && std::string_view(".!?\"')]").find(text[next]) != std::string_view::npos) ++next;
      if (next >= text.size() || !is_space(text[next])) continue;
      std::size_t word = i;
      while (word > 0 && static_cast<unsigned char>(text[word - 1] | 32) >= 'a' &&
             static_cast<unsigned char>(text[word - 1] | 32) <= 'z') {
        --word;
      }
      while (next < text.size() && is_space(text[next])) ++next;
      const bool lower = next < text.size() && text[next] >= 'a' && text[next] <= 'z';
      if (lower || (c == '.' && is_abbreviation(text.substr(word, i - word)))) continue;
    } else if (c == '\n') {
      while (next < text.size() && (text[next] == ' ' || text[next] == '\t' || text[next] == '\r')) ++next;
      if (next >= text.size() || text[next] != '\n') continue;
      while (next < text.size() && is_space(text[next])) ++next;
    } else if (text.substr(i).starts_with("。") || text.substr(i).starts_with("！") ||
               text.substr(i).starts_with("？")) {
      next = i + 3;
    } else {
      continue;
    }
    if (next < text.size()) starts.push_back(next);
    i = next - 1;
  }
  return starts;
}

}  // namespace

Result<Unit> unit_from_name(std::string_view name) {
  return from_name(kUnits, name, "a unit");
}
std::string_view name_of(Unit unit) {
  return name_in(kUnits, unit);
}
Result<Removal> removal_from_name(std::string_view name) {
  return from_name(kRemovals, name, "a way of removal");
}
std::string_view name_of(Removal removal) {
  return name_in(kRemovals, removal);
}

Units units_of(std::string_view text, const Encoding& encoding, Unit unit) {
  const std::vector<std::size_t> starts = unit == Unit::sentence ? sentence_starts(text) : std::vector<std::size_t>();
  Units units;
  std::int64_t last = -1;  // what the previous piece belonged to
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    if (encoding.words[i] == kNoWord) {
      units.unit_of.push_back(-1);
      continue;
    }
    const ByteRange range = encoding.ranges[i];
    std::int64_t owner = encoding.words[i];
    if (unit == Unit::piece) owner = static_cast<std::int64_t>(i);
    if (unit == Unit::sentence) owner = std::ranges::upper_bound(starts, range.begin) - starts.begin();
    if (owner != last) units.ranges.push_back(range);
    units.ranges.back().end = std::max(units.ranges.back().end, range.end);
    units.unit_of.push_back(static_cast<std::int32_t>(units.ranges.size()) - 1);
    last = owner;
  }
  return units;
}

std::vector<double> unit_scores(const Units& units, std::span<const double> piece_scores) {
  std::vector<double> sums(units.ranges.size());
  for (std::size_t i = 0; i < piece_scores.size(); ++i) {
    if (units.unit_of[i] >= 0) sums[static_cast<std::size_t>(units.unit_of[i])] += piece_scores[i];
  }
  return sums;
}

std::vector<std::int32_t> remove_units(const Encoding& encoding, const Units& units, const std::vector<bool>& keep,
                                       Removal removal, const SpecialTokens& specials) {
  std::vector<std::int32_t> ids;
  ids.reserve(encoding.ids.size());
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    const std::int32_t unit = units.unit_of[i];
    if (unit < 0 || keep[static_cast<std::size_t>(unit)]) {
      ids.push_back(encoding.ids[i]);
    } else if (removal != Removal::erase) {
      ids.push_back(removal == Removal::mask ? specials.mask : specials.unknown);
    }
  }
  return ids;
}

}  // namespace pellucid
