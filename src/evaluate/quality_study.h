// What a verdict on an explanation means: how often the predictions that carry it are wrong. measures.md section 4.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "evaluate/quality.h"

namespace pellucid {

struct JudgedText {
  Quality quality;
  double confidence = 0;  // the largest probability
  bool wrong = false;
};

struct VerdictRow {
  Verdict verdict;
  std::size_t n = 0, wrong = 0;
  double error_rate = 0;
  Interval interval;  // Wilson's, 95 %: it says something where none of a few is wrong, as a bootstrap does not
};

// How well a quantity ranks wrong predictions below right ones: 0.5 not at all, 1 perfectly.
struct WarningRow {
  std::string quantity;
  double auroc = 0.5;
  Interval interval;  // 95 %, bootstrap over texts
};

struct QualityStudy {
  std::string method;
  std::vector<VerdictRow> verdicts;  // ok, weak, suspect
  double p_value = 1;                // Fisher's exact test, two-sided: errors under ok against errors under the rest
  // Confidence first: what the verdict must be compared with. None where predictions are all right, or all wrong.
  std::vector<WarningRow> warnings;
};

QualityStudy study_quality(std::string method, std::span<const JudgedText> texts, std::uint64_t seed);

// Wilson (1927), 95 %.
Interval wilson_interval(std::size_t successes, std::size_t n);

// Two-sided p of a 2×2 table with rows (a, b), (c, d): the tables that are no more probable than this one.
double fisher_exact(std::size_t a, std::size_t b, std::size_t c, std::size_t d);

// P(value of a positive < value of a negative), ties half; NaN where one kind is missing.
double auroc_below(std::span<const double> values, const std::vector<bool>& positive);

}  // namespace pellucid
