#include "audit/class_words.h"

#include <algorithm>
#include <functional>
#include <map>

namespace pellucid {
namespace {

// By form: its contribution to each text of the class that contains it.
using Contributions = std::map<std::size_t, std::vector<double>>;

ClassWords words_of(const Contributions& contributions, std::int32_t label, std::size_t texts,
                    const ClassWordOptions& options) {
  ClassWords found{.label = label, .texts = texts, .words = {}};
  for (const auto& [word, values] : contributions) {
    if (values.size() < options.min_texts) continue;
    const double coverage = static_cast<double>(values.size()) / static_cast<double>(texts);
    const double average = mean(values);
    found.words.push_back({.word = word,
                           .texts = values.size(),
                           .coverage = coverage,
                           .mean = average,
                           .interval = {},
                           .carried = coverage * average});
  }
  found.frequent = found.words.size();
  std::ranges::stable_sort(found.words, std::greater(), &ClassWord::carried);
  found.words.resize(std::min(found.words.size(), options.count));
  std::erase_if(found.words, [](const ClassWord& word) { return word.carried <= 0; });
  for (ClassWord& word : found.words) word.interval = bootstrap_mean(contributions.at(word.word), options.seed);
  return found;
}

}  // namespace

std::vector<ClassWords> class_words(const AuditedTexts& audited, std::size_t classes, Grouping grouping,
                                    const ClassWordOptions& options) {
  std::vector<Contributions> contributions(classes);
  std::vector<std::size_t> texts(classes);
  for (const AuditedText& text : audited.texts) {
    if (grouping == Grouping::gold && !text.gold) continue;
    const auto label = static_cast<std::size_t>(grouping == Grouping::gold ? *text.gold : text.predicted);
    ++texts[label];
    const std::vector<double>& scores = grouping == Grouping::gold ? text.gold_scores : text.scores;
    for (const auto& [word, score] : word_sums(text, scores)) contributions[label][word].push_back(score);
  }
  std::vector<ClassWords> found;
  for (std::size_t c = 0; c < classes; ++c) {
    found.push_back(words_of(contributions[c], static_cast<std::int32_t>(c), texts[c], options));
  }
  return found;
}

}  // namespace pellucid
