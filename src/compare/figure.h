// Statistics of systems that were trained with several seeds and tested on the same texts (measures.md section 4): the
// mean over seeds, its interval over texts, its spread over seeds, and a paired test against a reference.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "evaluate/metrics.h"
#include "evaluate/statistics.h"

namespace pellucid::compare {

inline constexpr std::size_t kLeastSeeds = 3;  // for a standard deviation to be worth a look

struct Figure {
  double value = 0;                    // mean over seeds
  Interval interval = {};              // 95 % of that mean, bootstrap over texts
  std::optional<double> spread = {};   // sample standard deviation over seeds, from kLeastSeeds on
  std::vector<double> of_seeds = {};   // in the plan's order
  std::optional<double> p_value = {};  // paired against the reference, Holm-corrected; none for itself
};

// Sample standard deviation; none below kLeastSeeds.
std::optional<double> spread_of(std::span<const double> of_seeds);

// Of a measure that is a mean over texts. values [S][n], the same texts for each seed.
Figure figure_of(std::span<const std::vector<double>> values, std::uint64_t seed);

// Of a measure that some texts have and others do not, each seed its own: [S][n]. A seed's value is the mean over its
// texts, the figure's that over the seeds that have any; none where none has.
std::optional<Figure> figure_of_some(std::span<const std::vector<std::optional<double>>> values, std::uint64_t seed);

// 1 where a text is labelled rightly. predicted [S][N], gold [N]. [S][N]
std::vector<std::vector<double>> correctness(std::span<const std::vector<std::int32_t>> predicted,
                                             std::span<const std::int32_t> gold);

// Macro-averaged precision, recall or F1.
Figure macro_figure(std::span<const std::vector<std::int32_t>> predicted, std::span<const std::int32_t> gold,
                    std::size_t classes, double Average::* which, std::uint64_t seed);

// Predictions of all seeds counted together.
ClassificationMetrics pooled_metrics(std::span<const std::vector<std::int32_t>> predicted,
                                     std::span<const std::int32_t> gold, std::size_t classes);

// Two-sided p of "no difference" between two systems on the same texts: sign flips of the differences of their means
// over seeds. [S][n]
double paired_test(std::span<const std::vector<double>> system, std::span<const std::vector<double>> reference,
                   std::uint64_t seed);

// The same of correctness: with one seed McNemar's exact test.
double correctness_test(std::span<const std::vector<double>> system, std::span<const std::vector<double>> reference,
                        std::uint64_t seed);

// Gives each figure its p-value, Holm-corrected over all of them.
struct Test {
  Figure* figure;
  double p_value;
};
void add_corrected(std::span<const Test> tests);

}  // namespace pellucid::compare
