// The registry, and what single methods promise beyond the contracts of all.
#include "attribution/method.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "tiny_texts.h"

namespace pellucid {
namespace {

constexpr const char* kPositions = "embeddings.position_embeddings.weight";

std::vector<Attribution> explain(const char* method, Classifier& classifier, const std::vector<Input>& inputs,
                                 const MethodOptions& options = {}) {
  return unwrap(unwrap(find_method(method))->explain(classifier, inputs, options));
}

std::vector<std::string> names(const std::vector<const Method*>& methods) {
  std::vector<std::string> names;
  for (const Method* method : methods) names.emplace_back(method->name);
  return names;
}

TEST(Registry, NamesAreUniqueAndDescribed) {
  std::set<std::string_view> seen;
  for (const Method& method : methods()) {
    EXPECT_TRUE(seen.insert(method.name).second) << method.name;
    EXPECT_FALSE(method.summary.empty());
    EXPECT_EQ(unwrap(find_method(method.name)), &method);
  }
  EXPECT_EQ(unwrap(find_method(kDefaultMethod))->name, "decomposition");
}

TEST(Registry, AnUnknownNameGetsAllNames) {
  const auto found = find_method("decompositoin");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::usage);
  EXPECT_NE(found.error().message.find("found 'decompositoin'"), std::string::npos);
  for (const Method& method : methods()) {
    EXPECT_NE(found.error().message.find(method.name), std::string::npos) << method.name;
  }
}

TEST(Registry, AHeadWithoutAttributionHasFewerMethods) {
  const auto lacks = [](const char* head, const char* method) {
    const std::vector<std::string> found = names(methods_for(*load_tiny_classifier(head)));
    return std::ranges::find(found, method) == found.end();
  };
  for (const char* head : {"none", "top", "input", "pooler"}) {
    EXPECT_FALSE(lacks(head, "decomposition"));
    const bool none = std::string_view(head) == "none";
    const bool pooler = std::string_view(head) == "pooler";
    EXPECT_EQ(lacks(head, "attention-attribution"), none || pooler) << head;
    EXPECT_EQ(lacks(head, "head-contributions"), pooler) << head;
  }
}

// 0 stands for the method's own number, and no other method has one.
TEST(Registry, SamplesAreThoseThatHelpNames) {
  const auto classifier = load_tiny_classifier("top");
  const TinyInputs texts(*classifier, {"the film is good but the plot is dull and slow"});  // 10 words: 2^10 > 200
  for (const Method& method : methods()) {
    const auto run = [&](std::size_t samples) {
      return unwrap(method.explain(*classifier, texts.inputs(), {.samples = samples}))[0].scores;
    };
    EXPECT_EQ(run(0), run(method.samples)) << method.name;
    EXPECT_EQ(run(std::max<std::size_t>(2, method.samples / 10)) == run(0), method.samples == 0) << method.name;
  }
}

TEST(Functional, WeighsTheClasses) {
  const std::vector<float> logits = {0.5F, 2, -1, 2};
  EXPECT_EQ(functional({}, logits), (std::vector<float>{-0.25F, 0.75F, -0.25F, -0.25F}));  // the first of equals
  EXPECT_EQ(functional({.label = 2}, logits), (std::vector<float>{-0.25F, -0.25F, 0.75F, -0.25F}));
  EXPECT_EQ(functional({.label = 2, .against = 0}, logits), (std::vector<float>{-1, 0, 1, 0}));
  EXPECT_EQ(functional({.against = 3}, logits), (std::vector<float>{0, 1, 0, -1}));
  EXPECT_EQ(functional({.label = 1, .against = 1}, logits), (std::vector<float>{0, 0, 0, 0}));
}

// Three quarters of the way in which the log-odds of class 2, log p − log(1 − p), grow.
TEST(Functional, AgainstTheOthersFollowsTheLogOdds) {
  const std::vector<float> logits = {0.5F, 2, -1, 1};
  const auto log_odds = [](const std::vector<float>& z) {
    const double p = softmax(z)[2];
    return std::log(p) - std::log(1 - p);
  };
  const std::vector<float> weights = functional({.label = 2, .against = kOthers}, logits);
  for (std::size_t c = 0; c < logits.size(); ++c) {
    std::vector<float> up = logits;
    std::vector<float> down = logits;
    up[c] += 0.01F;
    down[c] -= 0.01F;
    EXPECT_NEAR(weights[c], 0.75 * (log_odds(up) - log_odds(down)) / (up[c] - down[c]), 1e-4) << c;
  }
  // Nothing to choose among: the mean.
  EXPECT_EQ(functional({.label = 1, .against = kOthers}, std::vector<float>{3, 1}), (std::vector<float>{-0.5F, 0.5F}));
  const std::vector<float> alike = functional({.label = 0, .against = kOthers}, std::vector<float>{9, 2, 2, 2});
  for (std::size_t c = 0; c < 4; ++c) EXPECT_NEAR(alike[c], c == 0 ? 0.75 : -0.25, 1e-6);
  // Beside one that leads by far, too.
  const std::vector<float> far = functional({.label = 0, .against = kOthers}, std::vector<float>{9000, 2, 2, 2});
  for (std::size_t c = 0; c < 4; ++c) EXPECT_NEAR(far[c], c == 0 ? 0.75 : -0.25, 1e-6);
}

TEST(Occlusion, IsTheDifferenceOfTwoLogits) {
  for (const char* head : {"none", "top", "input", "pooler"}) {
    const auto classifier = load_tiny_classifier(head);
    for (const Removal removal : {Removal::mask, Removal::erase, Removal::unknown}) {
      const TinyInputs texts(*classifier, tiny_texts(12));
      const std::vector<Attribution> found = explain("occlusion", *classifier, texts.inputs({.label = 2, .against = 0}),
                                                     {.removal = removal, .batch_tokens = 64});
      for (std::size_t t = 0; t < found.size(); ++t) {
        const Encoding& encoding = texts.encodings[t];
        const std::vector<float> full = logits_of(*classifier, encoding.ids);
        const std::vector<double> scores = unit_scores(texts.units[t], found[t].scores);
        EXPECT_EQ(found[t].forward_equivalents, 1 + static_cast<double>(scores.size()));
        for (std::size_t u = 0; u < scores.size(); ++u) {
          std::vector<std::int32_t> without;
          for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
            if (encoding.words[i] != static_cast<std::int32_t>(u)) {
              without.push_back(encoding.ids[i]);
            } else if (removal != Removal::erase) {
              const SpecialTokens& specials = classifier->tokenizer().specials();
              without.push_back(removal == Removal::mask ? specials.mask : specials.unknown);
            }
          }
          const std::vector<float> rest = logits_of(*classifier, without);
          EXPECT_NEAR(scores[u], (full[2] - full[0]) - (rest[2] - rest[0]), 1e-5);
        }
      }
    }
  }
}

