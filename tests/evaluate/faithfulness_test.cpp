// Comprehensiveness and sufficiency against a slow computation of the definitions, and on a model whose
// answer is known.
#include "evaluate/faithfulness.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tiny_texts.h"

namespace pellucid {
namespace {

TEST(BinCounts, ByHand) {
  using Counts = std::vector<std::size_t>;
  const auto eraser = [](std::size_t n) { return bin_counts(Bins::eraser, n); };
  const auto deciles = [](std::size_t n) { return bin_counts(Bins::deciles, n); };
  EXPECT_EQ(eraser(1), (Counts{1, 1, 1, 1, 1}));
  EXPECT_EQ(eraser(2), (Counts{1, 1, 1, 1, 1}));
  EXPECT_EQ(eraser(3), (Counts{1, 1, 1, 1, 2}));
  EXPECT_EQ(eraser(7), (Counts{1, 1, 1, 2, 4}));
  EXPECT_EQ(eraser(10), (Counts{1, 1, 1, 2, 5}));
  EXPECT_EQ(eraser(100), (Counts{1, 5, 10, 20, 50}));
  EXPECT_EQ(eraser(101), (Counts{2, 6, 11, 21, 51}));
  EXPECT_EQ(deciles(1), (Counts{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(deciles(2), (Counts{1, 1, 1, 1, 1, 2, 2, 2, 2, 2}));
  EXPECT_EQ(deciles(3), (Counts{1, 1, 1, 2, 2, 2, 3, 3, 3, 3}));
  EXPECT_EQ(deciles(7), (Counts{1, 2, 3, 3, 4, 5, 5, 6, 7, 7}));
  EXPECT_EQ(deciles(10), (Counts{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));  // 0.7 · 10 in floats is above 7
  EXPECT_EQ(deciles(100), (Counts{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}));
  EXPECT_EQ(bin_counts(Bins::curve, 1), Counts{1});
  EXPECT_EQ(bin_counts(Bins::curve, 3), (Counts{1, 2, 3}));
  for (const std::size_t n : {7, 10, 100}) {
    const Counts curve = bin_counts(Bins::curve, n);
    ASSERT_EQ(curve.size(), n);
    for (std::size_t k = 0; k < n; ++k) EXPECT_EQ(curve[k], k + 1);
  }
}

RC_GTEST_PROP(BinCounts, AscendFromOneToAllAtMost, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 5000);
  for (const Bins bins : {Bins::eraser, Bins::deciles, Bins::curve}) {
    const std::vector<std::size_t> counts = bin_counts(bins, n);
    RC_ASSERT(std::ranges::is_sorted(counts));
    RC_ASSERT(counts.front() >= 1 && counts.back() <= n);
    if (bins != Bins::eraser) RC_ASSERT(counts.back() == n);
  }
}

TEST(Bins, NamesReadBackAndAnUnknownOneIsAnError) {
  for (const Bins bins : {Bins::eraser, Bins::deciles, Bins::curve}) {
    EXPECT_EQ(unwrap(bins_from_name(name_of(bins))), bins);
  }
  const auto found = bins_from_name("percentiles");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "expected bins: one of eraser, deciles, curve; found 'percentiles'");
}

// f_c of one text, alone, in double.
double probability(Classifier& classifier, const std::vector<std::int32_t>& ids, std::int32_t label) {
  const std::vector<float> z = logits_of(classifier, ids);
  double sum = 0;
  for (const float other : z) sum += std::exp(static_cast<double>(other) - z[label]);
  return 1 / sum;
}

// The definitions, word by word and text by text: units by rank, each variant a forward pass.
TextFaithfulness slowly(Classifier& classifier, const Ranking& ranking, Removal removal,
                        const std::vector<std::size_t>& counts) {
  const Encoding& encoding = *ranking.encoding;
  const SpecialTokens& specials = classifier.tokenizer().specials();
  const std::size_t n = ranking.scores.size();
  const auto rank = [&](std::size_t u) {  // how many units come before u
    std::size_t before = 0;
    for (std::size_t v = 0; v < n; ++v) {
      if (ranking.scores[v] > ranking.scores[u] || (ranking.scores[v] == ranking.scores[u] && v < u)) ++before;
    }
    return before;
  };
  const auto removing = [&](std::size_t k, bool top) {
    std::vector<std::int32_t> ids;
    for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
      const std::int32_t u = ranking.units->unit_of[i];
      const bool goes = u >= 0 && (rank(static_cast<std::size_t>(u)) < k) == top;
      if (!goes) ids.push_back(encoding.ids[i]);
      if (goes && removal == Removal::mask) ids.push_back(specials.mask);
      if (goes && removal == Removal::unknown) ids.push_back(specials.unknown);
    }
    return ids;
  };
  const double full = probability(classifier, encoding.ids, ranking.label);
  TextFaithfulness found;
  for (const std::size_t k : counts) {
    const auto bins = static_cast<double>(counts.size());
    found.comprehensiveness += (full - probability(classifier, removing(k, true), ranking.label)) / bins;
    found.sufficiency += (full - probability(classifier, removing(k, false), ranking.label)) / bins;
  }
  return found;
}

// Rankings with many ties, for classes that need not be the predicted one.
std::vector<Ranking> rankings_of(const TinyInputs& texts) {
  SplitMix64 random(3);
  std::vector<Ranking> rankings;
  for (std::size_t t = 0; t < texts.encodings.size(); ++t) {
    if (texts.units[t].ranges.empty()) continue;
    Ranking ranking{&texts.encodings[t], &texts.units[t], {}, static_cast<std::int32_t>(t % 3)};
    for (std::size_t u = 0; u < texts.units[t].ranges.size(); ++u) {
      ranking.scores.push_back(static_cast<double>(random.below(4)) - 1.5);
    }
    rankings.push_back(ranking);
  }
  return rankings;
}

class Faithfulness : public ::testing::TestWithParam<std::tuple<Bins, Removal>> {};

TEST_P(Faithfulness, IsTheSlowComputations) {
  const auto [bins, removal] = GetParam();
  for (const char* head : {"top", "pooler"}) {
    const auto classifier = load_tiny_classifier(head);
    for (const Unit unit : {Unit::piece, Unit::word, Unit::sentence}) {
      const TinyInputs texts(*classifier, tiny_texts(9), unit);
      const std::vector<Ranking> rankings = rankings_of(texts);
      const std::vector<TextFaithfulness> found =
          faithfulness(*classifier, rankings, {.bins = bins, .removal = removal, .batch_tokens = 150});
      ASSERT_EQ(found.size(), rankings.size());
      for (std::size_t r = 0; r < rankings.size(); ++r) {
        const auto counts = bin_counts(bins, rankings[r].scores.size());
        const TextFaithfulness expected = slowly(*classifier, rankings[r], removal, counts);
        EXPECT_NEAR(found[r].comprehensiveness, expected.comprehensiveness, 1e-5);
        EXPECT_NEAR(found[r].sufficiency, expected.sufficiency, 1e-5);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Faithfulness,
                         ::testing::Combine(::testing::Values(Bins::eraser, Bins::deciles, Bins::curve),
                                            ::testing::Values(Removal::mask, Removal::erase, Removal::unknown)),
                         [](const auto& info) {
                           return std::string(name_of(std::get<0>(info.param))) + "_" +
                                  std::string(name_of(std::get<1>(info.param)));
                         });

// More texts than are measured together, the same ones again and again: order and chunks do not matter.
TEST(Faithfulness, ATextAloneIsAsAmongMany) {
  const auto classifier = load_tiny_classifier("none");
  const TinyInputs texts(*classifier, tiny_texts(30));
  const std::vector<Ranking> once = rankings_of(texts);
  std::vector<Ranking> many;
  for (int copy = 0; copy < 3; ++copy) many.insert(many.end(), once.begin(), once.end());
  const std::vector<TextFaithfulness> found = faithfulness(*classifier, many, {});
  ASSERT_EQ(found.size(), many.size());
  for (std::size_t r = 0; r < once.size(); ++r) {
    const TextFaithfulness alone = faithfulness(*classifier, std::span(once).subspan(r, 1), {}).front();
    for (std::size_t copy = 0; copy < 3; ++copy) {
      EXPECT_NEAR(found[copy * once.size() + r].comprehensiveness, alone.comprehensiveness, 1e-5);
      EXPECT_NEAR(found[copy * once.size() + r].sufficiency, alone.sufficiency, 1e-5);
    }
  }
  EXPECT_TRUE(faithfulness(*classifier, {}, {}).empty());
}

// z_c = Σ over tokens of weights[c][id]: removing a unit changes the logits by what it owes, always.
class Additive : public Classifier {
 public:
  const LabelSet& labels() const override { return tiny_labels(); }
  Adjust adjust() const override { return Adjust::none; }
  const Tokenizer& tokenizer() const override { return tokenizer_; }
  std::size_t max_length() const override { return 64; }
  std::size_t hidden_size() const override { return 1; }
  Precision precision() const override { return Precision::fp32; }
  const std::string& weights_sha256() const override { return none_; }
  std::vector<float> logits(const PackedBatch& batch) override {
    std::vector<float> logits(batch.texts() * 3);
    for (std::size_t b = 0; b < batch.texts(); ++b) {
      for (std::int32_t i = batch.bounds[b]; i < batch.bounds[b + 1]; ++i) logits[b * 3] += weight(batch.ids[i]);
    }
    return logits;
  }
  std::unique_ptr<ForwardPass> forward(const PackedBatch&, std::span<const float>) override { return nullptr; }
  std::vector<float> word_embeddings(std::span<const std::int32_t>) const override { return {}; }

  // 0 for special tokens; others from −1 to 1.
  static float weight(std::int32_t id) { return id < 5 ? 0 : static_cast<float>(id * 37 % 21 - 10) / 10; }

 private:
  Tokenizer tokenizer_ = unwrap(Tokenizer::load(kFixtures / "tiny-bert"));
  std::string none_;
};

TEST(Faithfulness, NoRankingBeatsWhatTheUnitsOwe) {
  Additive classifier;
  const TinyInputs texts(classifier, tiny_texts(16));
  const auto occlusion = unwrap(unwrap(find_method("occlusion"))->explain(classifier, texts.inputs({.label = 0}), {}));
  const auto random = unwrap(unwrap(find_method("random"))->explain(classifier, texts.inputs({.label = 0}), {}));
  for (const Bins bins : {Bins::eraser, Bins::deciles, Bins::curve}) {
    for (const Removal removal : {Removal::mask, Removal::erase, Removal::unknown}) {
      double margin = 0;
      for (std::size_t t = 0; t < texts.encodings.size(); ++t) {
        const Units& units = texts.units[t];
        if (units.ranges.empty()) continue;
        const std::vector<double> owed = unit_scores(units, occlusion[t].scores);
        std::vector<double> reversed;
        for (const double score : owed) reversed.push_back(-score);
        const auto of = [&](const std::vector<double>& scores) {
          const Ranking ranking{&texts.encodings[t], &units, scores, 0};
          return faithfulness(classifier, {&ranking, 1}, {.bins = bins, .removal = removal}).front();
        };
        const TextFaithfulness best = of(owed);
        for (const TextFaithfulness other : {of(reversed), of(unit_scores(units, random[t].scores))}) {
          EXPECT_GE(best.comprehensiveness, other.comprehensiveness - 1e-6);
          EXPECT_LE(best.sufficiency, other.sufficiency + 1e-6);
        }
        margin += best.comprehensiveness - of(reversed).comprehensiveness;
      }
      EXPECT_GT(margin, 0.5);
    }
  }
}

TEST(Faithfulness, OfTwoEqualScoresTheEarlierGoesFirst) {
  Additive classifier;
  const TinyInputs texts(classifier, {"film the plot of season"});
  ASSERT_EQ(texts.units[0].ranges.size(), 5);
  const auto after_one = [&](std::vector<double> scores) {
    const Ranking ranking{&texts.encodings[0], &texts.units[0], std::move(scores), 0};
    return faithfulness(classifier, {&ranking, 1}, {.bins = Bins::eraser}).front().comprehensiveness * 5;
  };
  // The five bins of five units: one unit four times, then three.
  const double first_wins = after_one({3, 2, 1, 0, -1});
  EXPECT_DOUBLE_EQ(after_one({7, 7, 7, 7, 7}), first_wins);
  EXPECT_DOUBLE_EQ(after_one({7, 7, 7, 0, 0}), first_wins);
  EXPECT_GT(std::abs(after_one({1, 2, 3, 0, 0}) - first_wins), 1e-3);
}

}  // namespace
}  // namespace pellucid
