// Byte-level BPE, Unigram and the stages before them: identity with the `tokenizers` package (fixtures by
// tests/oracles/tokenizer_kinds.py), words, and what is refused.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "temporary_folder.h"
#include "text/oracle.h"
#include "text/tokenizer.h"
#include "text/word_numbers.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kGroup = 10;
const fs::path kKinds = kFixtures / "kinds";
const char* const kNames[] = {"albert", "byte-fallback", "deberta-v3",     "eurobert", "modernbert",
                              "mpnet",  "roberta",       "roberta-prefix", "stages",   "xlm-roberta"};

class Kinds : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Tokenizer, Kinds, testing::ValuesIn(kNames), [](const auto& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST_P(Kinds, AreIdenticalToThePackage) {
  const Tokenizer tokenizer = load(kKinds / GetParam());
  std::vector<std::string> strings = read_strings(kFixtures / "corpus.bin");
  for (std::string& adversarial : read_strings(kKinds / "adversarial.bin")) strings.push_back(std::move(adversarial));
  const std::vector<std::uint64_t> expected = read_hashes(kKinds / GetParam() / "expected.bin");
  ASSERT_GE(strings.size(), 23000U);
  ASSERT_EQ(expected.size(), (strings.size() + kGroup - 1) / kGroup);
  std::vector<std::size_t> different;
  for (std::size_t group = 0; group < expected.size(); ++group) {
    Hash hash;
    for (std::size_t i = group * kGroup; i < std::min(strings.size(), (group + 1) * kGroup); ++i) {
      const Encoding encoding = tokenizer.encode(strings[i]);
      for (std::size_t k = 0; k < encoding.ids.size(); ++k) {
        hash.add(encoding.ids[k]);
        hash.add(static_cast<std::int64_t>(encoding.ranges[k].begin));
        hash.add(static_cast<std::int64_t>(encoding.ranges[k].end));
      }
    }
    if (hash.value() != expected[group]) different.push_back(group * kGroup);
  }
  EXPECT_TRUE(different.empty()) << different.size() << " groups; compare the ten strings from " << different.front()
                                 << " with: python tests/oracles/tokenizer_kinds.py show " << GetParam() << " N";
}

// As the package's first versions wrote them, and published folders still have them.
TEST_P(Kinds, NeedNoTypeOfTheModel) {
  json description = json::parse(slurp(kKinds / GetParam() / "tokenizer.json"));
  ASSERT_EQ(description["model"].erase("type"), 1U);
  TemporaryFolder folder;
  folder.write("tokenizer.json", description.dump());
  const Tokenizer found = load(folder.path());
  const Tokenizer expected = load(kKinds / GetParam());
  for (const std::string& text : read_strings(kKinds / "adversarial.bin")) {
    ASSERT_EQ(found.encode(text).ids, expected.encode(text).ids) << text;
  }
}

void check_invariants(const Tokenizer& tokenizer, const std::string& text) {
  const Encoding encoding = tokenizer.encode(text);
  RC_ASSERT(encoding.ids.size() == encoding.ranges.size() && encoding.ids.size() == encoding.words.size());
  RC_ASSERT(encoding.ids.front() == tokenizer.specials().begin && encoding.words.front() == kNoWord);
  RC_ASSERT(encoding.ids.back() == tokenizer.specials().end && encoding.words.back() == kNoWord);
  ByteRange before;
  std::int32_t word = 0;
  for (std::size_t i = 1; i + 1 < encoding.ids.size(); ++i) {
    const ByteRange range = encoding.ranges[i];
    RC_ASSERT(range.begin <= range.end && range.end <= text.size());
    RC_ASSERT(range.begin >= before.begin && range.end >= before.end);
    // Pieces overlap within a character at most, or are the bytes of what no piece covers.
    RC_ASSERT(range == before || range.begin + 4 >= before.end);
    RC_ASSERT(encoding.words[i] == word || encoding.words[i] == word + 1);
    before = range;
    word = encoding.words[i];
  }
}

TEST_P(Kinds, KeepRangesAndWordsInOrder) {
  const Tokenizer tokenizer = load(kKinds / GetParam());
  const std::vector<std::string> strings = read_strings(kKinds / "adversarial.bin");
  EXPECT_TRUE(rc::check([&](const std::string& text) { check_invariants(tokenizer, text); }));
  EXPECT_TRUE(rc::check([&] { check_invariants(tokenizer, *rc::gen::elementOf(strings)); }));
}

TEST_P(Kinds, TextNeverBecomesASpecialToken) {
  const Tokenizer tokenizer = load(kKinds / GetParam());
  const SpecialTokens& specials = tokenizer.specials();
  for (const std::int32_t special : {specials.pad, specials.begin, specials.end, specials.mask}) {
    const std::string& name = tokenizer.piece(special);
    for (const std::string& text : {name, "a " + name + " b", name + name, "x" + name}) {
      const Encoding encoding = tokenizer.encode(text);
      EXPECT_EQ(std::count(encoding.ids.begin() + 1, encoding.ids.end() - 1, special), 0) << text;
    }
  }
}

// The ranges of words, as a person reads them.
std::vector<std::string> words_of(const Tokenizer& tokenizer, const std::string& text) {
  const Encoding encoding = tokenizer.encode(text);
  std::vector<ByteRange> ranges;
  for (std::size_t i = 1; i + 1 < encoding.ids.size(); ++i) {
    if (static_cast<std::size_t>(encoding.words[i]) == ranges.size()) ranges.push_back(encoding.ranges[i]);
    ranges.back().end = encoding.ranges[i].end;
  }
  std::vector<std::string> words;
  for (const ByteRange& range : ranges) {
    const ByteRange word = without_white_space(text, range);
    words.push_back(text.substr(word.begin, word.end - word.begin));
  }
  return words;
}

TEST_P(Kinds, WordsAreWhatWhiteSpaceSeparates) {
  if (GetParam() == std::string("byte-fallback")) return;  // its pieces span white space
  const Tokenizer tokenizer = load(kKinds / GetParam());
  EXPECT_TRUE(rc::check([&] {
    const auto letters = rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', '{')));
    const auto words = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(letters));
    std::string text;
    for (const std::string& word : words) {
      text += *rc::gen::element<std::string>(" ", "  ", "\n", " \t ");
      text += word;
    }
    RC_ASSERT(words_of(tokenizer, text) == words);
  }));
}

TEST(WordNumbers, PunctuationAndIdeographsStandAloneWherePiecesLetThem) {
  const auto words = [](const std::string& text, const std::vector<ByteRange>& ranges) {
    Encoding encoding{.ids = std::vector<std::int32_t>(ranges.size()),
                      .ranges = ranges,
                      .words = std::vector<std::int32_t>(ranges.size())};
    number_words(text, encoding);
    return encoding.words;
  };
  using Words = std::vector<std::int32_t>;
  EXPECT_EQ(words("don't go", {{0, 3}, {3, 5}, {5, 8}}), (Words{0, 1, 2}));
  EXPECT_EQ(words("a 'quote", {{0, 1}, {1, 4}, {4, 8}}), (Words{0, 1, 1}));  // " 'q" reaches into the next word
  EXPECT_EQ(words("a  b", {{0, 1}, {1, 2}, {2, 3}, {3, 4}}),
            (Words{0, 1, 1, 1}));  // white space goes with what follows
  EXPECT_EQ(words("a \n", {{0, 1}, {1, 2}, {2, 3}}), (Words{0, 0, 0}));
  EXPECT_EQ(words("  ", {{0, 1}, {1, 2}}), (Words{0, 0}));
  EXPECT_EQ(words("中国a", {{0, 3}, {3, 6}, {6, 7}}), (Words{0, 1, 2}));
  EXPECT_EQ(words("中国a", {{0, 6}, {6, 7}}), (Words{0, 1}));
  EXPECT_EQ(words("xé", {{0, 3}, {1, 3}}), (Words{0, 0}));  // two pieces with bytes of one character
}

// BERT's way in one pass beside the same stages one after the other, which a token that never occurs makes necessary.
TEST(Tokenizer, BertInOnePassIsTheStagesOneByOne) {
  json description = json::parse(slurp(kKinds / "mpnet" / "tokenizer.json"));
  const auto id = description["model"]["vocab"].size();
  description["added_tokens"].push_back(
      {{"id", id}, {"content", "\uFDD0 never"}, {"special", false}, {"normalized", false}});
  TemporaryFolder folder;
  folder.write("tokenizer.json", description.dump());
  const Tokenizer by_stages = load(folder.path());
  const Tokenizer in_one_pass = load(kKinds / "mpnet");
  std::size_t same_words = 0;
  for (const std::string& text : read_strings(kFixtures / "corpus.bin")) {
    const Encoding expected = by_stages.encode(text);
    const Encoding found = in_one_pass.encode(text);
    ASSERT_EQ(found.ids, expected.ids) << text;
    ASSERT_EQ(found.ranges, expected.ranges) << text;
    const bool plain = std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
    if (!plain) continue;
    ASSERT_EQ(found.words, expected.words) << text;
    ++same_words;
  }
  EXPECT_GT(same_words, 1000U);
}

// What RobertaProcessing does at once, as GPT-2's kin have it: ranges trimmed by one processor, special tokens by
// another.
TEST(Tokenizer, PostProcessorsMayStandInASequence) {
  for (const char* kind : {"roberta", "roberta-prefix"}) {
    json description = json::parse(slurp(kKinds / kind / "tokenizer.json"));
    const json at_once = description["post_processor"];
    const auto special = [](const char* id) { return json{{"SpecialToken", {{"id", id}, {"type_id", 0}}}}; };
    const json trimming = {{"type", "ByteLevel"},
                           {"add_prefix_space", at_once["add_prefix_space"]},
                           {"trim_offsets", at_once["trim_offsets"]},
                           {"use_regex", true}};
    const json around = {{"type", "TemplateProcessing"},
                         {"single", {special("<s>"), {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}, special("</s>")}}};
    description["post_processor"] = {{"type", "Sequence"}, {"processors", {trimming, around}}};
    TemporaryFolder folder;
    folder.write("tokenizer.json", description.dump());
    const Tokenizer found = load(folder.path());
    const Tokenizer expected = load(kKinds / kind);
    for (const std::string& text : read_strings(kKinds / "adversarial.bin")) {
      ASSERT_EQ(found.encode(text).ids, expected.encode(text).ids) << text;
      ASSERT_EQ(found.encode(text).ranges, expected.encode(text).ranges) << text;
    }
  }
}

TEST(Tokenizer, ALongWordIsNoTrouble) {
  const std::string word(300'000, 'a');
  for (const char* name : {"roberta", "xlm-roberta"}) {
    const Encoding encoding = load(kKinds / name).encode(word);
    EXPECT_EQ(encoding.ranges[encoding.ranges.size() - 2].end, word.size()) << name;
    EXPECT_EQ(encoding.words[encoding.words.size() - 2], 0) << name;
  }
}

TEST(Tokenizer, WhatIsNotSupportedIsNamed) {
  const auto error = [](const std::string& kind, const char* place, const json& value) {
    json description = json::parse(slurp(kKinds / kind / "tokenizer.json"));
    description[json::json_pointer(place)] = value;
    TemporaryFolder folder;
    folder.write("tokenizer.json", description.dump());
    const auto loaded = Tokenizer::load(folder.path());
    return loaded ? std::string("(no error)") : loaded.error().message;
  };
  const auto expect = [](const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect(error("roberta", "/model/type", "WordLevel"), "one of WordPiece, BPE, Unigram; found WordLevel");
  expect(error("mpnet", "/model", {{"unk_token", "[UNK]"}, {"vocab", {{"[UNK]", 0}}}}), "found none");  // WordLevel
  expect(error("roberta", "/normalizer", {{"type", "Nmt"}}), "Sequence, Strip, StripAccents; found Nmt");
  expect(error("roberta", "/pre_tokenizer", {{"type", "UnicodeScripts"}}), "WhitespaceSplit; found UnicodeScripts");
  expect(error("roberta", "/pre_tokenizer", {{"type", "Whitespace"}}), "ByteLevel with a BPE model");
  expect(error("albert", "/pre_tokenizer", {{"type", "ByteLevel"}}), "found a Unigram model with it");
  expect(error("eurobert", "/pre_tokenizer/pretokenizers/0/pattern", {{"Regex", "a+"}}), "found {\"Regex\":\"a+\"}");
  expect(error("eurobert", "/pre_tokenizer/pretokenizers/0/behavior", "Sometimes"), "found Sometimes");
  expect(error("roberta", "/post_processor", {{"type", "Nothing"}}), "found Nothing");
  const json roberta = {{"type", "RobertaProcessing"}, {"cls", {"<s>", 0}}, {"sep", {"</s>", 2}}};
  expect(error("roberta", "/post_processor", {{"type", "Sequence"}, {"processors", {roberta, roberta}}}), "found two");
  expect(error("modernbert", "/post_processor/single", json::array()), "special token, the text and a special token");
  expect(error("roberta", "/model/dropout", 0.1), "without dropout, found 0.1");
  expect(error("roberta", "/model/end_of_word_suffix", "</w>"), "without end_of_word_suffix");
  expect(error("roberta", "/model/vocab/a", nullptr), "another type");
  expect(error("roberta", "/model/merges/0", "a"), "pairs of pieces, found \"a\"");
  expect(error("roberta", "/model/merges/0", {"a", "zzz"}), "merge 0 (\"a\" and \"zzz\")");
  expect(error("albert", "/model/unk_id", nullptr), "unk_id");
  expect(error("albert", "/model/unk_id", 100000), "unk_id");
  expect(error("albert", "/model/vocab", json::array()), "pieces, found none");
  expect(error("albert", "/model/vocab/9", json::array({"▁", "x"})), "another type");
  expect(error("albert", "/normalizer/normalizers/5/precompiled_charsmap", "!"), "other characters than Base64");
  expect(error("albert", "/normalizer/normalizers/5/precompiled_charsmap", "AAA="), "2 bytes");
  expect(error("albert", "/normalizer/normalizers/5/precompiled_charsmap", "/wAAAA=="), "a trie of 255 bytes in 4");
  expect(error("albert", "/added_tokens/0/id", -1), "an id from 0");
}

// Whatever a map's bytes say, nothing outside of them is read (the sanitizers would tell).
RC_GTEST_PROP(Charsmap, AnyBytesAreAMapOrRefused, (const std::string& text)) {
  static const std::string whole = slurp(kKinds / "albert" / "tokenizer.json");
  json description = json::parse(whole);
  json& map = description["normalizer"]["normalizers"][5]["precompiled_charsmap"];
  std::string base64 = map.get<std::string>();
  for (int changes = *rc::gen::inRange(1, 40); changes > 0; --changes) {
    const auto at = *rc::gen::inRange<std::size_t>(8, base64.size() - 4);
    base64[at] = *rc::gen::element('A', 'Q', 'g', '7', '/', 'b');
  }
  map = base64;
  TemporaryFolder folder;
  folder.write("tokenizer.json", description.dump());
  check_invariants(load(folder.path()), text);
}

}  // namespace
}  // namespace pellucid
