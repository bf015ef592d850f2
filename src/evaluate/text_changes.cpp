#include "evaluate/text_changes.h"

#include <algorithm>
#include <cmath>

#include "data/random.h"

namespace pellucid {
namespace {

constexpr std::pair<std::string_view, std::string_view> kSynonyms[] = {
    {"said", "stated"},        {"says", "states"},     {"big", "large"},         {"large", "big"},
    {"begin", "start"},        {"begins", "starts"},   {"began", "started"},     {"buy", "purchase"},
    {"bought", "purchased"},   {"company", "firm"},    {"companies", "firms"},   {"firms", "companies"},
    {"maybe", "perhaps"},      {"perhaps", "maybe"},   {"quick", "fast"},        {"rapid", "fast"},
    {"rapidly", "quickly"},    {"quickly", "rapidly"}, {"movie", "film"},        {"movies", "films"},
    {"film", "movie"},         {"films", "movies"},    {"nearly", "almost"},     {"almost", "nearly"},
    {"announced", "declared"}, {"allow", "permit"},    {"allowed", "permitted"}, {"also", "additionally"},
    {"although", "though"},    {"answer", "reply"},    {"choose", "select"},     {"chose", "selected"},
    {"entire", "whole"},       {"error", "mistake"},   {"huge", "enormous"},     {"important", "significant"},
    {"injured", "hurt"},       {"little", "small"},    {"small", "little"},      {"major", "main"},
    {"often", "frequently"},   {"purchase", "buy"},    {"receive", "get"},       {"reply", "answer"},
    {"smart", "clever"},       {"soon", "shortly"},    {"sufficient", "enough"}, {"wonderful", "marvellous"},
    {"wrong", "incorrect"},
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Places i of a word where letters i and i + 1 can be swapped: neither at an end, not the same.
std::vector<std::size_t> swaps_of(std::string_view word) {
  std::vector<std::size_t> places;
  if (!std::ranges::all_of(word, is_letter)) return places;
  for (std::size_t i = 1; i + 2 < word.size(); ++i) {
    if (word[i] != word[i + 1]) places.push_back(i);
  }
  return places;
}

// Letters swapped in as many of the words that can take it as `count` says.
template <class Count>
std::string misspelt(std::string_view text, std::span<const ByteRange> words, std::uint64_t seed, const Count& count) {
  std::string changed(text);
  std::vector<ByteRange> able;
  for (const ByteRange& word : words) {
    if (!swaps_of(text.substr(word.begin, word.end - word.begin)).empty()) able.push_back(word);
  }
  SplitMix64 random(seed);
  random.shuffle(std::span(able));
  able.resize(count(able.size()));
  for (const ByteRange& word : able) {
    const std::vector<std::size_t> places = swaps_of(text.substr(word.begin, word.end - word.begin));
    const std::size_t at = word.begin + places[random.below(places.size())];
    std::swap(changed[at], changed[at + 1]);
  }
  return changed;
}

}  // namespace

std::vector<ByteRange> letter_runs(std::string_view text) {
  std::vector<ByteRange> runs;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_letter(text[at])) continue;
    if (runs.empty() || runs.back().end != at) runs.push_back({at, at});
    runs.back().end = at + 1;
  }
  return runs;
}

std::string with_typos(std::string_view text, std::span<const ByteRange> words, std::uint64_t seed) {
  return misspelt(text, words, seed, [](std::size_t able) { return (able + 2) / 3; });
}

std::string with_typos(std::string_view text, std::span<const ByteRange> words, double share, std::uint64_t seed) {
  return misspelt(text, words, seed, [&](std::size_t able) {
    return static_cast<std::size_t>(std::round(share * static_cast<double>(able)));
  });
}

std::string with_synonyms(std::string_view text, std::span<const ByteRange> words) {
  std::string changed;
  std::size_t at = 0;
  for (const ByteRange& word : words) {
    std::string plain(text.substr(word.begin, word.end - word.begin));
    if (plain.empty()) continue;
    const bool capital = plain.front() != lower(plain.front());
    std::ranges::transform(plain, plain.begin(), lower);
    const auto found = std::ranges::find(kSynonyms, plain, [](const auto& pair) { return pair.first; });
    if (found == std::end(kSynonyms)) continue;
    std::string other(found->second);
    if (capital) other.front() = static_cast<char>(other.front() - 'a' + 'A');
    changed.append(text.substr(at, word.begin - at)).append(other);
    at = word.end;
  }
  return changed.append(text.substr(at));
}

}  // namespace pellucid
