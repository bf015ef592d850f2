// Bootstrap intervals and paired tests, measures.md section 4. Seeded; same input, same result.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace pellucid {

struct Interval {
  double low = 0, high = 0;
};

double mean(std::span<const double> values);  // 0 of none

// The p-quantile of ascending values (one at least), linear between the neighbours (numpy's default).
double quantile(std::span<const double> ascending, double p);

inline constexpr std::size_t kResamples = 1000;
inline constexpr std::size_t kSignFlips = 10000;

// Percentile bootstrap over texts of the mean, 95 %.
Interval bootstrap_mean(std::span<const double> values, std::uint64_t seed, std::size_t resamples = kResamples);

// The same for any statistic of the texts drawn (indices with repetition), macro-F1 for instance.
Interval bootstrap(std::size_t n, const std::function<double(std::span<const std::size_t>)>& statistic,
                   std::uint64_t seed, std::size_t resamples = kResamples);

// The same of `count` statistics of each resample, which what they share is computed once for.
std::vector<Interval> bootstrap_each(std::size_t n, std::size_t count,
                                     const std::function<std::vector<double>(std::span<const std::size_t>)>& statistics,
                                     std::uint64_t seed, std::size_t resamples = kResamples);

// Two-sided p of mean(differences) = 0 by approximate randomisation (sign flips).
double sign_flip_test(std::span<const double> differences, std::uint64_t seed, std::size_t flips = kSignFlips);

// One-sided: p of mean(differences) <= 0 against a mean above 0. Of differences with a long upper tail it errs on the
// side of large p (Johnson 1978 on the t-test, which it follows closely).
double sign_flip_above(std::span<const double> differences, std::uint64_t seed, std::size_t flips = kSignFlips);

// Two-sided exact McNemar test: texts that only one of two classifiers has right.
double mcnemar_exact(std::size_t only_first_right, std::size_t only_second_right);

// Holm's step-down adjustment, in the order given.
std::vector<double> holm(std::span<const double> p_values);

// Benjamini & Hochberg (1995), in the order given: of the tests with an adjusted p of at most q a share of q is
// expected to be false discoveries, if the tests are independent or positively dependent.
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace pellucid
