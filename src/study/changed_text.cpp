#include "study/changed_text.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "attribution/sentences.h"
#include "evaluate/text_changes.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace pellucid::study {
namespace {

// How many of n units move, the expected number being share · n; never one alone.
std::size_t moving(std::size_t n, double share, SplitMix64& random) {
  const double wanted = share * static_cast<double>(n);
  auto count = static_cast<std::size_t>(wanted);
  if (random.uniform() < wanted - static_cast<double>(count)) ++count;
  if (count == 1) count = random.below(2) == 0 || n < 2 ? 0 : 2;
  return std::min(count, n);
}

// Those drawn go round in a circle: each has another place than before.
void move_some(std::span<std::size_t> order, double share, SplitMix64& random) {
  const std::size_t count = moving(order.size(), share, random);
  if (count < 2) return;
  std::vector<std::size_t> places(order.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  random.shuffle(std::span(places));
  const std::size_t first = order[places.front()];
  for (std::size_t i = 0; i + 1 < count; ++i) order[places[i]] = order[places[i + 1]];
  order[places[count - 1]] = first;
}

// Unit order[i] in the place of unit i; what is between units stays. Units that touched, as sentences without spaces
// do, are set apart from new neighbours.
ChangedText assembled(std::string_view text, std::span<const ByteRange> units, std::span<const std::size_t> order) {
  ChangedText changed;
  std::size_t at = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::string_view gap = text.substr(at, units[i].begin - at);
    changed.text += gap;
    if (i > 0 && gap.empty() && order[i] != order[i - 1] + 1) changed.text += ' ';
    const ByteRange before = units[order[i]];
    const std::size_t begin = changed.text.size();
    changed.text += text.substr(before.begin, before.end - before.begin);
    changed.segments.push_back({{begin, changed.text.size()}, before});
    at = units[i].end;
  }
  changed.text += text.substr(at);
  return changed;
}

}  // namespace

std::vector<ByteRange> original_ranges(const ChangedText& changed, std::span<const ByteRange> ranges) {
  std::vector<ByteRange> originals;
  for (const ByteRange& range : ranges) {
    const auto after = std::ranges::upper_bound(changed.segments, range.begin, {},
                                                [](const Segment& segment) { return segment.now.begin; });
    ByteRange original;
    if (after != changed.segments.begin()) {
      const Segment& segment = *std::prev(after);
      if (range.end <= segment.now.end) {
        original.begin = segment.before.begin + (range.begin - segment.now.begin);
        original.end = original.begin + (range.end - range.begin);
      }
    }
    originals.push_back(original);
  }
  return originals;
}

std::vector<ByteRange> words_of(std::string_view text) {
  std::vector<ByteRange> words;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode(text, at);
    const bool space = unicode::is_white_space(point.value);
    if (!space && !inside) words.push_back({at, at});
    at += point.size;
    if (!space) words.back().end = at;
    inside = !space;
  }
  return words;
}

std::vector<ByteRange> sentences_of(std::string_view text) {
  std::vector<std::size_t> starts = sentence_starts(text);
  starts.insert(starts.begin(), 0);
  starts.push_back(text.size());
  std::vector<ByteRange> sentences;
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    // From the first word to the last.
    const std::vector<ByteRange> words = words_of(text.substr(starts[i], starts[i + 1] - starts[i]));
    if (!words.empty()) sentences.push_back({starts[i] + words.front().begin, starts[i] + words.back().end});
  }
  return sentences;
}

ChangedText unchanged(std::string_view text) {
  return {std::string(text), {{{0, text.size()}, {0, text.size()}}}};
}

ChangedText shuffled(std::string_view text, Moved moved, double share, SplitMix64 random) {
  const std::vector<ByteRange> units = moved == Moved::sentence ? sentences_of(text) : words_of(text);
  std::vector<std::size_t> order(units.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t window = moved == Moved::window ? kWindow : std::max<std::size_t>(1, order.size());
  for (std::size_t first = 0; first < order.size(); first += window) {
    move_some(std::span(order).subspan(first, std::min(window, order.size() - first)), share, random);
  }
  if (std::ranges::is_sorted(order)) return unchanged(text);
  return assembled(text, units, order);
}

ChangedText misspelt(std::string_view text, double share, SplitMix64 random) {
  ChangedText changed = unchanged(text);  // swaps keep every byte's place
  changed.text = with_typos(text, letter_runs(text), share, random.next());
  return changed;
}

ChangedText truncated(std::string_view text, double share) {
  const std::vector<ByteRange> words = words_of(text);
  const auto kept = static_cast<std::size_t>(std::max(1.0, std::round(share * static_cast<double>(words.size()))));
  return kept >= words.size() ? unchanged(text) : unchanged(text.substr(0, words[kept - 1].end));
}

}  // namespace pellucid::study
