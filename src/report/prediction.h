// A prediction as programs get it: JSON (pellucid.prediction/1).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/classifier.h"

namespace pellucid {

struct Prediction {
  std::string id;
  std::string label;
  std::vector<std::string> classes;   // [C]
  std::vector<double> logits;         // [C]
  std::vector<double> probabilities;  // [C]
  double margin = 0;                  // between the two largest probabilities
  std::size_t dropped_pieces = 0;     // > 0: the text was cut at max_length
  std::size_t windows = 1;            // > 1: the text was read in windows
};

// The predictions of texts of any length. NaN or infinity in a logit is an error, which names the id.
Result<std::vector<Prediction>> predict_texts(Classifier& classifier, std::span<const std::string> ids,
                                              std::span<const Encoding> texts, std::size_t batch_tokens);

// One line of JSON without the newline; docs/formats.md.
std::string to_json(const Prediction& prediction);

}  // namespace pellucid
