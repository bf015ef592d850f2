// Planted shortcuts are found, where there are none nothing is claimed; halves are disjoint; labels are read rightly.
#include "audit/shortcuts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "bag.h"

namespace pellucid {
namespace {

// Three words that each decide a class by themselves, and two that stand anywhere and mean nothing.
const std::vector<PlantedWord> kPlanted = {
    {"wonder", 0, 9}, {"music", 1, 9}, {"loud", 2, 9}, {"quiet", -1, 9}, {"bright", -1, 9}};

std::map<std::string, std::vector<float>> planted_weights() {
  std::map<std::string, std::vector<float>> weights = topic_weights(0.8F);
  weights["wonder"] = {9, 0, 0};
  weights["music"] = {0, 9, 0};
  weights["loud"] = {0, 0, 9};
  return weights;
}

std::set<std::pair<std::string, std::int32_t>> driving(const Audit& audit) {
  std::set<std::pair<std::string, std::int32_t>> found;
  for (const TestedWord& word : audit.shortcuts.words) {
    if (word.drives) found.emplace(audit.texts.words.form(word.candidate.word), word.candidate.label);
  }
  return found;
}

TEST(Shortcuts, PlantedWordsAreFoundAndDecoysAreNot) {
  Bag classifier(planted_weights());
  std::size_t found = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Audit audit = unwrap(audit_texts(classifier, bag_texts(240, kPlanted, seed), bag_options(seed)));
    const auto words = driving(audit);
    for (const PlantedWord& planted : kPlanted) {
      found += planted.label >= 0 && words.contains({planted.word, planted.label}) ? 1 : 0;
      for (std::int32_t c = 0; c < 3; ++c) {
        EXPECT_TRUE(c == planted.label || !words.contains({planted.word, c})) << planted.word;
      }
    }
    const TestedWord& first = audit.shortcuts.words.front();
    EXPECT_GT(first.swap.effect.flips, 0.7) << "one text in five has another planted word, which stands against it";
    EXPECT_LT(first.swap.effect.control_flips, 0.2);
    EXPECT_NEAR(first.swap.weight, 9, 1.5) << "log odds against the other classes rise by the weight";
    EXPECT_EQ(first.swap.examples.size(), 3U);
  }
  EXPECT_GE(static_cast<double>(found), 0.95 * 30);
}

// Words have small effects of their own, none as large as what is claimed: a share of fdr of all audits, at most,
// claims something.
TEST(Shortcuts, WithoutShortcutsNothingIsClaimed) {
  std::size_t claims = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SplitMix64 random(seed, 7);
    std::map<std::string, std::vector<float>> weights;
    for (const auto& [word, unused] : topic_weights(1)) {
      for (int c = 0; c < 3; ++c) weights[word].push_back(static_cast<float>(random.below(100)) / 400);
    }
    Bag classifier(weights);
    std::vector<Example> texts = bag_texts(120, {}, seed);
    for (Example& text : texts) text.label = tiny_labels().name(random.below(3));
    claims += driving(unwrap(audit_texts(classifier, std::move(texts), bag_options(seed)))).empty() ? 0 : 1;
  }
  EXPECT_LE(static_cast<double>(claims), 0.05 * 40);
}

// At the border: what the word does is exactly the least effect on average, so that claiming it is a false discovery.
TEST(Shortcuts, TheLeastEffectIsABorder) {
  Bag classifier(planted_weights());
  AuditOptions options = bag_options();
  const Audit before = unwrap(audit_texts(classifier, bag_texts(240, kPlanted, 0), options));
  ASSERT_TRUE(driving(before).contains({"wonder", 0}));
  for (const TestedWord& word : before.shortcuts.words) {
    if (word.drives)
      options.shortcuts.effects.least_effect =
          std::max(options.shortcuts.effects.least_effect, word.swap.effect.beyond);
  }
  EXPECT_TRUE(driving(unwrap(audit_texts(classifier, bag_texts(240, kPlanted, 0), options))).empty());
}

TEST(Shortcuts, WordsAreTestedOnTextsThatDidNotChooseThem) {
  Bag classifier(planted_weights());
  const Audit audit = unwrap(audit_texts(classifier, bag_texts(240, kPlanted, 1), bag_options()));
  EXPECT_EQ(audit.shortcuts.choosing + audit.shortcuts.testing, 240U);
  EXPECT_GT(audit.shortcuts.choosing, 80U);
  EXPECT_GT(audit.shortcuts.testing, 80U);
  for (const TestedWord& word : audit.shortcuts.words) {
    for (const SwapExample& example : word.swap.examples) {
      const AuditedText& text = audit.texts.texts[example.text];
      EXPECT_FALSE(text.selects);
      EXPECT_NE(text.predicted, word.candidate.label);
      EXPECT_NE(text.gold, word.candidate.label);
      EXPECT_FALSE(contains(text, word.candidate.word));
      EXPECT_NE(example.control, word.candidate.word);
    }
  }
}

