// Units: their ranges, the sums of their scores, sentence rules by example, removal on ids.
#include "attribution/units.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "attribution/sentences.h"
#include "text/unicode.h"
#include "text/utf8.h"
#include "text/word_numbers.h"
#include "tiny_model.h"

namespace pellucid {
namespace {

const Tokenizer& tokenizer() {
  static const Tokenizer tokenizer = unwrap(Tokenizer::load(kFixtures / "text"));
  return tokenizer;
}

// BERT's, and those whose pieces hold the space before a word.
const Tokenizer& any_tokenizer() {
  static const std::vector<Tokenizer> tokenizers = [] {
    std::vector<Tokenizer> loaded;
    loaded.push_back(unwrap(Tokenizer::load(kFixtures / "text")));
    for (const char* kind : {"roberta", "modernbert", "xlm-roberta", "deberta-v3", "byte-fallback"}) {
      loaded.push_back(unwrap(Tokenizer::load(kFixtures / "text/kinds" / kind)));
    }
    return loaded;
  }();
  return tokenizers[*rc::gen::inRange<std::size_t>(0, tokenizers.size())];
}

constexpr Unit kUnits[] = {Unit::piece, Unit::word, Unit::sentence};

// Words, marks that end sentences or do not, scripts, white space, characters that become several
// pieces, broken UTF-8.
std::string any_text() {
  static const std::vector<std::string> parts = {
      "The",      "film",          " ",     " ",      " ",  "unplayable", ".",      ". ",        "?!",
      "\" ",      "Mr. ",          "3.5",   "\n",     "\n", "\r\n",       "日本",   "。",        "」",
      "é",        "e\u0301\u0323", "한국",  "\u3000", "ß",  "İ",          "\u200d", "…",         "\xff",
      "\xe6\x97", "[MASK]",        "U.S. ", "\t",     "’",  "ǰ",          "—",      "\U0001F600"};
  std::string text;
  for (const std::string& part : *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(parts))) text += part;
  return text;
}

bool is_blank(std::string_view text) {
  while (!text.empty() && unicode::is_white_space(decode(text, 0).value)) text.remove_prefix(decode(text, 0).size);
  return text.empty();
}

RC_GTEST_PROP(Units, RangesAscendWithoutOverlapAndHoldTheirPieces, ()) {
  const std::string text = any_text();
  const Encoding encoding = any_tokenizer().encode(text, *rc::gen::inRange<std::size_t>(2, 40));
  for (const Unit unit : kUnits) {
    const Units units = units_of(text, encoding, unit);
    RC_ASSERT(units.unit_of.size() == encoding.ids.size());
    std::size_t at = 0;
    for (const ByteRange range : units.ranges) {
      RC_ASSERT(at <= range.begin && range.begin < range.end && range.end <= text.size());
      at = range.end;
    }
    std::int32_t current = -1;
    for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
      const std::int32_t own = units.unit_of[i];
      RC_ASSERT((own == -1) == (encoding.words[i] == kNoWord));
      if (own == -1) continue;
      RC_ASSERT(own == current || own == current + 1);
      current = own;
      const ByteRange range = units.ranges[static_cast<std::size_t>(own)];
      const ByteRange piece = without_white_space(text, encoding.ranges[i]);
      const bool held = range.begin <= piece.begin && piece.end <= range.end;
      RC_ASSERT(held || is_blank(text.substr(piece.begin, piece.end - piece.begin)));
    }
    RC_ASSERT(static_cast<std::size_t>(current + 1) == units.ranges.size());
  }
}

RC_GTEST_PROP(Units, AWordIsTheTokenizersAndEveryPieceThatHasItsOwnBytesIsAUnit, ()) {
  const std::string text = any_text();
  const Encoding encoding = any_tokenizer().encode(text);
  const Units words = units_of(text, encoding, Unit::word);
  const Units pieces = units_of(text, encoding, Unit::piece);
  for (std::size_t i = 1; i + 2 < encoding.ids.size(); ++i) {
    RC_ASSERT((words.unit_of[i] == words.unit_of[i + 1]) == (encoding.words[i] == encoding.words[i + 1]));
    const bool share = encoding.ranges[i + 1].begin < encoding.ranges[i].end;
    RC_ASSERT((pieces.unit_of[i] == pieces.unit_of[i + 1]) == share);
  }
}

