// The tables of a study as cells of text.
#pragma once

#include <string>
#include <vector>

#include "compare/table.h"
#include "study/study.h"

namespace pellucid::study {

compare::Table labels_table(const Study& study);  // how well texts are labelled
compare::Table explanations_table(
    const Study& study);                            // how faithful explanations are, and how much like the reference's
compare::Table minority_table(const Study& study);  // of an imbalance
compare::Table claims_table(const Study& study);    // what the plan says, and what came of it

// What was varied on what, and how to read the tables, a sentence each.
std::vector<std::string> notes_of(const Study& study);

std::string comparison_text(const Claim& claim);  // "f1 at 3e-4: below that at 5e-5 by more than 0.01"

// Both figures of a consistency, or what stands for one that is not there.
std::string correlation_text(const StudyRow& row);
std::string overlap_text(const StudyRow& row);

}  // namespace pellucid::study
