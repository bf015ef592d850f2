// Statistics of systems that were trained with several seeds and tested on the same texts (measures.md section 4): the
// mean over seeds, its interval over texts, its spread over seeds, and a paired test against a reference.
#pragma once

#include <cstdint>
#include <functional>
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

// A measure of test texts, before it is a figure: each seed's value for any texts drawn, with repetition; none for a
// seed that has no value for any of these.
struct Statistic {
  std::vector<std::size_t> texts;  // that have one: draws are from these
  std::function<std::vector<std::optional<double>>(std::span<const std::size_t>)> of_seeds;
};

// The mean over texts, of which each seed has its own: [S][N].
Statistic mean_of_some(std::vector<std::vector<std::optional<double>>> values);

// Macro-averaged precision, recall or F1. predicted [S][N], gold [N], which outlives it.
Statistic macro_average(std::vector<std::vector<std::int32_t>> predicted, std::span<const std::int32_t> gold,
                        std::size_t classes, double Average::* which);

// Of `together` values the mean, one after the other.
Statistic averaged(Statistic statistic, std::size_t together);

// one − other, seed by seed; `other` may have one value for all seeds.
Statistic difference(Statistic one, Statistic other);

// The mean over the seeds that have a value; none where none has.
std::optional<Figure> figure_of(const Statistic& statistic, std::uint64_t seed);

// 1 where a text is labelled rightly. predicted [S][N], gold [N]. [S][N]
std::vector<std::vector<double>> correctness(std::span<const std::vector<std::int32_t>> predicted,
                                             std::span<const std::int32_t> gold);

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
