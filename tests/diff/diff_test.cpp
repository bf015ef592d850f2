// Two releases whose difference is known.
#include "diff/diff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "diff/gate.h"
#include "releases.h"

namespace pellucid {
namespace {

TEST(MatchLabels, ByNameInAnyOrder) {
  Bag a(weights_before());
  Reordered b(weights_before());
  const ComparedModels models = unwrap(match_labels(a, "A", b, "B"));
  EXPECT_EQ(models.a.own, (std::vector<std::int32_t>{0, 1, 2}));
  EXPECT_EQ(models.b.own, (std::vector<std::int32_t>{1, 2, 0}));
}

TEST(MatchLabels, OthersAreNamed) {
  Bag a(weights_before());
  Relabelled b(weights_before());
  const auto found = match_labels(a, "runs/a", b, "runs/b");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::usage);
  EXPECT_EQ(found.error().message,
            "expected two models with the same labels, found others; runs/a lacks 'bank'; runs/b lacks 'market'");
}

TEST(Changes, ByHand) {
  Bag a(weights_before());
  Bag b(weights_after());
  const Diff diff = diff_of(a, b, release_texts());
  EXPECT_EQ(diff.labels.n, 5U);
  EXPECT_EQ(diff.labels.changed, 3U);
  EXPECT_DOUBLE_EQ(diff.labels.share, 0.6);
  EXPECT_LT(diff.labels.interval.low, 0.6);
  EXPECT_GT(diff.labels.interval.high, 0.6);
  EXPECT_EQ(diff.labels.table, (std::vector<std::vector<std::size_t>>{{1, 0, 0}, {0, 0, 3}, {0, 0, 1}}));
  // Of A's label: unchanged in 1 and 3; market falls from e²/(e² + 2) to 1/(e² + 2) in 2, and so on.
  const double e2 = std::exp(2.0);
  const double e4 = std::exp(4.0);
  const double sum = (1 - e2) / (e2 + 2) + (1 - e4) / (e4 + 2) + 1 / (e4 + 2) - e2 / (2 * e2 + 1);
  EXPECT_NEAR(diff.labels.probability.mean, sum / 5, 1e-6);
  EXPECT_NEAR(diff.labels.probability.quantiles[2], 1 / (e4 + 2) - e2 / (2 * e2 + 1), 1e-6);

  const GoldChanges& gold = diff.gold.value();
  EXPECT_EQ(gold.n, 5U);
  EXPECT_EQ(gold.fixed, 1U);
  EXPECT_EQ(gold.broken, 2U);
  EXPECT_EQ(gold.both_right, 2U);
  EXPECT_EQ(gold.both_wrong, 0U);
  EXPECT_DOUBLE_EQ(gold.broken_share, 0.4);
  EXPECT_DOUBLE_EQ(gold.p_value, 1);
  EXPECT_DOUBLE_EQ(gold.a.accuracy, 0.8);
  EXPECT_DOUBLE_EQ(gold.b.accuracy, 0.6);
  EXPECT_NEAR(gold.accuracy.value, -0.2, 1e-12);
  EXPECT_LE(gold.accuracy.interval.low, -0.2);
  EXPECT_NEAR(gold.negative_log_likelihood.value, gold.b.negative_log_likelihood - gold.a.negative_log_likelihood,
              1e-12);
  EXPECT_NEAR(gold.brier.value, gold.b.brier - gold.a.brier, 1e-12);
  EXPECT_NEAR(gold.expected_calibration_error.value,
              gold.b.expected_calibration_error - gold.a.expected_calibration_error, 1e-12);
}

TEST(Changes, WithoutLabelsNothingIsFixedOrBroken) {
  Bag a(weights_before());
  Bag b(weights_after());
  std::vector<Example> texts = release_texts();
  for (Example& text : texts) text.label = {};
  EXPECT_FALSE(diff_of(a, b, texts).gold);
  texts[1].label = "market";
  const Diff one = diff_of(a, b, texts);
  EXPECT_EQ(one.gold.value().n, 1U);
  EXPECT_EQ(one.gold->broken, 1U);
}

TEST(Changes, TextsWithAnotherLabelAreExplainedForTheDifference) {
  Bag a(weights_before());
  Bag b(weights_after());
  const Diff diff = diff_of(a, b, release_texts());
  ASSERT_EQ(diff.changed.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(diff.changed, std::greater(), &ChangedText::margin));
  const ExplainedText& first = diff.changed.front().explained;
  EXPECT_EQ(diff.texts[first.text].example.text, "Oil oil") << "both are surest of it";
  EXPECT_EQ(first.target.label, 2);
  EXPECT_EQ(first.target.against, 1);
  ASSERT_EQ(first.words.ranges.size(), 2U);
  for (const double score : first.words.a) EXPECT_NEAR(score, -2, 1e-5);
  for (const double score : first.words.b) EXPECT_NEAR(score, 2, 1e-5);
  const double e4 = std::exp(4.0);
  EXPECT_NEAR(diff.changed.front().margin, 2 * (e4 - 1) / (e4 + 2), 1e-6);
}

// Nothing at all differs, whatever the order of the labels.
void expect_no_difference(const Diff& diff) {
  EXPECT_EQ(diff.labels.changed, 0U);
  EXPECT_EQ(diff.labels.probability.mean, 0);
  EXPECT_EQ(diff.gold.value().fixed + diff.gold->broken, 0U);
  EXPECT_EQ(diff.gold->p_value, 1);
  EXPECT_EQ(diff.gold->expected_calibration_error.value, 0);
  EXPECT_GT(diff.drift.between.correlation.n, 50U);
  EXPECT_NEAR(diff.drift.between.correlation.mean, 1, 1e-12);
  EXPECT_NEAR(diff.drift.between.correlation.quantiles.front(), 1, 1e-12);
  EXPECT_EQ(diff.drift.between.overlap.mean, 1);
  EXPECT_LT(diff.drift.between.chance_overlap, 0.5);
  EXPECT_EQ(diff.drift.size_a, diff.drift.size_b);
  EXPECT_TRUE(diff.changed.empty());
  for (const MovedWords& one : diff.words) {
    EXPECT_FALSE(one.words.empty());
    for (const MovedWord& word : one.words) EXPECT_EQ(word.difference, 0) << word.form;
  }
}

TEST(Diff, IdenticalModelsDoNotDiffer) {
  Bag a(topic_weights(1));
  expect_no_difference(diff_of(a, a, bag_texts(60, {}, 1)));
}

TEST(Diff, AnotherOrderOfLabelsIsNoDifference) {
  Bag a(topic_weights(1));
  Reordered b(topic_weights(1));
  expect_no_difference(diff_of(a, b, bag_texts(60, {}, 1)));
  expect_no_difference(diff_of(b, a, bag_texts(60, {}, 1)));
}

TEST(Drift, LikenessByHand) {
  SharedWords words{.ranges = {{0, 1}, {1, 2}, {2, 3}, {3, 4}}, .a = {3, 2, 1, 0.5}, .b = {3, 1, 2, 0.5}};
  const Likeness found = likeness(words, 2).value();
  EXPECT_NEAR(found.correlation, 0.8, 1e-12);
  EXPECT_DOUBLE_EQ(found.overlap, 0.5);
  EXPECT_FALSE(likeness(words, 4)) << "all words are top words";
  const std::vector<double> equal(4, 1);
  EXPECT_EQ(likeness({.ranges = words.ranges, .a = words.a, .b = equal}, 2).value().correlation, 0);
  EXPECT_FALSE(likeness({.ranges = words.ranges, .a = equal, .b = equal}, 2)) << "neither has an order";
  const ExplainedText text{.text = 0, .target = {.label = 1}, .words = words};
  EXPECT_DOUBLE_EQ(agreement({&text, 1}, 1, 0).chance_overlap, 0.25);
}

TEST(Drift, ClassesWhoseExplanationsChangeAreToldFromOthers) {
  // Of market only, other words of the topic decide now; labels stay.
  std::map<std::string, std::vector<float>> weights = topic_weights(1);
  Bag a(weights);
  const std::vector<std::string> market = {"oil", "wheat", "bank", "price", "profit"};
  for (std::size_t w = 0; w < market.size(); ++w) weights[market[w]][1] = 1.4F - 0.2F * static_cast<float>(w);
  Bag b(weights);
  const Diff diff = diff_of(a, b, bag_texts(90, {}, 3));
  ASSERT_EQ(diff.drift.classes.size(), 3U);
  EXPECT_NEAR(diff.drift.classes[0].between.correlation.mean, 1, 0.03);
  EXPECT_LT(diff.drift.classes[1].between.correlation.mean, 0.99);
  EXPECT_EQ(diff.drift.classes[0].texts + diff.drift.classes[1].texts + diff.drift.classes[2].texts, 90U);
  ASSERT_FALSE(diff.unlike.empty());
  EXPECT_TRUE(std::ranges::is_sorted(diff.unlike, {}, [](const ReasonedText& t) { return t.likeness.correlation; }));
  EXPECT_EQ(diff.unlike.front().explained.target.label, 1);
  const std::vector<MovedWord>& moved = diff.words[1].words;
  ASSERT_GE(moved.size(), 2U);
  EXPECT_TRUE(moved[0].form == "oil" || moved[0].form == "profit") << moved[0].form;
}

TEST(Drift, TheNoiseFloorIsThatOfASeededMethod) {
  Bag a(topic_weights(1));
  EXPECT_FALSE(diff_of(a, a, bag_texts(30, {}, 1)).drift.itself) << "occlusion draws nothing";
  const Drift random = diff_of(a, a, bag_texts(60, {}, 1), diff_options("random")).drift;
  EXPECT_NEAR(random.between.correlation.mean, 1, 1e-12) << "the same seed, the same scores";
  ASSERT_TRUE(random.itself);
  EXPECT_EQ(random.itself->correlation.n, random.between.correlation.n);
  EXPECT_NEAR(random.itself->correlation.mean, 0, 0.2);
}

TEST(MovedWords, ByHand) {
  Bag a({{"film", {3, 0, 0}}, {"good", {1, 0, 0}}});
  Bag b({{"film", {1, 0, 0}}, {"good", {1, 0, 0}}});
  std::vector<Example> texts;
  for (const char* text : {"Film the film", "film good", "good the", "plot film"}) {
    texts.push_back({.id = text, .text = text});
  }
  const MovedWords found = diff_of(a, b, texts).words[0];
  EXPECT_EQ(found.texts, 4U);
  EXPECT_EQ(found.frequent, 3U) << "film, good, the";
  ASSERT_EQ(found.words.size(), 3U);
  const MovedWord& film = found.words[0];
  EXPECT_EQ(film.form, "film");
  EXPECT_EQ(film.texts, 3U);
  EXPECT_NEAR(film.a, (4 + 2 + 2) / 3.0, 1e-5) << "two occurrences count together";
  EXPECT_NEAR(film.b, film.a / 3, 1e-5);
  EXPECT_NEAR(film.difference, film.b - film.a, 1e-12);
  EXPECT_NEAR(film.interval.low, -8 / 3.0, 1e-5);
  EXPECT_NEAR(film.interval.high, -4 / 3.0, 1e-5);
  EXPECT_NEAR(found.words[1].difference, 0, 1e-5);
}

// Reads less of each text.
class Short : public Bag {
 public:
  using Bag::Bag;
  std::size_t max_length() const override { return 6; }
};

TEST(Diff, WhatOneModelDoesNotReadIsNotCompared) {
  Bag a({{"film", {3, 0, 0}}});
  Short b({{"film", {3, 0, 0}}});
  const Diff diff = diff_of(a, b, {{.id = "1", .text = "film the good plot of a very good team"}});
  EXPECT_EQ(diff.texts[0].a.dropped, 0U);
  EXPECT_GT(diff.texts[0].b.dropped, 0U);
  ASSERT_EQ(diff.unlike.size(), 1U);
  EXPECT_EQ(diff.unlike[0].explained.words.ranges.size(), 4U);
}

TEST(Diff, AsManyTextsAsAskedForAreExplained) {
  Bag a(topic_weights(1));
  DiffOptions options = diff_options();
  options.limit = 7;
  const auto explained = [&](std::uint64_t seed) {
    options.method_options.seed = seed;
    const Diff diff = diff_of(a, a, bag_texts(60, {}, 1), options);
    EXPECT_EQ(diff.drift.texts, 7U);
    EXPECT_EQ(diff.labels.n, 60U);
    std::vector<std::size_t> texts;
    for (const ReasonedText& text : diff.unlike) texts.push_back(text.explained.text);
    std::ranges::sort(texts);
    return texts;
  };
  EXPECT_EQ(explained(1), explained(1));
  EXPECT_NE(explained(1), explained(2));
}

TEST(Diff, ProgressCanStopIt) {
  Bag a(weights_before());
  Bag b(weights_after());
  const ComparedModels models = unwrap(match_labels(a, "A", b, "B"));
  for (const std::string stop : {"predicting with A", "predicting with B", "explaining with A", "explaining with B",
                                 "explaining with A again", "explaining changes with A", "explaining changes with B"}) {
    const auto stopped = diff_models(models, release_texts(), diff_options("random"),
                                     [&](std::string_view what, std::size_t, std::size_t) { return what != stop; });
    ASSERT_FALSE(stopped) << stop;
    EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
  }
}

TEST(Diff, FewTextsAndEmptyOnesAreNoTrouble) {
  Bag a(weights_before());
  Bag b(weights_after());
  const Diff empty = diff_of(a, b, {{.id = "1", .text = ""}, {.id = "2", .text = ""}});
  EXPECT_EQ(empty.drift.between.correlation.n, 0U);
  EXPECT_TRUE(empty.unlike.empty());
  const Diff all_changed = diff_of(a, b, {{.id = "1", .text = "oil the"}});
  EXPECT_EQ(all_changed.drift.texts, 0U);
  EXPECT_EQ(all_changed.changed.size(), 1U);
}

TEST(Gate, LimitsThatAreMetAreKept) {
  Bag a(weights_before());
  Bag b(weights_after());
  const Diff diff = diff_of(a, b, release_texts());
  const auto kept = [&](const GateLimits& limits) {
    const std::vector<GateCheck> checks = check_gate(limits, diff);
    EXPECT_EQ(checks.size(), 1U);
    return checks.at(0).kept();
  };
  EXPECT_TRUE(check_gate({}, diff).empty());
  EXPECT_TRUE(kept({.max_changed = 0.6}));
  EXPECT_FALSE(kept({.max_changed = 0.59}));
  EXPECT_TRUE(kept({.max_broken = 0.4}));
  EXPECT_FALSE(kept({.max_broken = 0.39}));
  EXPECT_FALSE(kept({.max_changed = std::nan("")})) << "no limit is no pass";
  // Texts of two words have no ranking to compare: nothing was found.
  EXPECT_FALSE(kept({.min_overlap = 0}));
  EXPECT_FALSE(kept({.min_correlation = -1}));
  EXPECT_TRUE((GateCheck{.option = {}, .what = {}, .at_most = false, .limit = 0.8, .found = 0.7999999999999887}).kept())
      << "a mean of 0.8s";
  EXPECT_FALSE((GateCheck{.option = {}, .what = {}, .at_most = false, .limit = 0.8, .found = 0.79999}).kept());
  const Diff same = diff_of(a, a, bag_texts(30, {}, 1));
  EXPECT_EQ(check_gate({.max_changed = 0, .max_broken = 0, .min_overlap = 1, .min_correlation = 0.99}, same).size(),
            4U);
  for (const GateCheck& check :
       check_gate({.max_changed = 0, .max_broken = 0, .min_overlap = 1, .min_correlation = 0.99}, same)) {
    EXPECT_TRUE(check.kept()) << check.option;
  }
}

}  // namespace
}  // namespace pellucid
