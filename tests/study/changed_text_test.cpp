// Changed test texts: what moves, how much of it, and that the map leads back.
#include "study/changed_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

namespace pellucid::study {
namespace {

std::vector<std::string> parts(std::string_view text, std::span<const ByteRange> ranges) {
  std::vector<std::string> all;
  for (const ByteRange& range : ranges) all.emplace_back(text.substr(range.begin, range.end - range.begin));
  return all;
}

std::vector<std::string> sorted(std::vector<std::string> all) {
  std::ranges::sort(all);
  return all;
}

// Words of several scripts, sentences with and without spaces between them, white space of several kinds.
std::string any_text() {
  const std::vector<std::string> pieces = {"The", "film", "was",  "good.",  "Price", "rises!", " ",   "  ",  "\n",
                                           "\t",  "日本", "好。", "\u00a0", "a",     "\n\n",   "Mr.", "Fox,"};
  std::string text;
  for (const std::string& piece : *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces)))
    text += piece;
  return text;
}

TEST(ChangedText, AnyChangeKeepsTheBytesThatItsMapNames) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = any_text();
    const double share = *rc::gen::inRange(0, 101) / 100.0;
    const SplitMix64 random(*rc::gen::arbitrary<std::uint64_t>());
    const ChangedText changes[] = {shuffled(text, Moved::sentence, share, random),
                                   shuffled(text, Moved::window, share, random),
                                   shuffled(text, Moved::word, share, random), truncated(text, share)};
    for (const ChangedText& changed : changes) {
      for (const Segment& segment : changed.segments) {
        RC_ASSERT(segment.now.end - segment.now.begin == segment.before.end - segment.before.begin);
        RC_ASSERT(changed.text.substr(segment.now.begin, segment.now.end - segment.now.begin) ==
                  text.substr(segment.before.begin, segment.before.end - segment.before.begin));
      }
      // Words within a segment lead back to the same words, each to one of its own. (Sentences can meet within a word.)
      std::set<std::size_t> begins;
      const std::vector<ByteRange> words = words_of(changed.text);
      const std::vector<ByteRange> originals = original_ranges(changed, words);
      for (std::size_t w = 0; w < words.size(); ++w) {
        const bool across = originals[w].begin == originals[w].end;
        RC_ASSERT(!across || &changed == &changes[0]);
        if (across) continue;
        RC_ASSERT(parts(changed.text, {&words[w], 1}) == parts(text, {&originals[w], 1}));
        RC_ASSERT(begins.insert(originals[w].begin).second);
      }
    }
    for (const Moved moved : {Moved::window, Moved::word}) {
      const std::string words = shuffled(text, moved, share, random).text;
      RC_ASSERT(sorted(parts(words, words_of(words))) == sorted(parts(text, words_of(text))));
      RC_ASSERT(shuffled(text, moved, 0, random).text == text);
      RC_ASSERT(shuffled(text, moved, share, random).text == words);
    }
    RC_ASSERT(shuffled(text, Moved::sentence, 0, random).text == text);
    RC_ASSERT(truncated(text, 1).text == text);
    RC_ASSERT(misspelt(text, 0, random).text == text);
  }));
}

std::string numbered(std::size_t n) {
  std::string text;
  for (std::size_t i = 0; i < n; ++i) text += (i == 0 ? "w" : " w") + std::to_string(i);
  return text;
}

// The share of words in another place than before.
double share_moved(const std::string& text, const std::string& changed) {
  const auto before = parts(text, words_of(text));
  const auto after = parts(changed, words_of(changed));
  std::size_t moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i) moved += before[i] != after[i];
  return static_cast<double>(moved) / static_cast<double>(before.size());
}

