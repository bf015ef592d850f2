// Test texts that a study changes: units shuffled, words misspelt, the end cut off. Each keeps a map from its bytes to
// the original's, so that explanations can be compared word by word.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/random.h"
#include "text/tokenizer.h"

namespace pellucid::study {

// Bytes of the changed text that stand for bytes of the original, as many.
struct Segment {
  ByteRange now, before;
  bool operator==(const Segment&) const = default;
};

struct ChangedText {
  std::string text;
  std::vector<Segment> segments;  // ascending in `now`
};

// Where ranges of the changed text lie in the original; empty where one is not in a single segment.
std::vector<ByteRange> original_ranges(const ChangedText& changed, std::span<const ByteRange> ranges);

std::vector<ByteRange> words_of(std::string_view text);      // between white space
std::vector<ByteRange> sentences_of(std::string_view text);  // by rules (attribution/sentences.h)

ChangedText unchanged(std::string_view text);

// What changes places: sentences; words within windows of kWindow neighbours; words.
enum class Moved { sentence, window, word };
inline constexpr std::size_t kWindow = 5;

// `share` of the units (of each window's) go to a place of another of these, at random; what does not make a whole
// number, and one alone, which cannot move, is rounded at random so that `share` holds on average. White space stays.
ChangedText shuffled(std::string_view text, Moved moved, double share, SplitMix64 random);

// Two letters swapped in `share` of the words that can take it (evaluate/text_changes.h).
ChangedText misspelt(std::string_view text, double share, SplitMix64 random);

// The first `share` of the words, rounded, one at least.
ChangedText truncated(std::string_view text, double share);

}  // namespace pellucid::study
