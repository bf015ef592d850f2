// Each measure against its definition computed slowly: text by text, each variant a forward pass of its own, in
// double; and on a model whose right explanation is known.
#include "evaluate/measure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "additive.h"
#include "architectures.h"
#include "evaluate/correlation.h"
#include "evaluate/perturbed_classifier.h"
#include "evaluate/randomised_model.h"

namespace pellucid {
namespace {

constexpr const char* kSomeMethods[] = {"decomposition", "occlusion", "random"};

// What the measures see of some texts with units.
struct Stage {
  Classifier& classifier;
  TinyInputs texts;
  MeasureOptions options;
  Predictions predictions;
  std::vector<const Method*> methods;
  std::vector<std::vector<Ranking>> rankings;

  Stage(Classifier& model, const std::vector<std::string>& strings, const std::vector<const char*>& names,
        const MeasureOptions& chosen = {})
      : classifier(model), texts(model, strings), options(chosen), predictions(model, chosen.method.removal, 200) {
    std::vector<Input> inputs;
    for (const Input& input : texts.inputs()) {
      if (!input.units->ranges.empty()) inputs.push_back(input);
    }
    for (const char* name : names) {
      methods.push_back(unwrap(find_method(name)));
      std::vector<Ranking>& own = rankings.emplace_back();
      const auto found = unwrap(methods.back()->explain(model, inputs, options.method));
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        own.push_back({inputs[i].encoding, inputs[i].units, unit_scores(*inputs[i].units, found[i].scores),
                       found[i].target.label});
      }
    }
  }

  Measured measure(const char* name) {
    Scene scene{classifier, classifier, methods, {}, predictions, options};
    for (const std::vector<Ranking>& own : rankings) scene.rankings.emplace_back(own);
    return unwrap(unwrap(find_measure(name))->measure(scene));
  }

  std::vector<float> logits(const Ranking& ranking, const std::vector<bool>& keep) const {
    return logits_of(classifier, remove_units(*ranking.encoding, *ranking.units, keep, options.method.removal,
                                              classifier.tokenizer().specials()));
  }
  double probability(const Ranking& ranking, const std::vector<bool>& keep) const {
    return softmax(logits(ranking, keep))[static_cast<std::size_t>(ranking.label)];
  }
  // z_c − mean of all z
  double explained(const Ranking& ranking, const std::vector<bool>& keep) const {
    const std::vector<float> z = logits(ranking, keep);
    double mean = 0;
    for (const float value : z) mean += value / static_cast<double>(z.size());
    return z[static_cast<std::size_t>(ranking.label)] - mean;
  }

  // Calls `check(ranking, value)` for every method and text.
  template <class Check>
  void for_each(const Measured& measured, const Check& check) const {
    ASSERT_EQ(measured.values.size(), methods.size());
    for (std::size_t m = 0; m < methods.size(); ++m) {
      ASSERT_EQ(measured.values[m].size(), rankings[m].size());
      for (std::size_t t = 0; t < rankings[m].size(); ++t) check(rankings[m][t], measured.values[m][t]);
    }
  }
};

std::vector<bool> all(const Ranking& ranking, bool value = true) {
  return std::vector<bool>(ranking.scores.size(), value);
}

TEST(Measures, NamesReadBackAndAreDistinct) {
  std::set<std::string_view> names;
  for (const Measure& measure : measures()) {
    EXPECT_EQ(unwrap(find_measure(measure.name)), &measure);
    EXPECT_FALSE(measure.summary.empty());
    names.insert(measure.name);
  }
  EXPECT_EQ(names.size(), measures().size());
  for (const std::string_view name : kDefaultMeasures) EXPECT_TRUE(names.contains(name));
  const auto unknown = find_measure("beauty");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("comprehensiveness, sufficiency"), std::string::npos);
}

