#include "audit/distributions.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace pellucid {
namespace {

constexpr std::size_t kFewestWords = 5;
constexpr std::size_t kFewestTexts = 2;  // of a class that is tested
constexpr std::size_t kLengthStrata = 5;
constexpr double kDrawn = 0.005;  // of all words, that bars leave out at either end

using Field = double TextEvidence::*;
struct Statistic {
  std::string_view name;
  Field field;
  MeanOverTexts ClassDistribution::* mean;
};
constexpr Statistic kStatistics[] = {
    {"top_share", &TextEvidence::top_share, &ClassDistribution::top_share},
    {"entropy", &TextEvidence::entropy, &ClassDistribution::entropy},
    {"positive_share", &TextEvidence::positive_share, &ClassDistribution::positive_share}};

struct Measured {
  const AuditedText* text;
  TextEvidence evidence;
};

std::vector<double> values_of(const std::vector<Measured>& texts, Field field) {
  std::vector<double> values;
  for (const Measured& one : texts) values.push_back(one.evidence.*field);
  return values;
}

std::vector<double> sorted_scores(const std::vector<Measured>& texts) {
  std::vector<double> scores;
  for (const Measured& one : texts) scores.insert(scores.end(), one.text->scores.begin(), one.text->scores.end());
  std::ranges::sort(scores);
  return scores;
}

std::size_t bar_of(double score, const Distributions& all) {
  if (all.high <= all.low) return 0;
  const double share = std::clamp((score - all.low) / (all.high - all.low), 0.0, 1.0);
  return std::min(kBars - 1, static_cast<std::size_t>(share * static_cast<double>(kBars)));
}

ClassDistribution distribution_of(std::int32_t label, const std::vector<Measured>& texts, const Distributions& all,
                                  std::uint64_t seed) {
  ClassDistribution found{.label = label, .texts = texts.size()};
  if (texts.empty()) return found;
  const std::vector<double> scores = sorted_scores(texts);
  found.words = scores.size();
  for (std::size_t q = 0; q < kQuantiles.size(); ++q) found.quantiles[q] = quantile(scores, kQuantiles[q]);
  for (const double score : scores) ++found.bars[bar_of(score, all)];
  std::vector<double> lengths;
  for (const Measured& one : texts) lengths.push_back(static_cast<double>(one.text->scores.size()));
  std::ranges::sort(lengths);
  found.median_words = quantile(lengths, 0.5);
  for (const Statistic& statistic : kStatistics) {
    const std::vector<double> values = values_of(texts, statistic.field);
    found.*statistic.mean = {mean(values), bootstrap_mean(values, seed)};
  }
  return found;
}

// Holm over the statistics, of p-values that `member` of each test holds.
void correct(std::vector<DistributionTest>& tests, KruskalWallis DistributionTest::* member) {
  std::vector<double> p;
  for (const DistributionTest& test : tests) p.push_back((test.*member).p_value);
  const std::vector<double> adjusted = holm(p);
  for (std::size_t i = 0; i < tests.size(); ++i) (tests[i].*member).p_value = adjusted[i];
}

std::vector<DistributionTest> tests_of(const std::vector<std::vector<Measured>>& by_class, std::uint64_t seed) {
  std::vector<Measured> texts;
  std::vector<std::int32_t> groups;
  std::vector<double> lengths;
  std::int32_t group = 0;
  for (const std::vector<Measured>& own : by_class) {
    if (own.size() < kFewestTexts) continue;
    for (const Measured& one : own) {
      texts.push_back(one);
      groups.push_back(group);
      lengths.push_back(static_cast<double>(one.text->scores.size()));
    }
    ++group;
  }
  if (group < 2) return {};
  const std::vector<std::size_t> strata = strata_of(lengths, kLengthStrata);
  std::vector<DistributionTest> tests;
  for (const Statistic& statistic : kStatistics) {
    const std::vector<double> values = values_of(texts, statistic.field);
    tests.push_back({.statistic = statistic.name,
                     .differs = kruskal_wallis(values, groups, seed),
                     .within_length = kruskal_wallis_within(values, groups, strata, seed)});
  }
  correct(tests, &DistributionTest::differs);
  correct(tests, &DistributionTest::within_length);
  return tests;
}

}  // namespace

std::optional<TextEvidence> text_evidence(const std::vector<double>& scores) {
  std::vector<double> positive;
  for (const double score : scores) {
    if (score > 0) positive.push_back(score);
  }
  if (scores.size() < kFewestWords || positive.size() < 2) return {};
  std::ranges::sort(positive, std::greater());
  const double sum = std::accumulate(positive.begin(), positive.end(), 0.0);
  TextEvidence evidence;
  const std::size_t tenth = std::min((scores.size() + 9) / 10, positive.size());
  evidence.top_share =
      std::accumulate(positive.begin(), positive.begin() + static_cast<std::ptrdiff_t>(tenth), 0.0) / sum;
  for (const double score : positive) evidence.entropy -= score / sum * std::log(score / sum);
  evidence.entropy /= std::log(static_cast<double>(positive.size()));
  evidence.positive_share = static_cast<double>(positive.size()) / static_cast<double>(scores.size());
  return evidence;
}

Distributions distributions(const AuditedTexts& audited, std::size_t classes, std::uint64_t seed) {
  std::vector<std::vector<Measured>> by_class(classes);
  std::vector<Measured> all;
  for (const AuditedText& text : audited.texts) {
    const std::optional<TextEvidence> evidence = text_evidence(text.scores);
    if (!evidence) continue;
    by_class[static_cast<std::size_t>(text.predicted)].push_back({&text, *evidence});
    all.push_back({&text, *evidence});
  }
  Distributions found;
  if (!all.empty()) {
    const std::vector<double> scores = sorted_scores(all);
    found.low = quantile(scores, kDrawn);
    found.high = quantile(scores, 1 - kDrawn);
  }
  for (std::size_t c = 0; c < classes; ++c) {
    found.classes.push_back(distribution_of(static_cast<std::int32_t>(c), by_class[c], found, seed));
  }
  found.tests = tests_of(by_class, seed);
  return found;
}

}  // namespace pellucid
