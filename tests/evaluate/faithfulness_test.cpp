// Comprehensiveness and sufficiency against a slow computation of the definitions, and on a model whose
// answer is known.
#include "evaluate/faithfulness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "additive.h"
#include "attribution/method.h"
#include "tiny_texts.h"

namespace pellucid {
namespace {

std::vector<TextFaithfulness> measured(Classifier& classifier, std::span<const Ranking> rankings,
                                       Bins bins = Bins::deciles, Removal removal = Removal::mask,
                                       std::size_t batch_tokens = 8192) {
  Predictions predictions(classifier, removal, batch_tokens);
  return faithfulness(predictions, rankings, bins);
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
      const std::vector<TextFaithfulness> found = measured(*classifier, rankings, bins, removal, 150);
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

// The same texts again and again among others: company does not matter.
TEST(Faithfulness, ATextAloneIsAsAmongMany) {
  const auto classifier = load_tiny_classifier("none");
  const TinyInputs texts(*classifier, tiny_texts(30));
  const std::vector<Ranking> once = rankings_of(texts);
  std::vector<Ranking> many;
  for (int copy = 0; copy < 3; ++copy) many.insert(many.end(), once.begin(), once.end());
  const std::vector<TextFaithfulness> found = measured(*classifier, many);
  ASSERT_EQ(found.size(), many.size());
  for (std::size_t r = 0; r < once.size(); ++r) {
    const TextFaithfulness alone = measured(*classifier, std::span(once).subspan(r, 1)).front();
    for (std::size_t copy = 0; copy < 3; ++copy) {
      EXPECT_NEAR(found[copy * once.size() + r].comprehensiveness, alone.comprehensiveness, 1e-5);
      EXPECT_NEAR(found[copy * once.size() + r].sufficiency, alone.sufficiency, 1e-5);
    }
  }
  EXPECT_TRUE(measured(*classifier, {}).empty());
}

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
          return measured(classifier, {&ranking, 1}, bins, removal).front();
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
    return measured(classifier, {&ranking, 1}, Bins::eraser).front().comprehensiveness * 5;
  };
  // The five bins of five units: one unit four times, then three.
  const double first_wins = after_one({3, 2, 1, 0, -1});
  EXPECT_DOUBLE_EQ(after_one({7, 7, 7, 7, 7}), first_wins);
  EXPECT_DOUBLE_EQ(after_one({7, 7, 7, 0, 0}), first_wins);
  EXPECT_GT(std::abs(after_one({1, 2, 3, 0, 0}) - first_wins), 1e-3);
}

}  // namespace
}  // namespace pellucid
