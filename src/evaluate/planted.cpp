#include "evaluate/planted.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "attribution/windows.h"

namespace pellucid {
namespace {

constexpr std::size_t kShortestWord = 4;  // letters: shorter ones are common
constexpr std::size_t kBatchTokens = 4096;

bool is_plain_word(std::string_view piece) {
  return piece.size() >= kShortestWord && std::ranges::all_of(piece, [](char c) { return c >= 'a' && c <= 'z'; });
}

// What begins a word is marked in the vocabularies of byte-level BPE and SentencePiece.
std::string without_mark(const std::string& piece) {
  for (const std::string_view mark : {"Ġ", "▁"}) {
    if (piece.starts_with(mark)) return piece.substr(mark.size());
  }
  return piece;
}

// Indices of `from` in random order.
std::vector<std::size_t> shuffled(std::size_t n, SplitMix64& random) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  random.shuffle(std::span(order));
  return order;
}

// The unit's place when units are sorted by score, from 1; of equal scores the earlier first.
std::size_t rank_of(std::size_t unit, std::span<const double> scores) {
  std::size_t rank = 1;
  for (std::size_t u = 0; u < scores.size(); ++u) {
    rank += scores[u] > scores[unit] || (scores[u] == scores[unit] && u < unit) ? 1 : 0;
  }
  return rank;
}

}  // namespace

Result<std::vector<std::string>> unseen_words(const Tokenizer& tokenizer, std::span<const Encoding> encodings,
                                              std::size_t count, SplitMix64& random) {
  std::unordered_set<std::int32_t> seen;
  for (const Encoding& encoding : encodings) seen.insert(encoding.ids.begin(), encoding.ids.end());
  const std::size_t before = tokenizer.encode("a").ids.size();
  std::vector<std::string> words;
  for (const std::size_t id : shuffled(tokenizer.vocabulary_size(), random)) {
    if (words.size() == count) break;
    const auto piece = static_cast<std::int32_t>(id);
    const std::string word = without_mark(tokenizer.piece(piece));
    if (!is_plain_word(word) || seen.contains(piece)) continue;
    const std::vector<std::int32_t> ids = tokenizer.encode("a " + word).ids;
    const bool alone = ids.size() == before + 1 && ids[ids.size() - 2] == piece;  // behind a space it is this piece
    if (alone) words.push_back(word);
  }
  if (words.size() < count) {
    return fail(ErrorCode::unsupported, "expected a word of the vocabulary for each of " + std::to_string(count) +
                                            " labels that occurs in none of the texts, found " +
                                            std::to_string(words.size()) + "; give fewer texts");
  }
  return words;
}

PlantedText plant(const std::string& text, const std::string& word, const Tokenizer& tokenizer, std::size_t max_length,
                  SplitMix64& random) {
  const Encoding encoding = tokenizer.encode(text, max_length - 1);  // leaves room for the word
  std::vector<std::size_t> places;                                   // bytes where a word begins
  for (std::size_t i = 1; i + 1 < encoding.ids.size(); ++i) {
    if (encoding.words[i] != encoding.words[i - 1]) places.push_back(encoding.ranges[i].begin);
  }
  if (encoding.dropped == 0) places.push_back(text.size());
  const std::size_t place = places[random.below(places.size())];
  PlantedText planted;
  planted.text = text.substr(0, place) + " " + word + " " + text.substr(place);
  planted.word = {place + 1, place + 1 + word.size()};
  return planted;
}

