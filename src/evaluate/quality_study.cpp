#include "evaluate/quality_study.h"

#include <algorithm>
#include <cmath>

namespace pellucid {
namespace {

WarningRow warning_row(const char* name, std::span<const JudgedText> texts, double (*value)(const JudgedText&),
                       std::uint64_t seed) {
  const auto auroc = [&](const auto& indices) {
    std::vector<double> values;
    std::vector<bool> wrong;
    for (const std::size_t i : indices) {
      values.push_back(value(texts[i]));
      wrong.push_back(texts[i].wrong);
    }
    return auroc_below(values, wrong);
  };
  std::vector<std::size_t> all(texts.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return {name, auroc(all), bootstrap(texts.size(), auroc, seed)};
}

}  // namespace

Interval wilson_interval(std::size_t successes, std::size_t n) {
  if (n == 0) return {0, 1};
  constexpr double kZ = 1.959963984540054;
  const auto count = static_cast<double>(n);
  const double p = static_cast<double>(successes) / count;
  const double centre = p + kZ * kZ / (2 * count);
  const double reach = kZ * std::sqrt(p * (1 - p) / count + kZ * kZ / (4 * count * count));
  const double scale = 1 + kZ * kZ / count;
  // At the ends centre and reach are equal, but for rounding.
  return {successes == 0 ? 0 : (centre - reach) / scale, successes == n ? 1 : (centre + reach) / scale};
}

double fisher_exact(std::size_t a, std::size_t b, std::size_t c, std::size_t d) {
  const auto log_choose = [](std::size_t n, std::size_t k) {
    return std::lgamma(static_cast<double>(n) + 1) - std::lgamma(static_cast<double>(k) + 1) -
           std::lgamma(static_cast<double>(n - k) + 1);
  };
  const std::size_t row = a + b;
  const std::size_t column = a + c;
  const std::size_t n = a + b + c + d;
  const auto log_p = [&](std::size_t x) {
    return log_choose(row, x) + log_choose(n - row, column - x) - log_choose(n, column);
  };
  double p = 0;
  for (std::size_t x = column > n - row ? column - (n - row) : 0; x <= std::min(row, column); ++x) {
    if (log_p(x) <= log_p(a) + 1e-9) p += std::exp(log_p(x));
  }
  return std::min(1.0, p);
}

double auroc_below(std::span<const double> values, const std::vector<bool>& positive) {
  double wins = 0;
  double pairs = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!positive[i]) continue;
    for (std::size_t j = 0; j < values.size(); ++j) {
      if (positive[j]) continue;
      wins += values[i] < values[j] ? 1 : values[i] == values[j] ? 0.5 : 0;
      ++pairs;
    }
  }
  return pairs == 0 ? std::nan("") : wins / pairs;
}

QualityStudy study_quality(std::string method, std::span<const JudgedText> texts, std::uint64_t seed) {
  QualityStudy study{.method = std::move(method), .verdicts = {}, .warnings = {}};
  for (const Verdict verdict : {Verdict::ok, Verdict::weak, Verdict::suspect}) {
    VerdictRow row{.verdict = verdict, .interval = {}};
    for (const JudgedText& text : texts) {
      row.n += text.quality.verdict == verdict;
      row.wrong += text.quality.verdict == verdict && text.wrong;
    }
    row.error_rate = row.n == 0 ? 0 : static_cast<double>(row.wrong) / static_cast<double>(row.n);
    row.interval = wilson_interval(row.wrong, row.n);
    study.verdicts.push_back(row);
  }
  const VerdictRow& ok = study.verdicts.front();
  std::size_t rest = 0;
  std::size_t rest_wrong = 0;
  for (const VerdictRow& row : std::span(study.verdicts).subspan(1)) {
    rest += row.n;
    rest_wrong += row.wrong;
  }
  const std::size_t wrong = ok.wrong + rest_wrong;
  study.p_value = fisher_exact(ok.wrong, ok.n - ok.wrong, rest_wrong, rest - rest_wrong);
  if (wrong == 0 || wrong == texts.size()) return study;
  study.warnings = {
      warning_row(
          "confidence", texts, [](const JudgedText& text) { return text.confidence; }, seed),
      warning_row(
          "difference", texts,
          [](const JudgedText& text) { return text.quality.comprehensiveness - text.quality.sufficiency; }, seed),
      warning_row(
          "random percentile", texts,
          [](const JudgedText& text) { return text.quality.random_percentile.value_or(50); }, seed),
      warning_row("agreement", texts, [](const JudgedText& text) { return text.quality.agreement.value_or(0); }, seed)};
  return study;
}

}  // namespace pellucid
