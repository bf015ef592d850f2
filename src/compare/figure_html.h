// A figure as a cell of a table on a page.
#pragma once

#include "compare/figure.h"
#include "report/markup.h"

namespace pellucid::compare {

// Value, interval and spread; where figures of the column are `tested`, its p or "reference".
void write_figure(Markup& page, const Figure& figure, bool tested, bool best);

}  // namespace pellucid::compare