TEST(Shortcuts, CopiesOfATextShareTheirHalf) {
  Bag classifier(topic_weights(1));
  std::vector<Example> texts = bag_texts(60, {}, 2);
  const std::vector<Example> again = texts;
  texts.insert(texts.end(), again.begin(), again.end());
  const AuditedTexts audited = unwrap(explain_for_audit(classifier, texts, *unwrap(find_method("occlusion")), {}));
  std::size_t choosing = 0;
  for (std::size_t t = 0; t < 60; ++t) {
    EXPECT_EQ(audited.texts[t].selects, audited.texts[t + 60].selects);
    choosing += audited.texts[t].selects ? 1 : 0;
  }
  EXPECT_GT(choosing, 15U);
  EXPECT_LT(choosing, 45U);
}

TEST(Shortcuts, TheEffectIsTheChangeOfProbability) {
  Bag classifier(planted_weights());
  const Audit audit = unwrap(audit_texts(classifier, bag_texts(240, kPlanted, 3), bag_options()));
  const TestedWord& word = audit.shortcuts.words.front();
  const SwapExample& example = word.swap.examples.front();
  const AuditedText& text = audit.texts.texts[example.text];
  const ByteRange out = text.units.ranges[example.unit];
  const std::string swapped = text.example.text.substr(0, out.begin) + audit.texts.words.spelling(word.candidate.word) +
                              text.example.text.substr(out.end);
  const auto label = static_cast<std::size_t>(word.candidate.label);
  EXPECT_NEAR(softmax(logits_of(classifier, tiny_tokenizer().encode(swapped).ids))[label], example.after, 1e-6);
  EXPECT_NEAR(text.probabilities[label], example.before, 1e-12);
  const Effect& effect = word.swap.effect;
  EXPECT_NEAR(effect.beyond, effect.change - effect.control_change, 1e-12);
  EXPECT_LE(effect.interval.low, effect.beyond);
  EXPECT_GE(effect.interval.high, effect.beyond);
}

// By the labels "loud" means nothing, and the model makes much of it; "music" tells the label in every text.
TEST(Shortcuts, LabelsTellOverRelianceFromWhatTheyBearOut) {
  Bag classifier(planted_weights());
  std::vector<PlantedWord> planted = kPlanted;
  planted[2].label = -1;
  std::map<std::string, std::vector<float>> weights = planted_weights();
  weights["music"][1] = 4;
  Bag milder(weights);
  const Audit audit = unwrap(audit_texts(milder, bag_texts(400, planted, 4), bag_options()));
  bool loud = false;
  bool music = false;
  for (const TestedWord& word : audit.shortcuts.words) {
    const std::string& form = audit.texts.words.form(word.candidate.word);
    if (form == "loud" && word.candidate.label == 2) {
      loud = true;
      EXPECT_EQ(word.reading, Reading::over_relied);
    }
    if (form == "music" && word.candidate.label == 1) {
      music = true;
      EXPECT_EQ(word.reading, Reading::borne_out);
      EXPECT_LT(word.association->p_value, 0.001);
    }
  }
  EXPECT_TRUE(loud);
  EXPECT_TRUE(music);
}

TEST(Shortcuts, WithoutLabelsThereIsNoReading) {
  Bag classifier(planted_weights());
  std::vector<Example> texts = bag_texts(240, kPlanted, 5);
  for (Example& text : texts) text.label = {};
  const Audit audit = unwrap(audit_texts(classifier, std::move(texts), bag_options()));
  EXPECT_GE(driving(audit).size(), 3U);
  for (const TestedWord& word : audit.shortcuts.words) {
    EXPECT_FALSE(word.association);
    EXPECT_FALSE(word.reading);
  }
  EXPECT_TRUE(audit.gold.empty());
  EXPECT_FALSE(audit.label_errors);
}

TEST(Association, ByHand) {
  Bag classifier(topic_weights(1));
  std::vector<Example> texts;
  for (int i = 0; i < 40; ++i) {
    texts.push_back({.id = std::to_string(i),
                     .text = std::string(i % 2 == 0 ? "film " : "oil ") + (i % 4 == 0 ? "loud" : "sad") + " the " +
                             tiny_texts(8)[4 + static_cast<std::size_t>(i % 4)],
                     .label = tiny_labels().name(i % 2)});
  }
  AuditedTexts audited = unwrap(explain_for_audit(classifier, texts, *unwrap(find_method("occlusion")), {}));
  for (AuditedText& text : audited.texts) text.selects = false;
  const std::size_t word = audited.words.add("loud", {});
  const Association found = association(audited, word, 0).value();
  EXPECT_EQ(found.texts, 10U);
  EXPECT_EQ(found.labelled, 10U);
  EXPECT_EQ(found.base, 0.5);
  EXPECT_NEAR(found.weight, std::log((10.5 / 21) / (0.5 / 21)), 1e-12);
  const double reach = 1.959963984540054 * std::sqrt(1 / 10.5 - 1 / 21.0 + 1 / 0.5 - 1 / 21.0);
  EXPECT_NEAR(found.weight_interval.high - found.weight, reach, 1e-12);
}

}  // namespace
}  // namespace pellucid
