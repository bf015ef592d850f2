// Texts of mixed lengths for the tiny models, as the explaining methods and measures take them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attribution/method.h"
#include "attribution/units.h"
#include "data/random.h"
#include "tiny_model.h"

namespace pellucid {

// An adjust of our head on tiny-bert, or "pooler": the plain Hugging Face classifier.
inline std::unique_ptr<Classifier> load_tiny_classifier(const std::string& head) {
  if (head == "pooler") return unwrap(load_classifier((kFixtures / "tiny-bert-classifier").string(), {}));
  const TemporaryFolder folder;
  write_tiny_model(folder / "model", unwrap(adjust_from_name(head)));
  return unwrap(load_classifier((folder / "model").string(), {}));
}

// Words that are one piece, several, unknown, and marks; from no word to more than the model reads.
inline std::vector<std::string> tiny_texts(std::size_t n) {
  static const std::string words[] = {"the",  "film", "very",    "good",       "unplayable", "wonderfully",
                                      "not",  "oil",  "price",   "日本",       ",",          "filming",
                                      "team", "zq",   "season.", "plot. This", "bank\n\nA"};
  SplitMix64 random(13);
  std::vector<std::string> texts = {"", "film", "The film is good.", "unplayable"};
  while (texts.size() < n) {
    std::string text;
    for (std::uint64_t words_left = random.below(texts.size() % 8 == 0 ? 60 : 16); words_left > 0; --words_left) {
      text += words[random.below(std::size(words))] + " ";
    }
    texts.push_back(text);
  }
  return texts;
}

struct TinyInputs {
  std::vector<Encoding> encodings;
  std::vector<Units> units;

  TinyInputs(const Classifier& classifier, const std::vector<std::string>& texts, Unit unit = Unit::word) {
    for (const std::string& text : texts) {
      encodings.push_back(classifier.tokenizer().encode(text, classifier.max_length()));
      units.push_back(units_of(text, encodings.back(), unit));
    }
  }
  std::vector<Input> inputs(const Target& target = {}) const {
    std::vector<Input> inputs;
    for (std::size_t i = 0; i < encodings.size(); ++i) inputs.push_back({&encodings[i], &units[i], target});
    return inputs;
  }
};

// Of one text, alone.
inline std::vector<float> logits_of(Classifier& classifier, const std::vector<std::int32_t>& ids) {
  PackedBatch batch;
  batch.add(ids);
  return classifier.logits(batch);
}

}  // namespace pellucid