TEST(ChangedText, AsManyMoveAsAskedForOnAverage) {
  for (const std::size_t n : {2U, 3U, 6U, 23U}) {
    const std::string text = numbered(n);
    for (const Moved moved : {Moved::word, Moved::window}) {
      for (const double share : {0.2, 0.5, 0.9}) {
        double sum = 0;
        for (std::uint64_t seed = 0; seed < 2000; ++seed) {
          sum += share_moved(text, shuffled(text, moved, share, SplitMix64(seed)).text);
        }
        // A last window of one word cannot move.
        const double expected = moved == Moved::window && n % kWindow == 1 ? share * (n - 1) / n : share;
        EXPECT_NEAR(sum / 2000, expected, 0.03) << n << " words, " << share;
      }
    }
    EXPECT_EQ(share_moved(text, shuffled(text, Moved::word, 1, SplitMix64(1)).text), 1) << "all of " << n;
  }
}

TEST(ChangedText, WordsStayWithinTheirWindow) {
  const std::string text = numbered(23);
  const std::string changed = shuffled(text, Moved::window, 1, SplitMix64(5)).text;
  const auto before = parts(text, words_of(text));
  const auto after = parts(changed, words_of(changed));
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto at = static_cast<std::size_t>(std::ranges::find(after, before[i]) - after.begin());
    EXPECT_EQ(at / kWindow, i / kWindow);
    EXPECT_NE(at, i);
  }
}

TEST(ChangedText, SentencesMoveWhole) {
  const std::string text = "Oil rises. Banks fall!  Who knows?";
  const std::string changed = shuffled(text, Moved::sentence, 1, SplitMix64(2)).text;
  EXPECT_EQ(sorted(parts(changed, sentences_of(changed))),
            (std::vector<std::string>{"Banks fall!", "Oil rises.", "Who knows?"}));
  EXPECT_NE(changed, text);
  EXPECT_EQ(changed.size(), text.size()) << "white space stays";
  const std::string one = "Only one sentence here";
  EXPECT_EQ(shuffled(one, Moved::sentence, 1, SplitMix64(2)).text, one);
  // What touched is set apart from a new neighbour: a word must not grow.
  EXPECT_EQ(shuffled("好。end", Moved::sentence, 1, SplitMix64(2)).text, "end 好。");
}

TEST(ChangedText, TypingMistakesKeepEveryWordsPlace) {
  const std::string text = "The company said prices would rise, analysts say.";
  const ChangedText changed = misspelt(text, 1, SplitMix64(4));
  EXPECT_NE(changed.text, text);
  EXPECT_EQ(changed.text.size(), text.size());
  const std::vector<ByteRange> words = words_of(text);
  EXPECT_EQ(words_of(changed.text), words);
  EXPECT_EQ(original_ranges(changed, words), words);
  std::size_t different = 0;
  const auto before = parts(text, words);
  const auto after = parts(changed.text, words);
  for (std::size_t i = 0; i < words.size(); ++i) different += before[i] != after[i];
  EXPECT_EQ(different, 6U) << changed.text << ": all but The and say";
  EXPECT_EQ(misspelt(text, 1, SplitMix64(4)).text, changed.text);
}

TEST(ChangedText, TruncationKeepsTheFirstWords) {
  EXPECT_EQ(truncated("one two  three four", 0.5).text, "one two");
  EXPECT_EQ(truncated("one two three", 0.01).text, "one") << "one at least";
  EXPECT_EQ(truncated(" one two ", 1).text, " one two ");
  EXPECT_EQ(truncated("", 0.5).text, "");
}

TEST(ChangedText, WhatIsNotInOneSegmentHasNoOriginal) {
  const ChangedText changed{"b a", {{{0, 1}, {2, 3}}, {{2, 3}, {0, 1}}}};
  const std::vector<ByteRange> ranges = {{0, 1}, {2, 3}, {0, 3}};
  EXPECT_EQ(original_ranges(changed, ranges), (std::vector<ByteRange>{{2, 3}, {0, 1}, {0, 0}}));
}

}  // namespace
}  // namespace pellucid::study
