// What is measured of a trained cell: predictions and explanations of the test texts, and before that, where there is a
// choice, which method explains it best by the validation texts.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "compare/cell.h"
#include "compare/explanations.h"
#include "compare/texts.h"
#include "runtime/classifier.h"

namespace pellucid::compare {

// Methods of the plan that apply to the classifier: those asked for, or all; never the random control.
Result<std::vector<const Method*>> candidates(const PlannedSystem& system, const Classifier& classifier);

// An error that names the plan where a method that it names does not apply.
Result<void> check_applies(const Method& method, const Classifier& classifier, const Plan& plan);

// By at most FaithfulnessPlan::limit validation texts.
Result<CellChoice> choose_method(Classifier& classifier, std::span<const Method* const> methods, const Plan& plan,
                                 const Texts& texts, bool quiet);

// `method`: nullptr where explanations are not measured.
Result<CellTest> test_cell(Classifier& classifier, const Method* method, const Plan& plan, const Texts& texts,
                           bool quiet);

// The parts of a test, for whoever measures otherwise: what is predicted of texts, a chunk at a time, so that an
// interrupt is noticed …
struct Predicted {
  std::vector<double> probabilities;  // [N, C]
  std::vector<std::int32_t> labels;   // [N]
  std::size_t truncated = 0;          // texts cut at max_length
  double texts_per_second = 0;        // of predicting alone, after tokenising
};
Result<Predicted> predict_texts(Classifier& classifier, std::span<const Example> texts, bool quiet);

// … which of `n` texts are explained, the same ones for every system and seed …
std::vector<std::size_t> drawn(std::size_t n, const Plan& plan);

// … how they are, with progress `what` …
Result<std::vector<ExplainedTexts>> explained(Classifier& classifier, std::span<const Example> texts,
                                              std::span<const Method* const> methods, const Plan& plan,
                                              const std::string& what, bool quiet);

// … and what decides that, beside the texts.
nlohmann::ordered_json measuring_settings(const Plan& plan, Precision precision);

// Of what decides the choice and the test, beside the cell's training.
std::string choice_fingerprint(const PlannedSystem& system, const Plan& plan, const Texts& texts, Precision precision);
std::string test_fingerprint(const std::string& method, const Plan& plan, const Texts& texts, Precision precision);

}  // namespace pellucid::compare
