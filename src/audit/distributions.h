// How evidence is distributed over the words of a text, class by class, and whether classes differ. docs/measures.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "audit/texts.h"
#include "evaluate/kruskal_wallis.h"
#include "evaluate/statistics.h"

namespace pellucid {

// What is said of one text's contributions φ. P: the positive ones.
struct TextEvidence {
  double top_share = 0;       // Σ of the largest ⌈n/10⌉ of P / Σ P, n all words of the text
  double entropy = 0;         // −Σ p ln p / ln |P|, p = φ / Σ P: 1 where all of P are equal, 0 where one has everything
  double positive_share = 0;  // |P| / n
};
// Of texts with five words or more, two of them positive.
std::optional<TextEvidence> text_evidence(const std::vector<double>& scores);

inline constexpr std::array<double, 7> kQuantiles = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};
inline constexpr std::size_t kBars = 40;

struct MeanOverTexts {
  double value = 0;
  Interval interval;  // 95 %, bootstrap over texts
};

struct ClassDistribution {
  std::int32_t label = 0;
  std::size_t texts = 0, words = 0;                      // measured: texts with text_evidence, and their words
  double median_words = 0;                               // of a text
  std::array<double, kQuantiles.size()> quantiles = {};  // of the words' contributions
  std::array<std::size_t, kBars> bars = {};              // words by contribution, from Distributions::low to high
  MeanOverTexts top_share = {}, entropy = {}, positive_share = {};
};

struct DistributionTest {
  std::string_view statistic;   // "top_share", "entropy", "positive_share"
  KruskalWallis differs;        // p Holm-corrected over the three
  KruskalWallis within_length;  // the same among texts of like length; p Holm-corrected too
};

struct Distributions {
  double low = 0, high = 0;                // the bars' ends; what lies beyond counts in the last bar
  std::vector<ClassDistribution> classes;  // predicted, in the order of the labels
  std::vector<DistributionTest> tests;     // none where fewer than two classes have two texts
};

// Texts by predicted class, contributions to that class.
Distributions distributions(const AuditedTexts& audited, std::size_t classes, std::uint64_t seed);

}  // namespace pellucid
