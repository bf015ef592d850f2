// Identity with the `tokenizers` package (fixtures by tests/oracles/tokenizer.py), and what holds for any bytes.
#include "text/tokenizer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <sstream>

#include "temporary_folder.h"
#include "text/oracle.h"
#include "text/utf8.h"
#include "text/words.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

const fs::path kMiniLm = fs::path(PELLUCID_SOURCE_DIR) / "var/models/minilm";

void expect_identical(const Tokenizer& tokenizer, const std::string& expected_name) {
  const auto strings = read_strings(kFixtures / "corpus.bin");
  const auto expected = read_hashes(kFixtures / expected_name);
  ASSERT_GE(strings.size(), 20000U);
  ASSERT_EQ(strings.size(), expected.size());
  std::size_t different = 0;
  for (std::size_t i = 0; i < strings.size(); ++i) {
    const Encoding encoding = tokenizer.encode(strings[i]);
    Hash hash;
    for (std::size_t k = 0; k < encoding.ids.size(); ++k) {
      hash.add(encoding.ids[k]);
      hash.add(static_cast<std::int64_t>(encoding.ranges[k].begin));
      hash.add(static_cast<std::int64_t>(encoding.ranges[k].end));
      hash.add(encoding.words[k]);
    }
    if (hash.value() != expected[i] && ++different <= 5) {
      std::ostringstream ours;
      for (std::size_t k = 0; k < encoding.ids.size(); ++k) {
        ours << encoding.ids[k] << ", " << encoding.ranges[k].begin << ", " << encoding.ranges[k].end << ", "
             << encoding.words[k] << ", ";
      }
      ADD_FAILURE() << "string " << i << " (python tests/oracles/tokenizer.py show " << i << "): ours " << ours.str();
    }
  }
  EXPECT_EQ(different, 0U);
}

TEST(Tokenizer, FuzzCorpusIsIdenticalWithASmallVocabulary) {
  expect_identical(load(kFixtures), "small.bin");
}

TEST(Tokenizer, FuzzCorpusIsIdenticalWithMiniLm) {
  if (!fs::exists(kMiniLm / "tokenizer.json")) GTEST_SKIP() << "no MiniLM in var/models/minilm; run scripts/setup";
  expect_identical(load(kMiniLm), "minilm.bin");
}

TEST(Words, EveryCodePointIsSeenAsThePackageSeesIt) {
  const auto expected = read_hashes(kFixtures / "code_points.bin");
  ASSERT_EQ(expected.size(), 0x1100U);
  for (char32_t begin = 0; begin < 0x110000; begin += 256) {
    Hash hash;
    for (char32_t c = begin; c < begin + 256; ++c) {
      if (c >= 0xD800 && c < 0xE000) continue;
      std::string point;
      append_utf8(point, c);
      for (const std::string& text : {"A" + point + "B", "A\u0345" + point + "\u0316B", point}) {
        for_each_word(text, Normalization{}, [&](const Word& word) {
          hash.add(static_cast<std::int64_t>(word.sources.front().begin));
          hash.add(static_cast<std::int64_t>(word.sources.back().end));
          for (const char byte : word.bytes) hash.add(static_cast<unsigned char>(byte));
          hash.add(-1);
        });
        hash.add(-2);
      }
    }
    EXPECT_EQ(hash.value(), expected[begin / 256]) << "block U+" << std::hex << static_cast<std::uint32_t>(begin);
  }
}

TEST(Tokenizer, VocabTxtAndTokenizerJsonAgree) {
  if (!fs::exists(kMiniLm / "tokenizer.json")) GTEST_SKIP() << "no MiniLM in var/models/minilm; run scripts/setup";
  TemporaryFolder folder;
  fs::copy(kMiniLm / "vocab.txt", folder / "vocab.txt");
  const Tokenizer from_text = load(folder.path());
  const Tokenizer from_json = load(kMiniLm);
  ASSERT_EQ(from_text.vocabulary_size(), from_json.vocabulary_size());
  for (std::size_t id = 0; id < from_text.vocabulary_size(); ++id) {
    ASSERT_EQ(from_text.piece(static_cast<std::int32_t>(id)), from_json.piece(static_cast<std::int32_t>(id)));
  }
}

TEST(Tokenizer, TextNeverBecomesASpecialToken) {
  const Tokenizer tokenizer = load(kFixtures);
  for (const char* text : {"[MASK]", "[CLS] a [SEP]", "[PAD]"}) {
    const Encoding encoding = tokenizer.encode(text);
    for (std::size_t i = 1; i + 1 < encoding.ids.size(); ++i)
      EXPECT_TRUE(encoding.ids[i] == 1 || encoding.ids[i] > 4) << text;
  }
}