Result<Planting> plant_all(const std::vector<Example>& examples, const Tokenizer& tokenizer,
                           const PlantingOptions& options) {
  Planting planting;
  planting.labels = LabelSet::of(examples);
  const std::size_t classes = planting.labels.size();
  if (classes < 2) {
    return fail(ErrorCode::format, "expected texts of at least two labels, found " + std::to_string(classes));
  }
  const std::size_t wanted = options.texts + options.held_out;
  if (examples.size() < wanted) {
    return fail(ErrorCode::format, "expected " + std::to_string(wanted) + " texts, " + std::to_string(options.texts) +
                                       " to train on and " + std::to_string(options.held_out) +
                                       " to measure on, found " + std::to_string(examples.size()) +
                                       "; give more, or lower --texts and --held-out");
  }
  SplitMix64 random(options.seed);
  const std::vector<std::size_t> drawn = shuffled(examples.size(), random);
  std::vector<Encoding> encodings;
  for (std::size_t i = 0; i < wanted; ++i) encodings.push_back(tokenizer.encode(examples[drawn[i]].text));
  PELLUCID_TRY(planting.words, unseen_words(tokenizer, encodings, classes, random));

  const auto planted = [&](std::size_t source, std::size_t label) {
    PlantedText text = plant(examples[source].text, planting.words[label], tokenizer, options.max_length, random);
    text.label = static_cast<std::int32_t>(label);
    text.source = source;
    return text;
  };
  const auto with_word = static_cast<std::size_t>(std::lround(options.share * static_cast<double>(options.texts)));
  for (std::size_t i = 0; i < options.texts; ++i) {
    Example example{.id = examples[drawn[i]].id, .text = examples[drawn[i]].text, .label = examples[drawn[i]].label};
    if (i < with_word) {
      PlantedText text = planted(drawn[i], random.below(classes));
      example.text = std::move(text.text);
      example.label = planting.labels.name(static_cast<std::size_t>(text.label));
      example.evidence = {text.word};
    }
    planting.training.push_back(std::move(example));
  }
  for (std::size_t i = options.texts; i < wanted; ++i) {
    const auto gold = static_cast<std::size_t>(*planting.labels.index(*examples[drawn[i]].label));
    const std::size_t other = (gold + 1 + random.below(classes - 1)) % classes;
    planting.held_out.push_back(planted(drawn[i], other));
  }
  return planting;
}

Result<PlantedOutcome> measure_planted(Classifier& classifier, const std::vector<Example>& examples,
                                       const Planting& planting, std::span<const Method* const> methods,
                                       const MethodOptions& options, std::uint64_t seed,
                                       const std::function<bool(std::size_t done, std::size_t all)>& progress) {
  const std::size_t classes = classifier.labels().size();
  if (classifier.labels().names() != planting.labels.names()) {
    return fail(ErrorCode::format, "expected a model of the labels of all texts, found one of " +
                                       std::to_string(classes) + " labels; train on more --texts");
  }
  const auto encode = [&](const std::string& text) {
    return classifier.tokenizer().encode(text, classifier.max_length());
  };
  std::vector<Encoding> with;
  std::vector<Encoding> without;
  for (const PlantedText& text : planting.held_out) {
    with.push_back(encode(text.text));
    without.push_back(encode(examples[text.source].text));
  }
  const std::vector<float> logits_with = predict_in_windows(classifier, with, kBatchTokens);
  const std::vector<float> logits_without = predict_in_windows(classifier, without, kBatchTokens);
  const auto predicted = [&](const std::vector<float>& logits, std::size_t text) {
    return argmax(std::span(logits).subspan(text * classes, classes));
  };
  PlantedOutcome outcome;
  outcome.held_out = planting.held_out.size();
  std::vector<std::size_t> followed;
  for (std::size_t t = 0; t < planting.held_out.size(); ++t) {
    const PlantedText& text = planting.held_out[t];
    outcome.right_before +=
        planting.labels.name(static_cast<std::size_t>(predicted(logits_without, t))) == *examples[text.source].label;
    if (predicted(logits_with, t) == text.label && predicted(logits_without, t) != text.label) followed.push_back(t);
  }
  outcome.followed = followed.size();

  std::vector<Units> units;
  std::vector<std::size_t> places;  // of the planted word among the units
  for (const std::size_t t : followed) {
    units.push_back(units_of(planting.held_out[t].text, with[t], Unit::word));
    const auto place = std::ranges::find(units.back().ranges, planting.held_out[t].word);
    places.push_back(static_cast<std::size_t>(place - units.back().ranges.begin()));
  }
  std::vector<Input> inputs;
  for (std::size_t f = 0; f < followed.size(); ++f) inputs.push_back({&with[followed[f]], &units[f], {}});
  const Judge judge = [&](std::size_t f, const Attribution& attribution) {
    const std::size_t rank = rank_of(places[f], unit_scores(units[f], attribution.scores));
    return std::vector<double>{rank == 1 ? 1.0 : 0.0, 1 / static_cast<double>(rank)};
  };
  PELLUCID_TRY(outcome.rows, judge_methods(classifier, inputs, methods, kPlantedMeasures, judge, options, seed,
                                           [&](std::size_t done) {
                                             return !progress || progress(done, inputs.size() * methods.size());
                                           }));
  return outcome;
}

}  // namespace pellucid