TEST(Measures, GiveTheSameOfATextAloneAndAmongOthers) {
  const auto classifier = load_tiny_classifier("top");
  const std::vector<std::string> strings = {"The film is good.", "oil price rise", "the team won a match"};
  const TemporaryFolder folder;
  write_tiny_model(folder / "model", Adjust::top);
  MeasureOptions options;
  options.model = (folder / "model").string();
  Stage together(*classifier, strings, {"decomposition", "random"}, options);
  for (const Measure& measure : measures()) {
    const Measured of_all = together.measure(std::string(measure.name).c_str());
    for (std::size_t t = 0; t < strings.size(); ++t) {
      Stage alone(*classifier, {strings[t]}, {"decomposition", "random"}, options);
      const Measured of_one = alone.measure(std::string(measure.name).c_str());
      for (std::size_t m = 0; m < 2; ++m) {
        EXPECT_NEAR(of_all.values[m][t], of_one.values[m][0], 1e-4) << measure.name;
      }
    }
  }
}

TEST(Measures, LooCorrelationIsItsDefinition) {
  for (const char* head : {"top", "pooler"}) {
    const auto classifier = load_tiny_classifier(head);
    Stage stage(*classifier, tiny_texts(9), {std::begin(kSomeMethods), std::end(kSomeMethods)});
    const Measured measured = stage.measure("loo-correlation");
    stage.for_each(measured, [&](const Ranking& ranking, double value) {
      std::vector<double> effects;
      for (std::size_t u = 0; u < ranking.scores.size(); ++u) {
        std::vector<bool> keep = all(ranking);
        keep[u] = false;
        effects.push_back(stage.explained(ranking, all(ranking)) - stage.explained(ranking, keep));
      }
      EXPECT_NEAR(value, kendall_tau(ranking.scores, effects), 0.02);  // effects that are equal but for rounding
    });
    for (const double value : measured.values[1]) {
      EXPECT_GT(value, 0.97) << "occlusion is what it is compared with";
    }
  }
}

TEST(Measures, DecisionFlipIsItsDefinition) {
  const auto classifier = load_tiny_classifier("top");
  MeasureOptions options;
  options.method.removal = Removal::erase;
  Stage stage(*classifier, tiny_texts(14), {std::begin(kSomeMethods), std::end(kSomeMethods)}, options);
  std::set<double> values;
  for (const bool reversed : {false, true}) {
    stage.for_each(stage.measure(reversed ? "decision-flip-reversed" : "decision-flip"),
                   [&](const Ranking& ranking, double value) {
                     std::vector<bool> keep = all(ranking);
                     double expected = 1;
                     for (std::size_t removed = 1; removed <= keep.size(); ++removed) {
                       std::size_t next = keep.size();
                       for (std::size_t u = 0; u < keep.size(); ++u) {
                         if (!keep[u]) continue;
                         const bool first = next == keep.size();
                         if (first || (reversed ? ranking.scores[u] <= ranking.scores[next]
                                                : ranking.scores[u] > ranking.scores[next])) {
                           next = u;
                         }
                       }
                       keep[next] = false;
                       if (argmax(stage.logits(ranking, keep)) == argmax(stage.logits(ranking, all(ranking)))) continue;
                       expected = static_cast<double>(removed) / static_cast<double>(keep.size());
                       break;
                     }
                     EXPECT_DOUBLE_EQ(value, expected);
                     values.insert(value);
                   });
  }
  EXPECT_GT(values.size(), 2U) << "no decision ever flipped: the test shows nothing";
}

