#include "audit/candidates.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "evaluate/statistics.h"

namespace pellucid {
namespace {

// The words of one class that may be tested, the strongest first.
std::vector<Candidate> strongest(const std::map<std::size_t, std::vector<double>>& contributions, std::size_t label,
                                 const CandidateOptions& options) {
  std::vector<Candidate> found;
  for (const auto& [word, values] : contributions) {
    if (values.size() < (options.min_texts + 1) / 2 || mean(values) <= 0) continue;
    found.push_back({.label = static_cast<std::int32_t>(label),
                     .word = word,
                     .texts = values.size(),
                     .mean = mean(values),
                     .controls = {}});
  }
  std::ranges::stable_sort(found, std::greater(), &Candidate::mean);
  found.resize(std::min(found.size(), options.count));
  return found;
}

}  // namespace

std::vector<Candidate> candidates(const AuditedTexts& audited, std::size_t classes, const CandidateOptions& options) {
  const auto pieces = [&](std::size_t word) { return static_cast<double>(audited.words.pieces(word).size()); };
  std::vector<std::map<std::size_t, std::vector<double>>> contributions(classes);
  std::map<std::size_t, std::size_t> frequency;  // texts that contain a form
  for (const AuditedText& text : audited.texts) {
    if (!text.selects) continue;
    for (const auto& [word, score] : word_sums(text, text.scores)) {
      contributions[static_cast<std::size_t>(text.predicted)][word].push_back(score);
      ++frequency[word];
    }
  }
  std::vector<Candidate> found;
  std::set<std::size_t> chosen;
  for (std::size_t c = 0; c < classes; ++c) {
    for (Candidate& candidate : strongest(contributions[c], c, options)) {
      chosen.insert(candidate.word);
      found.push_back(std::move(candidate));
    }
  }
  for (Candidate& candidate : found) {
    std::vector<std::tuple<double, double, std::size_t>> others;  // how unlike, and who
    const double own_pieces = pieces(candidate.word);
    const double own_frequency = std::log(static_cast<double>(frequency[candidate.word]));
    for (const auto& [word, texts] : frequency) {
      if (chosen.contains(word)) continue;
      others.emplace_back(std::abs(pieces(word) - own_pieces),
                          std::abs(std::log(static_cast<double>(texts)) - own_frequency), word);
    }
    std::ranges::sort(others);
    others.resize(std::min(others.size(), kControls));
    for (const auto& other : others) candidate.controls.push_back(std::get<2>(other));
  }
  return found;
}

}  // namespace pellucid