RC_GTEST_PROP(Units, CoarserUnitsAreUnionsOfFinerOnesAndTheirScoresTheSums, ()) {
  const std::string text = any_text();
  const Encoding encoding = any_tokenizer().encode(text);
  std::vector<double> scores(encoding.ids.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (encoding.words[i] != kNoWord) scores[i] = *rc::gen::inRange(-1000000, 1000000) / 1e6;
  }
  for (std::size_t k = 0; k + 1 < std::size(kUnits); ++k) {
    const Units fine = units_of(text, encoding, kUnits[k]);
    const Units coarse = units_of(text, encoding, kUnits[k + 1]);
    const std::vector<double> fine_scores = unit_scores(fine, scores);
    const std::vector<double> coarse_scores = unit_scores(coarse, scores);
    std::vector<double> sums(coarse.ranges.size());
    std::vector<std::int32_t> owner(fine.ranges.size(), -1);
    for (std::size_t i = 0; i < fine.unit_of.size(); ++i) {
      if (fine.unit_of[i] < 0) continue;
      std::int32_t& owns = owner[static_cast<std::size_t>(fine.unit_of[i])];
      RC_ASSERT(owns == -1 || owns == coarse.unit_of[i]);
      if (owns == -1) sums[static_cast<std::size_t>(coarse.unit_of[i])] += fine_scores[fine.unit_of[i]];
      owns = coarse.unit_of[i];
    }
    for (std::size_t u = 0; u < sums.size(); ++u) RC_ASSERT(std::abs(sums[u] - coarse_scores[u]) < 1e-9);
    RC_ASSERT(std::abs(std::accumulate(coarse_scores.begin(), coarse_scores.end(), 0.0) -
                       std::accumulate(scores.begin(), scores.end(), 0.0)) < 1e-9);
  }
}

TEST(Units, AreTheSameWordsWhateverTheTokenizer) {
  const std::string text = "  Oil prices  rose\non Monday again \t";
  for (const char* kind :
       {"roberta", "roberta-prefix", "modernbert", "eurobert", "xlm-roberta", "albert", "deberta-v3"}) {
    const Tokenizer tokenizer = unwrap(Tokenizer::load(kFixtures / "text/kinds" / kind));
    std::vector<std::string> words;
    for (const ByteRange word : units_of(text, tokenizer.encode(text), Unit::word).ranges) {
      words.push_back(text.substr(word.begin, word.end - word.begin));
    }
    EXPECT_EQ(words, (std::vector<std::string>{"Oil", "prices", "rose", "on", "Monday", "again"})) << kind;
  }
}

TEST(Units, PiecesOfOneCharacterAreOneUnit) {
  // A Hangul syllable is three letters to BERT, whose bytes in the text are the same.
  Encoding encoding;
  encoding.ids = {2, 50, 51, 52, 53, 3};
  encoding.ranges = {{}, {0, 3}, {0, 3}, {0, 3}, {3, 6}, {}};
  encoding.words = {kNoWord, 0, 0, 0, 0, kNoWord};
  const Units units = units_of("한국", encoding, Unit::piece);
  EXPECT_EQ(units.ranges, (std::vector<ByteRange>{{0, 3}, {3, 6}}));
  EXPECT_EQ(units.unit_of, (std::vector<std::int32_t>{-1, 0, 0, 0, 1, -1}));
}

TEST(Units, ATextWithoutWordsHasNone) {
  for (const char* text : {"", " \n\t"}) {
    for (const Unit unit : kUnits) {
      const Units units = units_of(text, tokenizer().encode(text), unit);
      EXPECT_TRUE(units.ranges.empty());
      EXPECT_EQ(units.unit_of, (std::vector<std::int32_t>{-1, -1}));
    }
  }
}

// `marked` has a | where a sentence begins.
void expect_sentences(const std::string& marked) {
  std::string text;
  std::vector<std::size_t> starts;
  for (const char c : marked) {
    if (c == '|') {
      starts.push_back(text.size());
    } else {
      text += c;
    }
  }
  EXPECT_EQ(sentence_starts(text), starts) << marked;
}

TEST(Sentences, ByExample) {
  for (const char* marked : {
           "",
           ".",
           " ",
           "One sentence",
           "One. ",
           "One. |Two. |Three",
           "one? |Two! |Three.",
           "Oil at 3.5 dollars.",
           "He left. it went on",  // a lower-case letter begins nothing
           "In 1990. |Then",
           "Version 5. |Then",
           "x.y.z",
           // Abbreviations and initials.
           "Mr. Smith met Dr. Who. |They talked.",
           "J. R. Ewing",
           "The U.S. Navy",
           "e.g. Oil",
           "Smith vs. Jones",
           "Acme Corp. and Acme Inc. Ltd. rose",
           "No. 5 and Fig. 2",
           "He said no. |Then he left.",
           "Señor Peña. |Then",
           "Chapter B2. |Then",
           "He sold oil, wheat, etc. |Then",
           // Quotes and brackets.
           "\"Stop!\" |He ran.",
           "“Stop.” |He ran.",
           "(It fell.) |It rose.",
           "«Non.» |Il part.",
           "‘Why?’ |He ran.",
           "\"Why?\" she asked.",
           "He asked: \"Why?\" |\"Because.\"",
           // Several marks end one sentence.
           "Really?! |Yes.",
           "Wait... |Then",
           "Wait... what",
           "Wait . . . what",
           "What?!?! |So.",
           // Lines.
           "A title\n\n|The text",
           "A title \r\n\r\n |The text",
           "one\ntwo",
           "One.\nit goes on",
           "One.\n|Two",
           "one.\n\n|two",
           "Mr.\n\n|Smith",
           "a\n\n\n\n|b",
           "a\n\n",
           // No space needed.
           "日本。|中国！|韓国？",
           "「好。」|他说。",
           "真的？！|是。",
           "好。 |是",
           "好",
           "क्या। |हाँ।",
       }) {
    expect_sentences(marked);
  }
}

