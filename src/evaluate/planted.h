// Planted evidence (the idea of Bastings et al. 2022): in some of the training texts a word that occurs
// nowhere else decides the label. Where a trained model follows it, the right explanation is known: that
// word. measures.md section 3.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/example.h"
#include "data/random.h"
#include "evaluate/judge.h"
#include "runtime/classifier.h"
#include "text/tokenizer.h"

namespace pellucid {

struct PlantingOptions {
  std::size_t texts = 2000;    // to train on
  std::size_t held_out = 300;  // to measure on, each planted
  double share = 0.5;          // of the training texts that are planted
  std::size_t max_length = 128;
  std::uint64_t seed = 0;
};

struct PlantedText {
  std::string text;
  ByteRange word;          // the planted one
  std::int32_t label = 0;  // which it decides
  std::size_t source = 0;  // place of the original among the examples
};

struct Planting {
  LabelSet labels;
  std::vector<std::string> words;     // [C] the word that decides for each label
  std::vector<Example> training;      // planted texts have the label of their word, which is also their evidence
  std::vector<PlantedText> held_out;  // with a word of another label than the original's
};

// Words for the labels, drawn from the vocabulary: one piece each, four letters or more, in none of the
// encodings. An error where there are too few.
Result<std::vector<std::string>> unseen_words(const Tokenizer& tokenizer, std::span<const Encoding> encodings,
                                              std::size_t count, SplitMix64& random);

// `word` on its own at a random place between two words, within what a model of max_length reads.
PlantedText plant(const std::string& text, const std::string& word, const Tokenizer& tokenizer, std::size_t max_length,
                  SplitMix64& random);

// Draws texts for training and for measuring, and plants words. Same options and examples, same result.
Result<Planting> plant_all(const std::vector<Example>& examples, const Tokenizer& tokenizer,
                           const PlantingOptions& options);

inline constexpr std::array<std::string_view, 2> kPlantedMeasures = {"ranked-first", "reciprocal-rank"};

struct PlantedOutcome {
  std::size_t held_out = 0;
  std::size_t right_before = 0;  // held-out originals that the model labels as their file does
  std::size_t followed = 0;      // the word's label with the word, another without it
  std::vector<JudgedRow> rows;   // over the followed
};

// Where the model follows the word, the rank that each method gives to it among the words of the text.
Result<PlantedOutcome> measure_planted(Classifier& classifier, const std::vector<Example>& examples,
                                       const Planting& planting, std::span<const Method* const> methods,
                                       const MethodOptions& options, std::uint64_t seed,
                                       const std::function<bool(std::size_t done, std::size_t all)>& progress = {});

}  // namespace pellucid