// A pair of copies: what one keeps the other removes, so scores are those of the copy that keeps the
// token. Which copy that is is found by trying both.
TEST(ExpectedDecomposition, OfOnePairIsTheDecompositionOfTheCopyThatKeepsTheUnit) {
  for (const char* head : {"none", "top", "input", "pooler"}) {
    const auto classifier = load_tiny_classifier(head);
    const TinyInputs texts(*classifier, {"the unplayable film"});
    for (const auto& [removal, against] : {std::pair(Removal::mask, kMean), std::pair(Removal::mask, 2),
                                           std::pair(Removal::erase, 2), std::pair(Removal::unknown, kMean)}) {
      const Attribution found =
          explain("expected-decomposition", *classifier, texts.inputs({.label = 1, .against = against}),
                  {.seed = 3, .removal = removal, .samples = 2})[0];
      const std::size_t n = texts.units[0].ranges.size();
      double closest = 1;
      for (unsigned mask = 0; mask < 1U << n; ++mask) {
        std::vector<double> expected(found.scores.size());
        double mean = 0;  // of the functional over the two copies
        for (const bool flipped : {false, true}) {
          std::vector<bool> keep(n);
          for (std::size_t u = 0; u < n; ++u) keep[u] = ((mask >> u & 1U) != 0) != flipped;
          PackedBatch copy;
          copy.add(remove_units(texts.encodings[0], texts.units[0], keep, removal, classifier->tokenizer().specials()));
          const auto pass = classifier->forward(copy);
          const std::vector<float> weights =
              functional({.label = 1, .against = against == kMean ? kOthers : against}, pass->logits());
          const std::vector<double> scores = pass->decompose(weights).scores;
          for (std::size_t c = 0; c < weights.size(); ++c) mean += weights[c] * pass->logits()[c] / 2;
          std::size_t k = 0;
          for (std::size_t i = 0; i < expected.size(); ++i) {
            const std::int32_t unit = texts.units[0].unit_of[i];
            const bool kept = unit < 0 || keep[unit];
            if (unit >= 0 && kept) expected[i] = scores[k];
            k += kept || removal != Removal::erase ? 1 : 0;
          }
        }
        closest = std::min(closest, largest_difference(found.scores, expected));
        const double sum = std::accumulate(found.scores.begin(), found.scores.end(), 0.0);
        EXPECT_TRUE(largest_difference(found.scores, expected) > 1e-5 || std::abs(sum / 2 + found.bias - mean) < 1e-5);
      }
      EXPECT_LT(closest, 1e-5) << head;
      EXPECT_EQ(found.forward_equivalents, 5);
    }
  }
}

