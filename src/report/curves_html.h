// Deletion and insertion curves on a page: pictures, and the same in numbers.
#pragma once

#include "report/evaluation.h"
#include "report/markup.h"

namespace pellucid {

void write_curves(Markup& page, const Evaluation& evaluation);

}  // namespace pellucid
