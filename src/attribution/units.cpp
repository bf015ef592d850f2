#include "attribution/units.h"

#include <algorithm>

#include "attribution/sentences.h"
#include "error/listed.h"
#include "text/word_numbers.h"

namespace pellucid {
namespace {

constexpr std::pair<std::string_view, Unit> kUnits[] = {
    {"piece", Unit::piece}, {"word", Unit::word}, {"sentence", Unit::sentence}};
constexpr std::pair<std::string_view, Removal> kRemovals[] = {
    {"mask", Removal::mask}, {"delete", Removal::erase}, {"unk", Removal::unknown}};

template <class Pairs>
auto from_name(const Pairs& pairs, std::string_view name, const char* what, const char* option)
    -> Result<std::remove_cvref_t<decltype(pairs[0].second)>> {
  for (const auto& [candidate, value] : pairs) {
    if (candidate == name) return value;
  }
  const auto name_of_pair = [](const auto& pair) { return pair.first; };
  return fail(ErrorCode::usage,
              "expected " + std::string(what) + ": one of " + listed(pairs, name_of_pair) + "; found '" +
                  std::string(name) + "'",
              option);
}

template <class Pairs, class Value>
std::string_view name_in(const Pairs& pairs, Value value) {
  return std::ranges::find(pairs, value, [](const auto& pair) { return pair.second; })->first;
}

// [n] for each piece where its word begins, behind the white space that its pieces may hold.
std::vector<std::size_t> word_begins(std::string_view text, const Encoding& encoding) {
  std::vector<std::size_t> begins(encoding.ids.size());
  for (std::size_t i = 0; i < begins.size();) {
    ByteRange word = encoding.ranges[i];
    std::size_t end = i;
    for (; end < begins.size() && encoding.words[end] == encoding.words[i]; ++end) word.end = encoding.ranges[end].end;
    const std::size_t begin = without_white_space(text, word).begin;
    for (; i < end; ++i) begins[i] = begin;
  }
  return begins;
}

}  // namespace

Result<Unit> unit_from_name(std::string_view name) {
  return from_name(kUnits, name, "a unit", "--unit");
}
std::string_view name_of(Unit unit) {
  return name_in(kUnits, unit);
}
Result<Removal> removal_from_name(std::string_view name) {
  return from_name(kRemovals, name, "a way of removal", "--removal");
}
std::string_view name_of(Removal removal) {
  return name_in(kRemovals, removal);
}

Units units_of(std::string_view text, const Encoding& encoding, Unit unit) {
  std::vector<std::size_t> starts;
  std::vector<std::size_t> begins;
  if (unit == Unit::sentence) {
    starts = sentence_starts(text);
    begins = word_begins(text, encoding);
  }
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
    if (unit == Unit::sentence) owner = std::ranges::upper_bound(starts, begins[i]) - starts.begin();
    // Pieces of one character (a Hangul syllable's letters) share its bytes: they are one unit.
    const bool shares = !units.ranges.empty() && range.begin < units.ranges.back().end;
    if (owner != last && !shares) units.ranges.push_back(range);
    units.ranges.back().end = std::max(units.ranges.back().end, range.end);
    units.unit_of.push_back(static_cast<std::int32_t>(units.ranges.size()) - 1);
    last = owner;
  }
  // A piece may hold the space before its word ("Ġword").
  for (ByteRange& range : units.ranges) range = without_white_space(text, range);
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
