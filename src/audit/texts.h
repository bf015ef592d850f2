// Texts as an audit sees them: predicted, explained word by word, their words numbered across all texts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "attribution/method.h"
#include "data/example.h"

namespace pellucid {

// A word's form, what its occurrences are counted under: lower case, code point by code point.
std::string word_form(std::string_view bytes);

// All forms, numbered in the order in which they were met, with the spelling and the pieces that are met most often.
class WordForms {
 public:
  // The number of its form. `pieces`: the ids of this occurrence; many tokenizers give others behind a space than
  // alone.
  std::size_t add(std::string_view bytes, std::span<const std::int32_t> pieces);
  std::size_t size() const { return words_.size(); }
  const std::string& form(std::size_t word) const { return words_[word].form; }
  const std::string& spelling(std::size_t word) const { return words_[word].usual.first; }
  const std::vector<std::int32_t>& pieces(std::size_t word) const { return words_[word].usual.second; }

 private:
  using Occurrence = std::pair<std::string, std::vector<std::int32_t>>;  // spelling, pieces
  struct Form {
    std::string form;
    Occurrence usual;
    std::map<Occurrence, std::size_t> occurrences;  // how often
  };
  std::vector<Form> words_;
  std::unordered_map<std::string, std::size_t> numbers_;
};

struct AuditedText {
  Example example;
  Encoding encoding;
  Units units;                            // words
  std::vector<std::size_t> words;         // [u] their forms
  std::optional<std::int32_t> gold = {};  // where the text has a label
  std::int32_t predicted = 0;
  std::vector<float> logits = {};          // [C]
  std::vector<double> probabilities = {};  // [C]
  std::vector<double> scores = {};         // [u] contributions to z_predicted − mean of all z
  std::vector<double> gold_scores = {};    // [u] to z_gold − mean of all z; empty without a label
  // Words are chosen to be tested on the texts of one half, and tested on the others. Which half depends on the seed
  // and the ids alone, so that copies of a text share theirs.
  bool selects = false;
};

struct AuditedTexts {
  std::vector<AuditedText> texts;
  WordForms words;
  bool labelled = false;  // some have a label
};

// Called with what is being done, and how much of it; false ends with Error{interrupted}.
using AuditProgress = std::function<bool(std::string_view what, std::size_t done, std::size_t all)>;

// Explains the predicted class of each text and, where it has a label, that class. Labels are among the model's.
Result<AuditedTexts> explain_for_audit(Classifier& classifier, std::vector<Example> examples, const Method& method,
                                       const MethodOptions& options, const AuditProgress& progress = {});

// The sum of `scores` [u] of each form that the text contains.
std::vector<std::pair<std::size_t, double>> word_sums(const AuditedText& text, const std::vector<double>& scores);

bool contains(const AuditedText& text, std::size_t word);

}  // namespace pellucid