TEST(Sentences, OfATextThatTheModelReads) {
  const std::string text = "The film is good. The plot is bad! ";
  const Units units = units_of(text, tokenizer().encode(text), Unit::sentence);
  EXPECT_EQ(units.ranges, (std::vector<ByteRange>{{0, 17}, {18, 34}}));
}

RC_GTEST_PROP(Sentences, StartsAscendWithinTheText, ()) {
  const std::string text = any_text();
  std::size_t last = 0;
  for (const std::size_t start : sentence_starts(text)) {
    RC_ASSERT(start > last && start < text.size());
    last = start;
  }
}

RC_GTEST_PROP(Removal, KeepsSpecialTokensAndWhatIsKept, ()) {
  const std::string text = any_text();
  const Encoding encoding = tokenizer().encode(text);
  const Units units =
      units_of(text, encoding, *rc::gen::elementOf(std::vector<Unit>(std::begin(kUnits), std::end(kUnits))));
  std::vector<bool> keep;
  for (std::size_t u = 0; u < units.ranges.size(); ++u) keep.push_back(*rc::gen::arbitrary<bool>());
  const SpecialTokens& specials = tokenizer().specials();
  std::vector<std::int32_t> masked;
  std::vector<std::int32_t> unknown;
  std::vector<std::int32_t> rest;
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    const bool kept = units.unit_of[i] < 0 || keep[static_cast<std::size_t>(units.unit_of[i])];
    masked.push_back(kept ? encoding.ids[i] : specials.mask);
    unknown.push_back(kept ? encoding.ids[i] : specials.unknown);
    if (kept) rest.push_back(encoding.ids[i]);
  }
  RC_ASSERT(remove_units(encoding, units, keep, Removal::mask, specials) == masked);
  RC_ASSERT(remove_units(encoding, units, keep, Removal::unknown, specials) == unknown);
  RC_ASSERT(remove_units(encoding, units, keep, Removal::erase, specials) == rest);
}

TEST(Removal, AWordGoesWithAllItsPieces) {
  const Tokenizer tiny = unwrap(Tokenizer::load(kFixtures / "tiny-bert"));
  const std::string text = "wonderfully unplayable film";
  const Encoding encoding = tiny.encode(text);
  const Units units = units_of(text, encoding, Unit::word);
  ASSERT_EQ(encoding.ids.size(), 12);  // [CLS] wonder ##ful ##ly un ##p ##l ##a ##y ##able film [SEP]
  const auto masked = remove_units(encoding, units, {true, false, true}, Removal::mask, tiny.specials());
  for (std::size_t i = 0; i < masked.size(); ++i) {
    EXPECT_EQ(masked[i], units.unit_of[i] == 1 ? tiny.specials().mask : encoding.ids[i]);
  }
  const auto nothing = remove_units(encoding, units, {false, false, false}, Removal::erase, tiny.specials());
  EXPECT_EQ(nothing, (std::vector<std::int32_t>{tiny.specials().begin, tiny.specials().end}));
}

TEST(Names, ReadBackAndSayWhatIsKnown) {
  for (const Unit unit : kUnits) EXPECT_EQ(unwrap(unit_from_name(name_of(unit))), unit);
  for (const Removal removal : {Removal::mask, Removal::erase, Removal::unknown}) {
    EXPECT_EQ(unwrap(removal_from_name(name_of(removal))), removal);
  }
  const auto unit = unit_from_name("letter");
  ASSERT_FALSE(unit);
  EXPECT_EQ(unit.error().message, "expected a unit: one of piece, word, sentence; found 'letter'");
  EXPECT_EQ(unit.error().code, ErrorCode::usage);
  const auto removal = removal_from_name("erase");
  ASSERT_FALSE(removal);
  EXPECT_EQ(removal.error().message, "expected a way of removal: one of mask, delete, unk; found 'erase'");
}

}  // namespace
}  // namespace pellucid