TEST(ExpectedDecomposition, DependsOnTheSeedAndComesInPairs) {
  const auto classifier = load_tiny_classifier("top");
  const TinyInputs texts(*classifier, {"the film is good", "the film is good"});
  const auto run = [&](std::uint64_t seed, std::size_t samples) {
    const auto found =
        explain("expected-decomposition", *classifier, texts.inputs(), {.seed = seed, .samples = samples});
    EXPECT_EQ(found[0].scores, found[1].scores);
    return found[0].scores;
  };
  EXPECT_EQ(run(1, 0), run(1, 8));
  EXPECT_EQ(run(1, 7), run(1, 8));
  EXPECT_NE(run(1, 8), run(2, 8));
}

TEST(Random, DependsOnSeedAndTextAlone) {
  const auto classifier = load_tiny_classifier("none");
  const TinyInputs texts(*classifier, {"the film is good", "the plot is dull", "the film is good"});
  const std::vector<Input> inputs = texts.inputs();
  const std::vector<Attribution> found = explain("random", *classifier, inputs, {.seed = 1});
  EXPECT_EQ(found[0].scores, found[2].scores);
  EXPECT_NE(found[0].scores, found[1].scores);
  EXPECT_EQ(explain("random", *classifier, {inputs[1]}, {.seed = 1})[0].scores, found[1].scores);
  EXPECT_NE(explain("random", *classifier, {inputs[1]}, {.seed = 2})[0].scores, found[1].scores);
  EXPECT_EQ(explain("random", *classifier, texts.inputs({.label = 0}), {.seed = 1})[0].scores, found[0].scores);
}

TEST(Random, UnitsAreUniformAndNoRankIsPreferred) {
  const auto classifier = load_tiny_classifier("none");
  const std::string text = "the wonderfully unplayable film";
  const TinyInputs one(*classifier, {text});
  std::vector<double> means(4);
  std::vector<int> first(4);
  constexpr int kSeeds = 3000;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const auto found = explain("random", *classifier, one.inputs(), {.seed = static_cast<std::uint64_t>(seed)});
    const std::vector<double> scores = unit_scores(one.units[0], found[0].scores);
    ++first[std::ranges::max_element(scores) - scores.begin()];
    for (std::size_t u = 0; u < 4; ++u) {
      EXPECT_TRUE(0 <= scores[u] && scores[u] < 1 + 1e-12);
      means[u] += scores[u] / kSeeds;
    }
  }
  for (std::size_t u = 0; u < 4; ++u) {
    EXPECT_NEAR(means[u], 0.5, 5 * std::sqrt(1.0 / 12 / kSeeds));
    EXPECT_NEAR(first[u], kSeeds / 4.0, 5 * std::sqrt(kSeeds * 3.0 / 16));
  }
}

TEST(IntegratedGradients, ASmallerToleranceLeavesASmallerResidualAtMoreCost) {
  for (const char* head : {"none", "top", "pooler"}) {
    const auto classifier = load_tiny_classifier(head);
    const TinyInputs texts(*classifier, tiny_texts(12));
    const auto run = [&](double tolerance) {
      double residual = 0;
      double cost = 0;
      for (const Attribution& one : explain("integrated-gradients", *classifier, texts.inputs(),
                                            {.steps = 2, .tolerance = tolerance, .max_steps = 5000})) {
        residual += std::abs(one.residual);
        cost += one.forward_equivalents;
        EXPECT_LE(std::abs(one.residual), tolerance);
      }
      return std::pair(residual, cost);
    };
    const auto [coarse, cheap] = run(0.2);
    const auto [fine, dear] = run(0.001);
    EXPECT_LT(fine, coarse / 10);
    EXPECT_GT(dear, cheap);
  }
}

TEST(IntegratedGradients, StepsStayWithinTheirBounds) {
  const auto classifier = load_tiny_classifier("none");
  const TinyInputs texts(*classifier, tiny_texts(8));
  for (const auto& [max_steps, cost] : {std::pair<std::size_t, double>{2, 6}, {6, 14}, {17, 14}, {18, 38}}) {
    for (const Attribution& one : explain("integrated-gradients", *classifier, texts.inputs(),
                                          {.steps = 2, .tolerance = -1, .max_steps = max_steps})) {
      EXPECT_EQ(one.forward_equivalents, cost);  // 2 and two a step
    }
  }
}

