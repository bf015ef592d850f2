// Methods judged by some measures (evaluate/judge.h), as JSON rows and as a table in a terminal.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "evaluate/judge.h"
#include "report/explanation.h"

namespace pellucid {

// A list of objects; docs/formats.md.
nlohmann::ordered_json to_json(std::span<const JudgedRow> rows);

// A method a row, in the order of the first measure, with that measure's interval and p.
std::string to_terminal(std::span<const JudgedRow> rows, const TerminalStyle& style);

}  // namespace pellucid
