// Results that commands wrote as JSON, as sections of a Markdown page: how RESULTS.md is made.
#pragma once

#include <string>
#include <string_view>

#include "error/error.h"

namespace pellucid {

// One section of a result's JSON (pellucid.evaluation/1, comparison/1, study/1, plausibility/1, planted/1). `where`
// names the file in errors: not JSON, another schema, a member that its schema has and this does not.
Result<std::string> results_section(std::string_view json, const std::string& title, const std::string& where);

}  // namespace pellucid
