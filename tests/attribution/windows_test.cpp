// Long texts in windows: every piece is in two, everything still adds up, a short text notices nothing.
#include "attribution/windows.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "tiny_texts.h"

namespace pellucid {
namespace {

// Encodings and units of texts of any length, not cut.
struct LongInputs {
  std::vector<Encoding> encodings;
  std::vector<Units> units;

  LongInputs(const Classifier& classifier, const std::vector<std::string>& texts, Unit unit = Unit::word) {
    for (const std::string& text : texts) {
      encodings.push_back(classifier.tokenizer().encode(text));
      units.push_back(units_of(text, encodings.back(), unit));
    }
  }
  std::vector<Input> inputs(const Target& target = {}) const {
    std::vector<Input> inputs;
    for (std::size_t i = 0; i < encodings.size(); ++i) inputs.push_back({&encodings[i], &units[i], target});
    return inputs;
  }
};

// From a few words to a dozen windows of the tiny models.
std::vector<std::string> long_texts() {
  const std::vector<std::string> parts = tiny_texts(40);
  std::vector<std::string> texts = {"", "The film is good."};
  for (const std::size_t count : {5, 8, 12, 25}) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += parts[(texts.size() * 7 + i) % parts.size()];
    texts.push_back(text);
  }
  return texts;
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// An encoding of words of the given lengths in pieces.
Encoding words_of(const std::vector<std::size_t>& lengths) {
  Encoding encoding{{2}, {{}}, {kNoWord}, 0};
  for (std::size_t word = 0; word < lengths.size(); ++word) {
    for (std::size_t i = 0; i < lengths[word]; ++i) {
      const std::size_t at = encoding.ids.size();
      encoding.ids.push_back(static_cast<std::int32_t>(at + 10));
      encoding.ranges.push_back({at, at + 1});
      encoding.words.push_back(static_cast<std::int32_t>(word));
    }
  }
  encoding.ids.push_back(3);
  encoding.ranges.push_back({});
  encoding.words.push_back(kNoWord);
  return encoding;
}

RC_GTEST_PROP(Windows, EveryPieceOfALongTextLiesInExactlyTwo, ()) {
  const auto max_length = *rc::gen::inRange<std::size_t>(kShortestWindow, 40);
  const auto lengths =
      *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, max_length / 2 + 3));
  const Encoding text = words_of(lengths);
  const std::vector<Window> windows = windows_of(text, max_length);
  std::vector<int> times(text.ids.size());
  for (const Window& window : windows) {
    const std::size_t n = window.encoding.ids.size();
    RC_ASSERT(n <= max_length);
    RC_ASSERT(n > 2 || windows.size() == 1);
    RC_ASSERT(window.encoding.ranges.size() == n && window.encoding.words.size() == n);
    RC_ASSERT(window.encoding.ids.front() == text.ids.front() && window.encoding.ids.back() == text.ids.back());
    for (std::size_t i = 1; i + 1 < n; ++i) {
      const std::size_t piece = window.first + i - 1;
      RC_ASSERT(window.encoding.ids[i] == text.ids[piece]);
      RC_ASSERT(window.encoding.ranges[i] == text.ranges[piece]);
      RC_ASSERT(window.encoding.words[i] == text.words[piece]);
      ++times[piece];
    }
    // No cut within a word that fits a segment.
    const std::int32_t word = text.words[window.first];
    if (word != kNoWord && text.words[window.first - 1] == word) {
      RC_ASSERT(lengths[static_cast<std::size_t>(word)] > (max_length - 2) / 2);
    }
  }
  const int expected = text.ids.size() <= max_length ? 1 : 2;
  RC_ASSERT(windows.size() == 1 || expected == 2);
  RC_ASSERT(std::count(times.begin() + 1, times.end() - 1, expected) ==
            static_cast<std::ptrdiff_t>(text.ids.size() - 2));
}

