// One explanation on a page.
#pragma once

#include <string>

#include "report/explanation.h"
#include "report/markup.h"

namespace pellucid {

// `id` is unique in the page; the table of units is folded where explanations stand in a row.
void write_section(Markup& page, const Explanation& explanation, const std::string& id, bool folded);

}  // namespace pellucid
