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

// What was varied on what, and how to read the tables, a sentence each.
std::vector<std::string> notes_of(const Study& study);

// Both figures of a consistency, or what stands for one that is not there.
std::string correlation_text(const StudyRow& row);
std::string overlap_text(const StudyRow& row);

}  // namespace pellucid::study
