// Faithfulness of the explaining methods on a page.
#pragma once

#include "report/evaluation.h"
#include "report/markup.h"

namespace pellucid {

void write_faithfulness(Markup& page, const Evaluation& evaluation);

}  // namespace pellucid
