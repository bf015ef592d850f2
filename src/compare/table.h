// The tables of a comparison as cells of text.
#pragma once

#include <string>
#include <vector>

#include "compare/comparison.h"

namespace pellucid::compare {

using Table = std::vector<std::vector<std::string>>;  // the first row is the heading

Table labels_table(const Comparison& comparison);        // how well systems label texts
Table explanations_table(const Comparison& comparison);  // how faithful their explanations are; only where measured
Table costs_table(const Comparison& comparison);

// What was compared on what, and how to read the tables, a sentence each.
std::vector<std::string> notes_of(const Comparison& comparison);

std::string spread_text(const Figure& figure);   // "0.002", or "2 seeds"
std::string p_value_text(const Figure& figure);  // "reference" for the reference itself
std::string duration_text(double seconds);       // "45 s", "12 min", "3.4 h"
std::string millions(std::int64_t count);        // "22.7 M"

}  // namespace pellucid::compare
