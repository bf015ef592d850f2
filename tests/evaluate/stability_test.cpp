// Explanations before and after changes that should not matter; the changes themselves.
#include "evaluate/stability.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "evaluate/text_changes.h"
#include "tiny_texts.h"

namespace pellucid {
namespace {

std::vector<ByteRange> words_of(std::string_view text) {
  std::vector<ByteRange> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) words.push_back({begin, end});
    begin = end + 1;
  }
  return words;
}

TEST(Typos, SwapTwoInnerLettersOfAThirdOfTheWords) {
  const std::string text = "season price match good aaaaa the 12345 a-word";
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const std::string changed = with_typos(text, words_of(text), seed);
    EXPECT_EQ(changed, with_typos(text, words_of(text), seed));
    ASSERT_EQ(changed.size(), text.size());
    std::size_t words = 0;
    for (const ByteRange& word : words_of(text)) {
      std::string before = text.substr(word.begin, word.end - word.begin);
      std::string after = changed.substr(word.begin, word.end - word.begin);
      words += before != after;
      EXPECT_EQ(before.front(), after.front());
      EXPECT_EQ(before.back(), after.back());
      std::ranges::sort(before);
      std::ranges::sort(after);
      EXPECT_EQ(before, after);
    }
    EXPECT_EQ(words, 1U) << "of season, price, match; good has equal letters inside: " << changed;
    seen.insert(changed);
  }
  EXPECT_GT(seen.size(), 5U);
  EXPECT_EQ(with_typos("the aaaaa", words_of("the aaaaa"), 1), "the aaaaa");
  EXPECT_EQ(with_typos(text, {}, 1), text);
  // A share of those that can take it.
  const std::string able = "every second letter moves";
  for (const double share : {0.0, 0.25, 0.5, 1.0}) {
    const std::string changed = with_typos(able, words_of(able), share, 3);
    std::size_t different = 0;
    for (const ByteRange& word : words_of(able)) {
      different += able.substr(word.begin, word.end - word.begin) != changed.substr(word.begin, word.end - word.begin);
    }
    EXPECT_EQ(different, static_cast<std::size_t>(share * 4));
  }
}

TEST(Synonyms, StandForSingleWordsAndKeepTheCapital) {
  const auto changed = [](std::string_view text) { return with_synonyms(text, words_of(text)); };
  EXPECT_EQ(changed("The company said perhaps"), "The firm stated maybe");
  EXPECT_EQ(changed("Movies , Big film"), "Films , Large movie");
  EXPECT_EQ(changed("nothing here"), "nothing here");
  EXPECT_EQ(with_synonyms("company", {}), "company");
}

class Stability : public ::testing::Test {
 protected:
  Stability() {
    for (const std::string& text : tiny_texts(10)) examples_.push_back({.text = text});
    examples_.push_back({.text = "The movie was wonderful and the season price said good"});
    for (const char* name : {"decomposition", "random"}) methods_.push_back(unwrap(find_method(name)));
  }
  std::vector<StabilityRow> measured() {
    return unwrap(
        measure_stability(*classifier_, examples_, methods_, {.method = {}, .other_precision = other_.get()}));
  }
  const std::unique_ptr<Classifier> classifier_ = load_tiny_classifier("top");
  const std::unique_ptr<Classifier> other_ = load_tiny_classifier("top");
  std::vector<Example> examples_;
  std::vector<const Method*> methods_;
};

TEST_F(Stability, NothingChangesWhereNothingIsChanged) {
  const std::vector<StabilityRow> rows = measured();
  ASSERT_EQ(rows.size(), 5 * methods_.size());
  std::size_t with_words = 0;  // two or more, which can be ranked
  for (const Example& example : examples_) {
    const Encoding encoding = classifier_->tokenizer().encode(example.text, classifier_->max_length());
    with_words += units_of(example.text, encoding, Unit::word).ranges.size() > 1;
  }
  const char* changes[] = {"alone", "threads", "fp32", "typos", "synonyms"};
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const StabilityRow& row = rows[r];
    EXPECT_EQ(row.change, changes[r / 2]);
    EXPECT_EQ(row.method, methods_[r % 2]->name);
    if (r < 6) {  // the same text again
      EXPECT_EQ(row.n, with_words);
      EXPECT_GT(row.spearman, 0.99) << row.change;
      EXPECT_GT(row.kendall, 0.98) << row.change;
      EXPECT_GT(row.top_overlap, 0.98) << row.change;
      EXPECT_EQ(row.predictions_changed, 0);
    } else {
      EXPECT_GT(row.n, 0U) << row.change;
      EXPECT_LE(row.n, with_words);
    }
    EXPECT_LE(row.spearman_interval.low, row.spearman + 1e-12);
    EXPECT_GE(row.spearman_interval.high, row.spearman - 1e-12);
  }
  // Scores that do not come from the text's words are not stable when these change.
  EXPECT_LT(rows[7].spearman, 0.9);
}

TEST_F(Stability, RepeatsAndStopsWhenAsked) {
  const std::vector<StabilityRow> first = measured();
  const std::vector<StabilityRow> second = measured();
  for (std::size_t r = 0; r < first.size(); ++r) EXPECT_EQ(first[r].spearman, second[r].spearman);
  const auto stopped = measure_stability(*classifier_, examples_, methods_, {}, [](std::size_t) { return false; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
  EXPECT_EQ(unwrap(measure_stability(*classifier_, examples_, methods_, {})).size(), 4 * methods_.size());
  EXPECT_TRUE(unwrap(measure_stability(*classifier_, examples_, {}, {})).empty());
}

}  // namespace
}  // namespace pellucid