TEST(Windows, ByHand) {
  const auto firsts = [](const std::vector<std::size_t>& lengths, std::size_t max_length) {
    std::vector<std::pair<std::size_t, std::size_t>> found;  // first piece, pieces
    for (const Window& window : windows_of(words_of(lengths), max_length)) {
      found.emplace_back(window.first, window.encoding.ids.size() - 2);
    }
    return found;
  };
  using Found = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(firsts({1, 1, 1, 1, 1, 1}, 8), (Found{{1, 6}}));
  EXPECT_EQ(firsts({1, 1, 1, 1, 1, 1, 1}, 8), (Found{{1, 3}, {1, 5}, {4, 4}, {6, 2}}));
  EXPECT_EQ(firsts({1, 1, 2, 1, 1, 1}, 8), (Found{{1, 2}, {1, 5}, {3, 5}, {6, 2}}));  // the third word stays whole
  EXPECT_EQ(firsts({7}, 8), (Found{{1, 3}, {1, 6}, {4, 4}, {7, 1}}));                 // longer than a segment
  EXPECT_EQ(firsts({}, 4), (Found{{1, 0}}));
}

class WindowMethods : public ::testing::TestWithParam<std::string> {};

TEST_P(WindowMethods, AShortTextIsExplainedAsWithoutWindows) {
  const auto classifier = load_tiny_classifier(GetParam());
  std::vector<std::string> short_texts;
  for (const std::string& text : tiny_texts(20)) {
    if (classifier->tokenizer().encode(text).ids.size() <= classifier->max_length()) short_texts.push_back(text);
  }
  ASSERT_GT(short_texts.size(), 10U);
  const LongInputs texts(*classifier, short_texts);
  for (const Method* method : methods_for(*classifier)) {
    const auto plain = unwrap(method->explain(*classifier, texts.inputs(), {}));
    const auto windowed = unwrap(explain_in_windows(*classifier, *method, texts.inputs(), {}));
    ASSERT_EQ(windowed.size(), plain.size());
    for (std::size_t t = 0; t < plain.size(); ++t) {
      EXPECT_EQ(windowed[t].logits, plain[t].logits) << method->name;
      EXPECT_EQ(windowed[t].scores, plain[t].scores) << method->name;
      EXPECT_EQ(windowed[t].bias, plain[t].bias);
      EXPECT_EQ(windowed[t].residual, plain[t].residual);
      EXPECT_EQ(windowed[t].forward_equivalents, plain[t].forward_equivalents);
    }
  }
}

