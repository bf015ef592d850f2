// Results that commands wrote as JSON, as sections of a Markdown page: how RESULTS.md is made.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "error/error.h"

namespace pellucid {

// One section of a result's JSON (pellucid.evaluation/1, comparison/1, study/1, plausibility/1, planted/1, audit/1).
// `where` names the file in errors: not JSON, another schema, a member that its schema has and this does not.
Result<std::string> results_section(std::string_view json, const std::string& title, const std::string& where);

// `page`, a title and what else comes before the first section, with the sections: each in the place of the one with
// its heading, else at the end.
std::string results_page(std::string_view page, std::span<const std::string> sections);

}  // namespace pellucid
