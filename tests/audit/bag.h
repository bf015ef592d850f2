// A classifier whose evidence is known: each word has a weight for each class, and order does not matter.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "tiny_classifier.h"
#include "tiny_texts.h"

namespace pellucid {

class Bag : public TinyClassifier {
 public:
  // Words are single pieces of the tiny vocabulary; [C] weights.
  explicit Bag(const std::map<std::string, std::vector<float>>& weights) {
    for (const auto& [word, own] : weights) weights_[tiny_tokenizer().encode(word).ids[1]] = own;
  }
  std::vector<float> logits(const PackedBatch& batch) override {
    std::vector<float> logits(batch.texts() * 3);
    for (std::size_t b = 0; b < batch.texts(); ++b) {
      for (std::int32_t i = batch.bounds[b]; i < batch.bounds[b + 1]; ++i) {
        const auto own = weights_.find(batch.ids[i]);
        for (std::size_t c = 0; own != weights_.end() && c < 3; ++c) logits[b * 3 + c] += own->second[c];
      }
    }
    return logits;
  }

 private:
  std::map<std::int32_t, std::vector<float>> weights_;
};

// Words that speak for each class of tiny_labels() with `weight`, less for some than for others.
inline std::map<std::string, std::vector<float>> topic_weights(float weight) {
  static const std::vector<std::vector<std::string>> topics = {{"film", "book", "plot", "actor", "scene"},
                                                               {"oil", "wheat", "bank", "price", "profit"},
                                                               {"team", "game", "goal", "season", "player"}};
  std::map<std::string, std::vector<float>> weights;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t w = 0; w < topics[c].size(); ++w) {
      weights[topics[c][w]] = {0, 0, 0};
      weights[topics[c][w]][c] = weight * (0.6F + 0.2F * static_cast<float>(w));
    }
  }
  return weights;
}

// `n` texts in turn of each class, some words of its topic among others, one in six with a word of another topic;
// every text whose number `planted` names gets that word, and with it its label.
struct PlantedWord {
  std::string word;
  std::int32_t label;  // below 0: the text's own, a decoy
  std::size_t every;   // one text in that many
};
inline std::vector<Example> bag_texts(std::size_t n, const std::vector<PlantedWord>& planted, std::uint64_t seed) {
  static const std::vector<std::vector<std::string>> topics = {{"film", "book", "plot", "actor", "scene"},
                                                               {"oil", "wheat", "bank", "price", "profit"},
                                                               {"team", "game", "goal", "season", "player"}};
  static const std::vector<std::string> others = {
      "the", "an",   "of",   "to",  "in",  "is",   "was",  "and",  "not",  "very", "it",   "this", "that", "good",
      "bad", "dull", "fine", "fun", "sad", "slow", "fast", "warm", "cold", "rich", "flat", "rise", "fall", "share"};
  SplitMix64 random(seed);
  std::vector<Example> examples;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t label = i % 3;
    std::vector<std::string> words;
    for (int k = 0; k < 3; ++k) words.push_back(topics[label][random.below(5)]);
    if (random.below(6) == 0) words.push_back(topics[random.below(3)][random.below(5)]);
    for (std::uint64_t k = 6 + random.below(8); k > 0; --k) words.push_back(others[random.below(others.size())]);
    for (const PlantedWord& one : planted) {
      if (random.below(one.every) != 0) continue;
      words.push_back(one.word);
      if (one.label >= 0) label = static_cast<std::size_t>(one.label);
    }
    random.shuffle(std::span(words));
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    examples.push_back({.id = std::to_string(i), .text = text, .label = tiny_labels().name(label)});
  }
  return examples;
}

inline AuditOptions bag_options(std::uint64_t seed = 0) {
  AuditOptions options;
  options.method = unwrap(find_method("occlusion"));
  options.method_options.seed = seed;
  options.words.min_texts = 4;
  options.shortcuts.candidates = {.min_texts = 4, .count = 6};
  options.shortcuts.effects.texts = 40;
  return options;
}

}  // namespace pellucid