TEST(Measures, InfidelityIsItsDefinition) {
  const auto classifier = load_tiny_classifier("top");
  MeasureOptions options;
  options.method.seed = 3;
  Stage stage(*classifier, tiny_texts(8), {std::begin(kSomeMethods), std::end(kSomeMethods)}, options);
  stage.for_each(stage.measure("infidelity"), [&](const Ranking& ranking, double value) {
    const std::size_t n = ranking.scores.size();
    SplitMix64 random(3, hash_of(ranking.encoding->ids));
    std::vector<std::pair<double, double>> points;  // Σ of the scores removed, effect
    double squares = 0;
    for (int set = 0; set < 32; ++set) {
      std::vector<std::size_t> order(n);
      std::iota(order.begin(), order.end(), std::size_t{0});
      random.shuffle(std::span(order));
      std::vector<bool> keep = all(ranking);
      double sum = 0;
      const auto size = static_cast<std::size_t>(std::ceil(static_cast<double>(n) / 10));
      for (std::size_t r = 0; r < size; ++r) {
        keep[order[r]] = false;
        sum += ranking.scores[order[r]];
      }
      points.emplace_back(sum, stage.explained(ranking, all(ranking)) - stage.explained(ranking, keep));
      squares += points.back().second * points.back().second;
    }
    const auto error = [&](double beta) {
      double total = 0;
      for (const auto& [sum, effect] : points) total += (beta * sum - effect) * (beta * sum - effect);
      return total / squares;
    };
    double low = 0;
    double high = 1e3;
    for (int step = 0; step < 200; ++step) {  // ternary search: convex in β
      const double a = low + (high - low) / 3;
      const double b = high - (high - low) / 3;
      (error(a) < error(b) ? high : low) = error(a) < error(b) ? b : a;
    }
    EXPECT_NEAR(value, error(low), 1e-4);
  });
}

TEST(Measures, OfAnAdditiveModelOcclusionIsPerfect) {
  Additive classifier;
  Stage stage(classifier, tiny_texts(12), {"occlusion", "random"});
  for (Ranking& reversed : stage.rankings.emplace_back(stage.rankings[0])) {
    for (double& score : reversed.scores) score = -score;
  }
  stage.methods.push_back(stage.methods[0]);
  const Measured measured = stage.measure("infidelity");
  for (std::size_t t = 0; t < measured.values[0].size(); ++t) {
    EXPECT_NEAR(measured.values[0][t], 0, 1e-6);
    EXPECT_EQ(measured.values[2][t], 1) << "a reversed ranking is not turned right by its scale";
  }
}

TEST(Measures, SoftFaithfulnessIsItsDefinition) {
  for (const char* head : {"top", "pooler"}) {
    const auto classifier = load_tiny_classifier(head);
    const std::size_t d = classifier->hidden_size();
    MeasureOptions options;
    options.method.seed = 9;
    options.method.batch_tokens = 100;
    Stage stage(*classifier, tiny_texts(7), {std::begin(kSomeMethods), std::end(kSomeMethods)}, options);
    for (const bool keep_important : {false, true}) {
      stage.for_each(stage.measure(keep_important ? "soft-sufficiency" : "soft-comprehensiveness"),
                     [&](const Ranking& ranking, double value) {
                       const double low = *std::ranges::min_element(ranking.scores);
                       const double high = *std::ranges::max_element(ranking.scores);
                       double drop = 0;
                       for (std::uint64_t draw = 0; draw < 4; ++draw) {
                         SplitMix64 random(9, hash_of(ranking.encoding->ids) + draw);
                         PackedBatch batch;
                         batch.add(ranking.encoding->ids);
                         std::vector<float> rows = classifier->word_embeddings(batch.ids);
                         for (std::size_t i = 0; i < batch.ids.size(); ++i) {
                           if (ranking.units->unit_of[i] < 0) continue;
                           const double score = ranking.scores[static_cast<std::size_t>(ranking.units->unit_of[i])];
                           const double a = low == high ? 0.5 : (score - low) / (high - low);
                           for (std::size_t k = 0; k < d; ++k) {
                             const double uniform = static_cast<double>(random.next() >> 11) * 0x1.0p-53;
                             rows[i * d + k] *= uniform < (keep_important ? a : 1 - a) ? 1.0F : 0.0F;
                           }
                         }
                         const auto pass = classifier->forward(batch, rows);
                         drop += (stage.probability(ranking, all(ranking)) -
                                  softmax(pass->logits())[static_cast<std::size_t>(ranking.label)]) /
                                 4;
                       }
                       EXPECT_NEAR(value, drop, 1e-5);
                     });
    }
  }
}

