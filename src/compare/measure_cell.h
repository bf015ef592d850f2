// What is measured of a trained cell: predictions and explanations of the test texts, and before that, where there is a
// choice, which method explains it best by the validation texts.
#pragma once

#include <span>
#include <string>

#include "compare/cell.h"
#include "compare/texts.h"
#include "runtime/classifier.h"

namespace pellucid::compare {

// Methods of the plan that apply to the classifier: those asked for, or all; never the random control.
Result<std::vector<const Method*>> candidates(const PlannedSystem& system, const Classifier& classifier);

// By at most FaithfulnessPlan::limit validation texts.
Result<CellChoice> choose_method(Classifier& classifier, std::span<const Method* const> methods, const Plan& plan,
                                 const Texts& texts, bool quiet);

// `method`: nullptr where explanations are not measured.
Result<CellTest> test_cell(Classifier& classifier, const Method* method, const Plan& plan, const Texts& texts,
                           bool quiet);

// Of what decides the choice and the test, beside the cell's training.
std::string choice_fingerprint(const PlannedSystem& system, const Plan& plan, const Texts& texts);
std::string test_fingerprint(const std::string& method, const Plan& plan, const Texts& texts);

}  // namespace pellucid::compare
