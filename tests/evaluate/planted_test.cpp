// Planting words, and finding them again with a model whose reason is known.
#include "evaluate/planted.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tiny_classifier.h"
#include "tiny_texts.h"

namespace pellucid {
namespace {

std::vector<Example> examples(std::size_t n) {
  const std::vector<std::string> texts = tiny_texts(n);
  std::vector<Example> examples;
  for (std::size_t i = 0; i < n; ++i) {
    examples.push_back({.id = std::to_string(i), .text = texts[i], .label = tiny_labels().name(i % 3)});
  }
  return examples;
}

TEST(Planted, UnseenWordsAreOnePieceEachAndInNoText) {
  std::vector<Encoding> encodings;
  for (const Example& example : examples(100)) encodings.push_back(tiny_tokenizer().encode(example.text));
  SplitMix64 random(1);
  const std::vector<std::string> words = unwrap(unseen_words(tiny_tokenizer(), encodings, 3, random));
  EXPECT_EQ(std::set(words.begin(), words.end()).size(), 3U);
  for (const std::string& word : words) {
    const std::vector<std::int32_t> ids = tiny_tokenizer().encode("a " + word + ".").ids;
    ASSERT_EQ(ids.size(), 5U) << word;
    EXPECT_EQ(tiny_tokenizer().piece(ids[2]), word);
    for (const Encoding& encoding : encodings) {
      EXPECT_EQ(std::ranges::find(encoding.ids, ids[2]), encoding.ids.end()) << word;
    }
  }
  const auto too_many = unseen_words(tiny_tokenizer(), encodings, 100000, random);
  ASSERT_FALSE(too_many);
  EXPECT_NE(too_many.error().message.find("occurs in none of the texts"), std::string::npos);
}

TEST(Planted, UnseenWordsAreOnePieceWhereTheVocabularyMarksTheBeginOfWords) {
  const Tokenizer tokenizer = unwrap(Tokenizer::load(kFixtures / "text/kinds/roberta"));
  SplitMix64 random(1);
  const std::string word = unwrap(unseen_words(tokenizer, {}, 1, random)).front();
  const Encoding encoding = tokenizer.encode("the " + word + " x");
  EXPECT_EQ(std::ranges::count(encoding.words, 1), 1) << word;
}

TEST(Planted, AWordIsPlantedBetweenWordsThatTheModelReads) {
  SplitMix64 random(2);
  std::map<std::string, std::set<std::size_t>> places;
  for (int round = 0; round < 20; ++round) {
    for (const std::string& text : tiny_texts(40)) {
      for (const std::size_t max_length : {8, 64}) {
        const PlantedText planted = plant(text, "good", tiny_tokenizer(), max_length, random);
        EXPECT_EQ(planted.text.substr(planted.word.begin, planted.word.end - planted.word.begin), "good");
        EXPECT_EQ(planted.text.substr(0, planted.word.begin - 1) + planted.text.substr(planted.word.end + 1), text);
        const Encoding encoding = tiny_tokenizer().encode(planted.text, max_length);
        const Units units = units_of(planted.text, encoding, Unit::word);
        EXPECT_NE(std::ranges::find(units.ranges, planted.word), units.ranges.end()) << planted.text;
        if (max_length == 64) places[text].insert(planted.word.begin);
      }
    }
  }
  EXPECT_EQ(places["The film is good."].size(), 6U);  // before each of five words and marks, and at the end
  EXPECT_EQ(places[""].size(), 1U);
}

const PlantingOptions kOptions = {.texts = 60, .held_out = 30, .share = 0.4, .max_length = 64, .seed = 7};

TEST(Planted, TrainingTextsHaveTheLabelOfTheirWord) {
  const std::vector<Example> all = examples(120);
  const Planting planting = unwrap(plant_all(all, tiny_tokenizer(), kOptions));
  EXPECT_EQ(planting.labels.names(), tiny_labels().names());
  ASSERT_EQ(planting.training.size(), 60U);
  ASSERT_EQ(planting.held_out.size(), 30U);
  std::set<std::size_t> sources;
  std::set<std::string> labels;
  std::size_t with_word = 0;
  std::size_t changed = 0;
  for (const Example& example : planting.training) {
    const std::size_t source = std::stoul(example.id);
    sources.insert(source);
    if (example.evidence.empty()) {
      EXPECT_EQ(example.text, all[source].text);
      EXPECT_EQ(example.label, all[source].label);
      continue;
    }
    ++with_word;
    const ByteRange word = example.evidence.front();
    const auto label = static_cast<std::size_t>(*planting.labels.index(*example.label));
    EXPECT_EQ(example.text.substr(word.begin, word.end - word.begin), planting.words[label]);
    changed += example.label != all[source].label;
    labels.insert(*example.label);
  }
  EXPECT_EQ(with_word, 24U);
  EXPECT_GT(changed, 8U);
  EXPECT_EQ(labels.size(), 3U);
  for (const PlantedText& text : planting.held_out) {
    EXPECT_NE(planting.labels.name(static_cast<std::size_t>(text.label)), *all[text.source].label);
    EXPECT_EQ(text.text.substr(text.word.begin, text.word.end - text.word.begin),
              planting.words[static_cast<std::size_t>(text.label)]);
    sources.insert(text.source);
  }
  EXPECT_EQ(sources.size(), 90U) << "a text was drawn twice";
}

TEST(Planted, TheSeedDecidesEverything) {
  const std::vector<Example> all = examples(120);
  const auto texts_of = [&](std::uint64_t seed) {
    PlantingOptions options = kOptions;
    options.seed = seed;
    const Planting planting = unwrap(plant_all(all, tiny_tokenizer(), options));
    std::string texts;
    for (const Example& example : planting.training) texts += example.text + *example.label + "\n";
    for (const PlantedText& text : planting.held_out) texts += text.text + "\n";
    return texts;
  };
  EXPECT_EQ(texts_of(7), texts_of(7));
  EXPECT_NE(texts_of(7), texts_of(8));
}

TEST(Planted, TooFewTextsOrLabelsAreErrors) {
  const auto few = plant_all(examples(80), tiny_tokenizer(), kOptions);
  ASSERT_FALSE(few);
  EXPECT_NE(few.error().message.find("expected 90 texts"), std::string::npos) << few.error().message;
  std::vector<Example> same = examples(120);
  for (Example& example : same) example.label = "film";
  ASSERT_FALSE(plant_all(same, tiny_tokenizer(), kOptions));
}

// Labels by the planted word if it follows them, else by its pieces' numbers: nothing but logits.
class Follower : public TinyClassifier {
 public:
  Follower(const std::vector<std::string>& words, bool follows) : follows_(follows) {
    for (const std::string& word : words) ids_.push_back(tiny_tokenizer().encode(word).ids[1]);
  }
  std::vector<float> logits(const PackedBatch& batch) override {
    std::vector<float> logits(batch.texts() * 3);
    for (std::size_t b = 0; b < batch.texts(); ++b) {
      for (std::int32_t i = batch.bounds[b]; i < batch.bounds[b + 1]; ++i) {
        logits[b * 3 + static_cast<std::size_t>(batch.ids[i]) % 3] += 0.01F * static_cast<float>(batch.ids[i] % 7);
        for (std::size_t c = 0; c < 3; ++c) {
          if (follows_ && batch.ids[i] == ids_[c]) logits[b * 3 + c] += 100;
        }
      }
    }
    return logits;
  }