// All orders of up to six units.
TEST(Measures, NormalisedAopcIsThePlaceBetweenTheWorstAndTheBestOrder) {
  const auto classifier = load_tiny_classifier("top");
  Stage stage(*classifier, {"film", "The film is good.", "not very good", "oil price rise, team"},
              {std::begin(kSomeMethods), std::end(kSomeMethods)});
  const auto aopc = [&](const Ranking& ranking, const std::vector<std::size_t>& order, bool top) {
    double mean = 0;
    for (std::size_t k = 1; k <= order.size(); ++k) {
      std::vector<bool> keep = all(ranking, top);
      for (std::size_t r = 0; r < k; ++r) keep[order[r]] = !top;
      mean += (stage.probability(ranking, all(ranking)) - stage.probability(ranking, keep)) /
              static_cast<double>(order.size());
    }
    return mean;
  };
  for (const bool removes : {true, false}) {
    stage.for_each(stage.measure(removes ? "normalised-comprehensiveness" : "normalised-sufficiency"),
                   [&](const Ranking& ranking, double value) {
                     std::vector<std::size_t> order(ranking.scores.size());
                     std::iota(order.begin(), order.end(), std::size_t{0});
                     double low = 1e9;
                     double high = -1e9;
                     do {
                       const double one = aopc(ranking, order, removes);
                       low = std::min(low, one);
                       high = std::max(high, one);
                     } while (std::ranges::next_permutation(order).found);
                     const double own = aopc(ranking, order_of(ranking.scores), removes);
                     EXPECT_NEAR(value, high - low < 1e-6 ? 0.5 : (own - low) / (high - low), 2e-3);
                   });
  }
}

TEST(Measures, MaxSensitivityIsItsDefinition) {
  const auto classifier = load_tiny_classifier("input");
  MeasureOptions options;
  options.method.seed = 21;
  Stage stage(*classifier, tiny_texts(7), {std::begin(kSomeMethods), std::end(kSomeMethods)}, options);
  const Measured measured = stage.measure("max-sensitivity");
  for (std::size_t m = 0; m < stage.methods.size(); ++m) {
    for (std::size_t t = 0; t < stage.rankings[m].size(); ++t) {
      const Ranking& ranking = stage.rankings[m][t];
      double largest = 0;
      for (std::uint64_t draw = 0; draw < 4; ++draw) {
        PerturbedClassifier perturbed(*classifier, 0.02, 21 + draw);
        const Input input{ranking.encoding, ranking.units, {.label = ranking.label}};
        const auto found = unwrap(stage.methods[m]->explain(perturbed, {&input, 1}, options.method));
        const std::vector<double> scores = unit_scores(*ranking.units, found[0].scores);
        double squares = 0;
        double length = 0;
        for (std::size_t u = 0; u < scores.size(); ++u) {
          squares += std::pow(scores[u] - ranking.scores[u], 2);
          length += std::pow(ranking.scores[u], 2);
        }
        largest = std::max(largest, std::sqrt(squares / length));
      }
      EXPECT_NEAR(measured.values[m][t], largest, 1e-3 * largest + 1e-6);
      if (m == 2) {
        EXPECT_EQ(measured.values[m][t], 0) << "a random order does not see the embeddings";
      } else {
        EXPECT_GT(measured.values[m][t], 0);
      }
    }
  }
}

TEST(PerturbedClassifier, MovesEveryRowByItsShareAndTheSameWayAgain) {
  const auto classifier = load_tiny_classifier("top");
  const std::vector<std::int32_t> ids = {2, 30, 31, 30, 3};
  PerturbedClassifier perturbed(*classifier, 0.1, 5);
  const std::vector<float> before = classifier->word_embeddings(ids);
  const std::vector<float> after = perturbed.word_embeddings(ids);
  const std::size_t d = classifier->hidden_size();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    double moved = 0;
    double length = 0;
    for (std::size_t k = i * d; k < (i + 1) * d; ++k) {
      moved += std::pow(after[k] - before[k], 2);
      length += std::pow(before[k], 2);
    }
    EXPECT_NEAR(std::sqrt(moved / length), 0.1, 1e-4);
  }
  EXPECT_TRUE(std::equal(after.begin() + static_cast<std::ptrdiff_t>(d),
                         after.begin() + static_cast<std::ptrdiff_t>(2 * d),
                         after.begin() + static_cast<std::ptrdiff_t>(3 * d)));
  PackedBatch batch;
  batch.add(ids);
  EXPECT_EQ(perturbed.logits(batch), PerturbedClassifier(*classifier, 0.1, 5).logits(batch));
  EXPECT_NE(perturbed.logits(batch), classifier->logits(batch));
  EXPECT_LT(largest_difference(PerturbedClassifier(*classifier, 0, 5).logits(batch), classifier->logits(batch)), 1e-6);
}