RC_GTEST_PROP(Tokenizer, RangesAreOrderedInBoundsAndWordsAscend, (const std::string& text)) {
  static const Tokenizer tokenizer = load(kFixtures);
  const Encoding encoding = tokenizer.encode(text);
  RC_ASSERT(encoding.ids.size() == encoding.ranges.size() && encoding.ids.size() == encoding.words.size());
  std::size_t at = 0;
  std::int32_t word = 0;
  for (std::size_t i = 1; i + 1 < encoding.ids.size(); ++i) {
    const ByteRange range = encoding.ranges[i];
    RC_ASSERT(range.begin <= range.end && range.end <= text.size());
    RC_ASSERT(range.begin >= at || range.end == at);  // pieces of one expanded character share its bytes
    at = range.end;
    RC_ASSERT(encoding.words[i] == word || encoding.words[i] == word + 1);
    word = encoding.words[i];
  }
}

RC_GTEST_PROP(Tokenizer, ACutTextIsAPrefixAndCountsWhatItLost, (const std::string& text)) {
  static const Tokenizer tokenizer = load(kFixtures);
  const Encoding whole = tokenizer.encode(text);
  const auto length = *rc::gen::inRange<std::size_t>(2, 20);
  const Encoding cut = tokenizer.encode(text, length);
  RC_ASSERT(cut.ids.size() == std::min(length, whole.ids.size()));
  RC_ASSERT(cut.ids.size() + cut.dropped == whole.ids.size());
  RC_ASSERT(std::equal(cut.ids.begin(), cut.ids.end() - 1, whole.ids.begin()));
  RC_ASSERT(cut.ids.back() == tokenizer.specials().end);
}

std::string load_error(const fs::path& folder) {
  const auto loaded = Tokenizer::load(folder);
  return loaded ? "(no error)" : describe(loaded.error());
}

TEST(Tokenizer, BadFilesGiveOneClearMessage) {
  TemporaryFolder empty;
  EXPECT_NE(load_error(empty.path()).find("expected tokenizer.json or vocab.txt"), std::string::npos);

  TemporaryFolder no_specials;
  no_specials.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n");
  EXPECT_NE(load_error(no_specials.path()).find("[MASK]"), std::string::npos);

  TemporaryFolder twice;
  twice.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\na\n");
  EXPECT_NE(load_error(twice.path()).find("vocab.txt:7"), std::string::npos);

  TemporaryFolder broken;
  broken.write("tokenizer.json", "{\"model\": ");
  EXPECT_NE(load_error(broken.path()).find("tokenizer.json"), std::string::npos);

  TemporaryFolder other;
  other.write("tokenizer.json", R"({"model": {"type": "BPE", "vocab": {"a": 0}}})");
  EXPECT_NE(load_error(other.path()).find("ByteLevel with a BPE model"), std::string::npos);

  TemporaryFolder two_pieces;
  two_pieces.write("tokenizer.json", R"({"model": {"type": "WordPiece", "vocab": {"a": 0, "b": 0}},
    "normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"}})");
  EXPECT_NE(load_error(two_pieces.path()).find("stands for both"), std::string::npos);

  TemporaryFolder odd;
  odd.write("tokenizer.json", R"({"model": {"type": "WordPiece", "vocab": {"a": "zero"}},
    "normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"}})");
  EXPECT_NE(load_error(odd.path()).find("another type"), std::string::npos);
}

TEST(Tokenizer, SpecialTokensAreTheOnesThatTheFileNames) {
  TemporaryFolder folder;  // as MPNet has them, and BERT's beside them
  folder.write("tokenizer.json", R"({"normalizer": {"type": "BertNormalizer"},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "RobertaProcessing", "cls": ["<s>", 0], "sep": ["</s>", 2]},
    "model": {"type": "WordPiece", "unk_token": "[UNK]",
      "vocab": {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "[UNK]": 4, "a": 5, "<mask>": 6, "[PAD]": 7, "[CLS]": 8,
        "[MASK]": 9}}})");
  const Tokenizer tokenizer = load(folder.path());
  EXPECT_EQ(tokenizer.encode("a b <mask>").ids, (std::vector<std::int32_t>{0, 5, 4, 4, 4, 4, 2}));
  EXPECT_EQ(tokenizer.specials().pad, 1);
  EXPECT_EQ(tokenizer.specials().mask, 6);

  folder.write("tokenizer_config.json", R"({"pad_token": {"content": "<unk>", "special": true}})");
  EXPECT_EQ(load(folder.path()).specials().pad, 3);
}