TEST_P(WindowMethods, ScoresAndBiasAddUpToTheMeanOfTheWindowsLogits) {
  const auto classifier = load_tiny_classifier(GetParam());
  for (const Unit unit : {Unit::word, Unit::sentence}) {
    const LongInputs texts(*classifier, long_texts(), unit);
    for (const Method* method : methods_for(*classifier)) {
      const MethodOptions options;
      const auto found = unwrap(explain_in_windows(*classifier, *method, texts.inputs(), options));
      for (std::size_t t = 0; t < found.size(); ++t) {
        SCOPED_TRACE(std::string(method->name) + ", text " + std::to_string(t));
        std::vector<double> mean(3);
        const std::vector<Window> windows = windows_of(texts.encodings[t], classifier->max_length());
        for (const Window& window : windows) {
          const std::vector<float> logits = logits_of(*classifier, window.encoding.ids);
          for (std::size_t c = 0; c < 3; ++c) mean[c] += logits[c] / static_cast<double>(windows.size());
        }
        EXPECT_LE(largest_difference(found[t].logits, mean), 1e-5);
        const auto label = static_cast<std::size_t>(found[t].target.label);
        EXPECT_EQ(label, static_cast<std::size_t>(argmax(found[t].logits)));
        EXPECT_NEAR(found[t].explained, mean[label] - (mean[0] + mean[1] + mean[2]) / 3, 1e-5);
        EXPECT_NEAR(sum(found[t].scores) + found[t].bias + found[t].residual, found[t].explained, 1e-9);
        if (method->complete) {
          EXPECT_LE(std::abs(found[t].residual), method->name == "integrated-gradients" ? options.tolerance : 1e-4);
        }
        ASSERT_EQ(found[t].scores.size(), texts.encodings[t].ids.size());
        EXPECT_EQ(found[t].scores.front(), 0);
        EXPECT_EQ(found[t].scores.back(), 0);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Heads, WindowMethods, ::testing::Values("none", "top", "input", "pooler"),
                         [](const auto& info) { return info.param; });

TEST(WindowExplanations, AreTheMeansOfTheWindowsOwn) {
  const auto classifier = load_tiny_classifier("top");
  const LongInputs texts(*classifier, long_texts());
  const Method& method = *unwrap(find_method("decomposition"));
  const auto found = unwrap(explain_in_windows(*classifier, method, texts.inputs({.label = 1, .against = 2}), {}));
  std::size_t in_several = 0;
  for (std::size_t t = 0; t < found.size(); ++t) {
    const std::vector<Window> windows = windows_of(texts.encodings[t], classifier->max_length());
    std::vector<double> scores(texts.encodings[t].ids.size());
    double special = 0;
    double cost = 0;
    for (const Window& window : windows) {
      Units pieces{{}, std::vector<std::int32_t>(window.encoding.ids.size(), -1)};
      const Input input{&window.encoding, &pieces, {.label = 1, .against = 2}};
      const Attribution own = unwrap(method.explain(*classifier, {&input, 1}, {})).front();
      for (std::size_t i = 1; i + 1 < own.scores.size(); ++i) scores[window.first + i - 1] += own.scores[i];
      special += own.special / static_cast<double>(windows.size());
      cost += own.forward_equivalents;
    }
    for (double& score : scores) score /= static_cast<double>(windows.size());
    EXPECT_LE(largest_difference(found[t].scores, scores), 1e-5);
    EXPECT_NEAR(found[t].special, special, 1e-5);
    EXPECT_EQ(found[t].forward_equivalents, cost);
    in_several += windows.size() > 1;
  }
  EXPECT_GE(in_several, 3U);
}

// Whose windows disagree: the class of the whole text is explained in each.
TEST(WindowExplanations, AreOfTheClassOfTheWholeText) {
  const auto classifier = load_tiny_classifier("none");
  const auto repeated = [](const std::string& word, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += word + " ";
    return text;
  };
  std::map<std::int32_t, std::string> typical;  // a text for each class that is predicted at all
  for (const char* word : {"good", "film", "oil", "market", "bank", "team", "not", "zq", "the", "price"}) {
    const LongInputs one(*classifier, {repeated(word, 40)});
    typical.emplace(argmax(logits_of(*classifier, one.encodings[0].ids)), word);
  }
  ASSERT_GE(typical.size(), 2U);
  const std::string text = repeated(typical.begin()->second, 90) + repeated(typical.rbegin()->second, 120);
  const LongInputs one(*classifier, {text});
  std::vector<bool> seen(3);
  for (const Window& window : windows_of(one.encodings[0], classifier->max_length())) {
    seen[static_cast<std::size_t>(argmax(logits_of(*classifier, window.encoding.ids)))] = true;
  }
  ASSERT_GT(std::ranges::count(seen, true), 1) << "windows agree: choose another text";
  const Method& method = *unwrap(find_method("decomposition"));
  const Attribution found = unwrap(explain_in_windows(*classifier, method, one.inputs(), {})).front();
  const std::int32_t label = argmax(predict_in_windows(*classifier, one.encodings, 4096));
  EXPECT_EQ(found.target.label, label);
  const Attribution named = unwrap(explain_in_windows(*classifier, method, one.inputs({.label = label}), {})).front();
  EXPECT_EQ(found.scores, named.scores);
  EXPECT_EQ(found.forward_equivalents, named.forward_equivalents * 1.5);  // two passes a window, one to predict
}

TEST(WindowExplanations, ALongTextAloneIsAsAmongOthers) {
  const auto classifier = load_tiny_classifier("input");
  const LongInputs texts(*classifier, long_texts());
  const std::vector<float> together = predict_in_windows(*classifier, texts.encodings, 200);
  const Method& method = *unwrap(find_method("decomposition"));
  const std::vector<Input> inputs = texts.inputs();
  const auto found = unwrap(explain_in_windows(*classifier, method, inputs, {}));
  for (std::size_t t = 0; t < inputs.size(); ++t) {
    const std::vector<float> alone = predict_in_windows(*classifier, {&texts.encodings[t], 1}, 4096);
    EXPECT_LE(largest_difference(alone, std::span(together).subspan(t * 3, 3)), 1e-5);
    const auto one = unwrap(explain_in_windows(*classifier, method, {&inputs[t], 1}, {}));
    EXPECT_LE(largest_difference(one.front().scores, found[t].scores), 1e-5);
  }
}

TEST(WindowExplanations, ARefusalIsPassedOn) {
  const auto classifier = load_tiny_classifier("none");
  const LongInputs texts(*classifier, long_texts());
  const auto refused =
      explain_in_windows(*classifier, *unwrap(find_method("attention-attribution")), texts.inputs(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace pellucid
