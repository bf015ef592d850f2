// Words, distributions, contested predictions and suspected labels where the answer is known.
#include "audit/audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bag.h"

namespace pellucid {
namespace {

const Method& occlusion() {
  return *unwrap(find_method("occlusion"));
}

TEST(WordForms, CountUpperAndLowerCaseTogetherAndKeepTheUsualSpelling) {
  EXPECT_EQ(word_form("ÄRGER"), "ärger");
  WordForms forms;
  const std::vector<std::int32_t> pieces = {7};
  EXPECT_EQ(forms.add("Oil", pieces), 0U);
  EXPECT_EQ(forms.add("bank", pieces), 1U);
  EXPECT_EQ(forms.add("oil", pieces), 0U);
  EXPECT_EQ(forms.spelling(0), "Oil");
  EXPECT_EQ(forms.add("oil", pieces), 0U);
  EXPECT_EQ(forms.form(0), "oil");
  EXPECT_EQ(forms.spelling(0), "oil");
  EXPECT_EQ(forms.size(), 2U);
}

// A byte-level tokenizer has one piece for a word behind a space and another for the same word at the text's beginning.
TEST(WordForms, HaveThePiecesThatTheModelReadsMostOften) {
  class ByteLevelBag : public Bag {
   public:
    using Bag::Bag;
    const Tokenizer& tokenizer() const override { return tokenizer_; }

   private:
    Tokenizer tokenizer_ = unwrap(Tokenizer::load(kFixtures / "text/kinds/modernbert"));
  };
  ByteLevelBag classifier(topic_weights(1));
  std::vector<Example> texts;
  for (const char* text : {"oil and a bank", "some oil", "more oil"}) texts.push_back({.id = text, .text = text});
  const AuditedTexts audited = unwrap(explain_for_audit(classifier, texts, occlusion(), {}));
  const AuditedText& some = audited.texts[1];
  std::vector<std::int32_t> behind_a_space;
  for (std::size_t i = 0; i < some.encoding.ids.size(); ++i) {
    if (some.units.unit_of[i] == 1) behind_a_space.push_back(some.encoding.ids[i]);
  }
  EXPECT_EQ(audited.words.pieces(some.words[1]), behind_a_space);
  EXPECT_NE(audited.words.pieces(some.words[1]).front(), audited.texts[0].encoding.ids[1]);
}

TEST(ClassWords, ByHand) {
  // film: 3 for class 0; good: 1 for class 0. Contributions to z_c − mean of all: times 2/3.
  Bag classifier({{"film", {3, 0, 0}}, {"good", {1, 0, 0}}, {"oil", {0, 2, 0}}});
  std::vector<Example> texts;
  for (const char* text : {"Film the film", "film good", "good the", "oil the", "oil"}) {
    texts.push_back({.id = text, .text = text, .label = "film"});
  }
  const AuditedTexts audited = unwrap(explain_for_audit(classifier, texts, occlusion(), {}));
  const std::vector<ClassWords> found =
      class_words(audited, 3, Grouping::predicted, {.min_texts = 2, .count = 5, .seed = 1});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].texts, 3U);
  EXPECT_EQ(found[0].frequent, 3U);  // film, good, the
  ASSERT_EQ(found[0].words.size(), 2U) << "the contributes nothing";
  EXPECT_EQ(audited.words.form(found[0].words[0].word), "film");
  EXPECT_EQ(found[0].words[0].texts, 2U);
  EXPECT_NEAR(found[0].words[0].coverage, 2.0 / 3, 1e-12);
  EXPECT_NEAR(found[0].words[0].mean, (4 + 2) / 2.0, 1e-5) << "two occurrences count together";
  EXPECT_NEAR(found[0].words[0].carried, 2, 1e-5);
  EXPECT_NEAR(found[0].words[0].interval.low, 2, 1e-5);
  EXPECT_NEAR(found[0].words[0].interval.high, 4, 1e-5);
  EXPECT_NEAR(found[0].words[1].mean, 2.0 / 3, 1e-5);
  EXPECT_EQ(found[2].texts, 0U);
  // By label all five texts are of class 0, and oil speaks against it.
  const std::vector<ClassWords> gold = class_words(audited, 3, Grouping::gold, {.min_texts = 2, .count = 5, .seed = 1});
  EXPECT_EQ(gold[0].texts, 5U);
  EXPECT_EQ(gold[0].frequent, 4U);
  EXPECT_EQ(gold[0].words.size(), 2U);
  EXPECT_NEAR(gold[0].words[0].coverage, 0.4, 1e-12);
  EXPECT_EQ(gold[1].texts, 0U);
}

TEST(Distributions, EvidenceOfATextByHand) {
  EXPECT_FALSE(text_evidence({1, 2, 3, 4})) << "too short";
  EXPECT_FALSE(text_evidence({1, -1, -1, -1, 0})) << "one positive word";
  const TextEvidence even = text_evidence({1, 1, 1, 1, -1}).value();
  EXPECT_NEAR(even.top_share, 0.25, 1e-12);
  EXPECT_NEAR(even.entropy, 1, 1e-12);
  EXPECT_NEAR(even.positive_share, 0.8, 1e-12);
  const TextEvidence uneven = text_evidence({6, 1, 1, 0, -5, 0, 0, 0, 0, 0, 0}).value();  // the tenth of 11 is 2
  EXPECT_NEAR(uneven.top_share, 7.0 / 8, 1e-12);
  EXPECT_NEAR(uneven.entropy, -(0.75 * std::log(0.75) + 0.25 * std::log(0.125)) / std::log(3), 1e-12);
}