TEST(Tokenizer, WhatVocabTxtAloneDoesNotTellIsRefused) {
  TemporaryFolder folder;
  folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizerFast"})");
  folder.write("added_tokens.json", R"({"[MASK]": 4})");
  EXPECT_EQ(load(folder.path()).specials().mask, 4);
  folder.write("added_tokens.json", R"({"<user>": 6})");
  EXPECT_NE(load_error(folder.path()).find("expected no tokens but those of vocab.txt, found \"<user>\""),
            std::string::npos)
      << load_error(folder.path());
  folder.write("added_tokens.json", "{}");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "BertJapaneseTokenizer"})");
  EXPECT_NE(load_error(folder.path()).find("found \"BertJapaneseTokenizer\""), std::string::npos)
      << load_error(folder.path());
  TemporaryFolder bare;
  bare.write("tokenizer.json", R"({"model": {"type": "WordPiece", "continuing_subword_prefix": "", "unk_token": "[UNK]",
    "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "ab": 5, "c": 6}}})");
  EXPECT_NE(load_error(bare.path()).find("continuing_subword_prefix, found an empty one"), std::string::npos)
      << load_error(bare.path());
}

TEST(Tokenizer, SpecialTokensAreBertsWhereTextsBeginAsBerts) {
  TemporaryFolder folder;
  folder.write("vocab.txt", "<pad>\n<mask>\n[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
  EXPECT_EQ(load(folder.path()).specials().pad, 2);
  EXPECT_EQ(load(folder.path()).specials().mask, 6);
}

TEST(Tokenizer, SpecialTokensThatTheConfigurationLeavesOutAreInTheMap) {
  TemporaryFolder folder;
  folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n<none>\n<gap>\n<what>\n");
  folder.write("tokenizer_config.json", R"({"pad_token": "<none>", "mask_token": null})");
  folder.write("special_tokens_map.json", R"({"pad_token": 7, "mask_token": {"content": "<gap>", "lstrip": true},
    "unk_token": "<what>"})");
  const SpecialTokens specials = load(folder.path()).specials();
  EXPECT_EQ(specials.pad, 5);
  EXPECT_EQ(specials.mask, 6);
  EXPECT_EQ(specials.unknown, 7);
  EXPECT_EQ(specials.begin, 2);

  folder.write("special_tokens_map.json", R"({"mask_token": 7})");
  EXPECT_NE(load_error(folder.path()).find("special_tokens_map.json: expected mask_token to be a piece, found 7"),
            std::string::npos);
}

// What a forged file could do: end the program, take all memory, leave a number undefined.
TEST(Tokenizer, ForgedFilesAreRefused) {
  const auto error = [](const std::string& vocabulary, const std::string& normalizer = R"({"type": "BertNormalizer"})",
                        const std::string& most = "100") {
    TemporaryFolder folder;
    folder.write("tokenizer.json", R"({"model": {"type": "WordPiece", "max_input_chars_per_word": )" + most +
                                       R"(, "vocab": )" + vocabulary + R"(}, "normalizer": )" + normalizer +
                                       R"(, "pre_tokenizer": {"type": "BertPreTokenizer"}})");
    return load_error(folder.path());
  };
  EXPECT_NE(error(R"({"a": 0, "b": 9999999})").find("expected ids of which at most 100000 stand for nothing"),
            std::string::npos);
  for (const char* id : {"-1", "1e300", "1.5", "18446744073709551616"}) {
    EXPECT_NE(error(std::string(R"({"a": )") + id + "}").find("expected a whole number from 0"), std::string::npos)
        << id;
  }
  EXPECT_NE(error(R"({"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4})", R"({"type": "BertNormalizer"})",
                  "1e300")
                .find("expected a whole number from 0"),
            std::string::npos);
  EXPECT_NE(error(R"({"a": 0})", "7").find("another type"), std::string::npos);
  EXPECT_NE(error(R"({"a": 0})", R"({"type": 7})").find("another type"), std::string::npos);
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_NE(error(R"({"a": 0})", deep).find("expected the JSON of a tokenizer"), std::string::npos);
}

TEST(Tokenizer, CasedVocabulariesKeepCaseAndAccents) {
  TemporaryFolder folder;
  folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nÉt\n##é\n");
  folder.write("tokenizer_config.json", R"({"do_lower_case": false})");
  const Encoding encoding = load(folder.path()).encode("Été");
  EXPECT_EQ(encoding.ids, (std::vector<std::int32_t>{2, 5, 6, 3}));
  EXPECT_EQ(encoding.ranges[2], (ByteRange{3, 5}));
}

}  // namespace
}  // namespace pellucid