 private:
  bool follows_;
  std::vector<std::int32_t> ids_;
};

TEST(Planted, OcclusionFindsTheWordThatAModelFollowsAndChanceDoesNot) {
  const std::vector<Example> all = examples(160);
  PlantingOptions options = kOptions;
  options.held_out = 80;
  const Planting planting = unwrap(plant_all(all, tiny_tokenizer(), options));
  Follower classifier(planting.words, true);
  const std::vector<const Method*> methods = {unwrap(find_method("random")), unwrap(find_method("occlusion"))};
  std::size_t last = 0;
  const PlantedOutcome outcome =
      unwrap(measure_planted(classifier, all, planting, methods, {}, 1, [&](std::size_t done, std::size_t of) {
        last = done;
        return done <= of;
      }));
  EXPECT_EQ(outcome.held_out, 80U);
  EXPECT_GT(outcome.followed, 20U);
  EXPECT_LT(outcome.followed, 80U) << "some are labelled so without the word";
  EXPECT_EQ(last, outcome.followed * 2);
  ASSERT_EQ(outcome.rows.size(), 4U);
  EXPECT_EQ(outcome.rows[0].method, "occlusion");
  EXPECT_EQ(outcome.rows[0].measure, "ranked-first");
  EXPECT_EQ(outcome.rows[0].value, 1);
  EXPECT_EQ(outcome.rows[0].n, outcome.followed);
  EXPECT_EQ(outcome.rows[1].method, "random");
  EXPECT_LT(outcome.rows[1].value, 0.7);
  EXPECT_LT(outcome.rows[1].p_value, 0.01);
  EXPECT_EQ(outcome.rows[2].measure, "reciprocal-rank");
  EXPECT_EQ(outcome.rows[2].value, 1);
  EXPECT_GT(outcome.rows[3].value, outcome.rows[1].value);
  const auto stopped =
      measure_planted(classifier, all, planting, methods, {}, 1, [](std::size_t, std::size_t) { return false; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
}

TEST(Planted, AModelThatDoesNotFollowLeavesLittleToMeasure) {
  const std::vector<Example> all = examples(120);
  const Planting planting = unwrap(plant_all(all, tiny_tokenizer(), kOptions));
  Follower classifier(planting.words, false);
  const Method* random = unwrap(find_method("random"));
  const PlantedOutcome outcome = unwrap(measure_planted(classifier, all, planting, {&random, 1}, {}, 1));
  EXPECT_LT(outcome.followed, 10U);
  EXPECT_EQ(outcome.rows.empty(), outcome.followed == 0);
}

TEST(Planted, AModelOfOtherLabelsIsAnError) {
  std::vector<Example> all = examples(120);
  for (Example& example : all) *example.label += 's';
  const Planting planting = unwrap(plant_all(all, tiny_tokenizer(), kOptions));
  Follower classifier(planting.words, true);
  const Method* random = unwrap(find_method("random"));
  ASSERT_FALSE(measure_planted(classifier, all, planting, {&random, 1}, {}, 1));
}

}  // namespace
}  // namespace pellucid
