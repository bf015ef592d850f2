#include "diff/moved_words.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "audit/texts.h"

namespace pellucid {
namespace {

// A form's contributions to each text of a class that contains it.
struct Contributions {
  std::vector<double> a, b;
};

MovedWord moved(const std::string& form, const Contributions& contributions) {
  MovedWord word{.form = form, .texts = contributions.a.size(), .a = mean(contributions.a), .b = mean(contributions.b)};
  word.difference = word.b - word.a;
  return word;
}

Interval interval_of(const Contributions& contributions, std::uint64_t seed) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < contributions.a.size(); ++i) {
    differences.push_back(contributions.b[i] - contributions.a[i]);
  }
  return bootstrap_mean(differences, seed);
}

}  // namespace

std::vector<MovedWords> moved_words(std::span<const DiffText> texts, std::span<const ExplainedText> explained,
                                    std::size_t classes, const MovedWordOptions& options) {
  std::vector<MovedWords> found(classes);
  std::vector<std::map<std::string, Contributions>> contributions(classes);
  for (const ExplainedText& one : explained) {
    const std::string_view text = texts[one.text].example.text;
    const auto label = static_cast<std::size_t>(one.target.label);
    ++found[label].texts;
    std::map<std::string, std::pair<double, double>> sums;
    for (std::size_t u = 0; u < one.words.ranges.size(); ++u) {
      const ByteRange range = one.words.ranges[u];
      auto& [a, b] = sums[word_form(text.substr(range.begin, range.end - range.begin))];
      a += one.words.a[u];
      b += one.words.b[u];
    }
    for (const auto& [form, sum] : sums) {
      contributions[label][form].a.push_back(sum.first);
      contributions[label][form].b.push_back(sum.second);
    }
  }
  for (std::size_t c = 0; c < classes; ++c) {
    MovedWords& one = found[c];
    one.label = static_cast<std::int32_t>(c);
    for (const auto& [form, values] : contributions[c]) {
      if (values.a.size() >= options.min_texts) one.words.push_back(moved(form, values));
    }
    one.frequent = one.words.size();
    std::ranges::stable_sort(one.words, std::greater(), [](const MovedWord& w) { return std::abs(w.difference); });
    one.words.resize(std::min(one.words.size(), options.count));
    for (MovedWord& word : one.words) word.interval = interval_of(contributions[c].at(word.form), options.seed);
  }
  return found;
}

}  // namespace pellucid