TEST(Distributions, ClassesThatDifferAreToldFromClassesThatDoNot) {
  // Class 0 has one strong word a text, the others several.
  std::map<std::string, std::vector<float>> weights = topic_weights(1);
  const Audit alike = unwrap(audit_texts(*std::make_unique<Bag>(weights), bag_texts(300, {}, 3), bag_options()));
  ASSERT_EQ(alike.distributions.tests.size(), 3U);
  for (const DistributionTest& test : alike.distributions.tests)
    EXPECT_GT(test.differs.p_value, 0.01) << test.statistic;
  for (auto& [word, own] : weights) own[0] *= word == "film" ? 6 : 0.2F;
  Bag unlike(weights);
  const Audit audit = unwrap(audit_texts(unlike, bag_texts(300, {}, 3), bag_options()));
  EXPECT_LT(audit.distributions.tests[0].differs.p_value, 0.01);
  EXPECT_LT(audit.distributions.tests[0].within_length.p_value, 0.01);
  const ClassDistribution& one = audit.distributions.classes[1];
  EXPECT_EQ(std::accumulate(one.bars.begin(), one.bars.end(), std::size_t{0}), one.words);
  EXPECT_TRUE(std::ranges::is_sorted(one.quantiles));
}

TEST(Contested, SmallGapsAndRankingsThatDiffer) {
  Bag classifier(topic_weights(1));
  const AuditedTexts audited = unwrap(explain_for_audit(classifier, bag_texts(60, {}, 5), occlusion(), {}));
  const Method* random = unwrap(find_method("random"));
  const Contested found = unwrap(find_contested(classifier, audited, occlusion(), {&random, 1}, {}, {.count = 5}));
  EXPECT_EQ(found.methods, (std::vector<std::string>{"occlusion", "random"}));
  EXPECT_EQ(found.compared, 60U);
  EXPECT_NEAR(found.agreement, 0, 0.15);
  ASSERT_EQ(found.disputed.size(), 5U);
  EXPECT_TRUE(std::ranges::is_sorted(found.disputed, {}, &DisputedText::agreement));
  EXPECT_LT(found.disputed.front().agreement, found.agreement);
  EXPECT_EQ(found.disputed.front().top.size(), 2U);
  ASSERT_EQ(found.close.size(), 5U);
  EXPECT_TRUE(std::ranges::is_sorted(found.close, {}, &CloseText::gap));
  for (const CloseText& one : found.close) {
    const AuditedText& text = audited.texts[one.text];
    EXPECT_NE(one.runner_up, text.predicted);
    const double sum = std::accumulate(one.scores.begin(), one.scores.end(), 0.0);
    EXPECT_NEAR(sum, one.gap, 1e-4) << "occlusion of a sum is exact";
  }
  const Contested alone = unwrap(find_contested(classifier, audited, occlusion(), {}, {}, {.count = 5}));
  EXPECT_TRUE(alone.disputed.empty());
  EXPECT_EQ(alone.close.size(), 5U);
}

TEST(LabelErrors, WrongLabelsAreFoundWithTheWordsAgainstThem) {
  Bag classifier(topic_weights(2));
  std::vector<Example> texts = bag_texts(90, {}, 6);
  for (const std::size_t wrong : {10, 33, 71}) {
    texts[wrong].text = "team game goal season the very fine";
    texts[wrong].label = "market";
  }
  const AuditedTexts audited = unwrap(explain_for_audit(classifier, texts, occlusion(), {}));
  const LabelErrors found = unwrap(find_label_errors(classifier, audited, occlusion(), {}, 3)).value();
  EXPECT_EQ(found.labelled, 90U);
  EXPECT_GE(found.suspected, 3U);
  EXPECT_LT(found.suspected, 12U);
  ASSERT_EQ(found.suspects.size(), 3U);
  for (const LabelSuspect& suspect : found.suspects) {
    EXPECT_TRUE(suspect.text == 10 || suspect.text == 33 || suspect.text == 71);
    EXPECT_EQ(suspect.suggested, 2);
    EXPECT_LT(suspect.margin, -0.5);
    EXPECT_LT(*std::ranges::min_element(suspect.scores), -1) << "team and game speak against the label";
  }
}

TEST(Audit, TheSeedDecidesAndProgressCanStopIt) {
  Bag classifier(topic_weights(1));
  const auto effects = [&](std::uint64_t seed) {
    std::vector<double> found;
    for (const TestedWord& word :
         unwrap(audit_texts(classifier, bag_texts(120, {}, 7), bag_options(seed))).shortcuts.words) {
      found.push_back(word.swap.effect.beyond);
    }
    return found;
  };
  EXPECT_EQ(effects(1), effects(1));
  EXPECT_NE(effects(1), effects(2));
  for (const std::string stop : {"explaining", "testing words", "comparing methods"}) {
    AuditOptions options = bag_options();
    options.others = {unwrap(find_method("random"))};
    const auto stopped = audit_texts(classifier, bag_texts(60, {}, 7), options,
                                     [&](std::string_view what, std::size_t, std::size_t) { return what != stop; });
    ASSERT_FALSE(stopped) << stop;
    EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
  }
}

TEST(Audit, FewTextsAndEmptyOnesAreNoTrouble) {
  Bag classifier(topic_weights(1));
  const Audit one = unwrap(audit_texts(classifier, {{.id = "1", .text = "film"}}, bag_options()));
  EXPECT_EQ(one.texts.texts.size(), 1U);
  EXPECT_TRUE(one.shortcuts.words.empty());
  EXPECT_TRUE(one.distributions.tests.empty());
  const Audit empty =
      unwrap(audit_texts(classifier, {{.id = "1", .text = ""}, {.id = "2", .text = ""}}, bag_options()));
  EXPECT_EQ(empty.contested.close.size(), 2U);
}

}  // namespace
}  // namespace pellucid