// `bias` is f of the start: pieces replaced by the baseline's, special tokens kept.
TEST(IntegratedGradients, BeginAtTheBaselineAskedFor) {
  const auto classifier = load_tiny_classifier("top");
  const TinyInputs texts(*classifier, {"the film is good"});
  const Encoding& encoding = texts.encodings[0];
  const std::size_t d = classifier->hidden_size();
  for (const char* name : {"mask", "pad", "zero"}) {
    const Baseline baseline = unwrap(baseline_from_name(name));
    const Attribution found = explain("integrated-gradients", *classifier, texts.inputs({.label = 1, .against = 0}),
                                      {.baseline = baseline})[0];
    const SpecialTokens& specials = classifier->tokenizer().specials();
    std::vector<std::int32_t> ids = encoding.ids;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (encoding.words[i] != kNoWord) ids[i] = baseline == Baseline::mask ? specials.mask : specials.pad;
    }
    std::vector<float> rows = classifier->word_embeddings(ids);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      if (baseline == Baseline::zero && encoding.words[k / d] != kNoWord) rows[k] = 0;
    }
    PackedBatch batch;
    batch.add(ids);
    const auto start = classifier->forward(batch, rows);
    EXPECT_NEAR(found.bias - found.special, start->logits()[1] - start->logits()[0], 1e-5) << name;
    EXPECT_LE(std::abs(found.residual), 0.02) << name;
  }
  const auto unknown = baseline_from_name("nothing");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::usage);
  EXPECT_NE(unknown.error().message.find("mask, pad, zero"), std::string::npos);
}

// Tripling keeps the points already taken: the result is that of as many steps at once.
TEST(IntegratedGradients, RefinedStepsAreThoseOfAFinerRun) {
  const auto classifier = load_tiny_classifier("top");
  const TinyInputs texts(*classifier, tiny_texts(8));
  const MethodOptions refined = {.steps = 2, .tolerance = -1, .max_steps = 18};
  const MethodOptions at_once = {.steps = 18, .tolerance = -1, .max_steps = 18};
  const auto a = explain("integrated-gradients", *classifier, texts.inputs(), refined);
  const auto b = explain("integrated-gradients", *classifier, texts.inputs(), at_once);
  for (std::size_t t = 0; t < a.size(); ++t) EXPECT_LT(largest_difference(a[t].scores, b[t].scores), 1e-5);
}

// Without position embeddings the same word has the same part wherever it stands. Left out: what draws at random
// (lime, expected-decomposition; kernel-shap looks at all of 2^4 coalitions here), and partition-shap, whose tree has
// sides.
TEST(Symmetry, EqualWordsOfATextWithoutPositionsScoreAlike) {
  const TensorView positions =
      *unwrap(SafetensorsFile::open(kFixtures / "tiny-bert" / "model.safetensors")).find(kPositions);
  const std::vector<std::byte> zeros(positions.bytes.size());
  TensorView none = positions;
  none.bytes = zeros;
  for (const Adjust adjust : {Adjust::none, Adjust::top, Adjust::input}) {
    const TemporaryFolder folder;
    write_tiny_model(folder / "model", adjust, {{kPositions, none}});
    const auto classifier = unwrap(load_classifier((folder / "model").string(), {}));
    const TinyInputs texts(*classifier, {"film oil good film"});
    for (const Method* method : methods_for(*classifier)) {
      static constexpr std::string_view kLeftOut[] = {"random", "lime", "expected-decomposition", "partition-shap"};
      if (std::ranges::find(kLeftOut, method->name) != std::end(kLeftOut)) continue;
      const std::vector<double> scores = unwrap(method->explain(*classifier, texts.inputs(), {}))[0].scores;
      EXPECT_NEAR(scores[1], scores[4], 1e-5) << method->name;
      EXPECT_GT(std::abs(scores[1] - scores[2]), 1e-4) << method->name;
    }
  }
}

// A token that is [MASK] already: nothing changes when it is removed, nothing lies between it and the baseline.
TEST(Dummy, ATokenThatIsItsOwnBaselineScoresZero) {
  for (const char* head : {"none", "top", "input", "pooler"}) {
    const auto classifier = load_tiny_classifier(head);
    TinyInputs texts(*classifier, {"the film is good"});
    texts.encodings[0].ids[2] = classifier->tokenizer().specials().mask;
    EXPECT_EQ(explain("integrated-gradients", *classifier, texts.inputs())[0].scores[2], 0);
    for (const char* method : {"occlusion", "kernel-shap", "partition-shap"}) {
      EXPECT_NEAR(explain(method, *classifier, texts.inputs())[0].scores[2], 0, 1e-6) << head << " " << method;
    }
  }
}

}  // namespace
}  // namespace pellucid