class Randomised : public ::testing::TestWithParam<const char*> {
 protected:
  Randomised() {
    model_ = (kFixtures / "tiny-bert-classifier").string();
    if (std::string_view(GetParam()) == "pooler") return;
    if (const auto other = kFixtures / "encoders" / GetParam(); std::filesystem::exists(other)) {
      model_ = other.string();
      return;
    }
    write_tiny_model(folder_ / "model", unwrap(adjust_from_name(GetParam())));
    model_ = (folder_ / "model").string();
  }
  TemporaryFolder folder_;
  std::string model_;
};

TEST_P(Randomised, StagesGoFromTheHeadToTheEmbeddings) {
  const std::vector<std::string> stages = unwrap(randomisation_stages(model_));
  EXPECT_EQ(stages.front(), "head");
  EXPECT_EQ(stages.back(), "embeddings");
  const auto trained = unwrap(load_classifier(model_, {}));
  const std::vector<std::int32_t> ids = {2, 30, 31, 30, 3};
  PackedBatch batch;
  batch.add(ids);
  std::vector<float> last = trained->logits(batch);
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    const auto random = unwrap(load_randomised(model_, stage, 1, *trained));
    EXPECT_EQ(random->adjust(), trained->adjust());
    EXPECT_EQ(random->max_length(), trained->max_length());
    const std::vector<float> logits = random->logits(batch);
    EXPECT_NE(logits, last) << stages[stage];
    EXPECT_EQ(logits, unwrap(load_randomised(model_, stage, 1, *trained))->logits(batch));
    const bool embeddings_stay = random->word_embeddings(ids) == trained->word_embeddings(ids);
    EXPECT_EQ(embeddings_stay, stage + 1 < stages.size());
    last = logits;
  }
}

TEST_P(Randomised, ValueIsTheMeanOfItsStages) {
  const auto trained = unwrap(load_classifier(model_, {}));
  MeasureOptions options;
  options.model = model_;
  options.method.seed = 4;
  Stage stage(*trained, tiny_texts(8), {"decomposition", "random"}, options);
  const Measured measured = stage.measure("parameter-randomisation");
  const std::vector<std::string> stages = unwrap(randomisation_stages(model_));
  ASSERT_EQ(measured.parts.size(), stages.size());
  for (std::size_t t = 0; t < stage.rankings[0].size(); ++t) {
    const Ranking& ranking = stage.rankings[0][t];
    double mean = 0;
    for (std::size_t s = 0; s < stages.size(); ++s) {
      EXPECT_EQ(measured.parts[s].first, stages[s]);
      const auto random = unwrap(load_randomised(model_, s, 4, *trained));
      const Input input{ranking.encoding, ranking.units, {.label = ranking.label}};
      const auto found = unwrap(stage.methods[0]->explain(*random, {&input, 1}, options.method));
      const bool one_unit = ranking.scores.size() == 1;  // no model can change its order
      const double expected = one_unit ? 1 : spearman(ranking.scores, unit_scores(*ranking.units, found[0].scores));
      EXPECT_NEAR(measured.parts[s].second[0][t], expected, 0.02);
      mean += measured.parts[s].second[0][t] / static_cast<double>(stages.size());
    }
    EXPECT_NEAR(measured.values[0][t], mean, 1e-12);
    EXPECT_NEAR(measured.values[1][t], 1, 1e-12) << "random scores do not see the model";
  }
}

INSTANTIATE_TEST_SUITE_P(Heads, Randomised,
                         ::testing::Values("top", "none", "pooler", "deberta-v2", "distilbert", "modernbert", "mpnet"),
                         [](const auto& info) { return test_name(info.param); });

}  // namespace
}  // namespace pellucid
