// A text with its evidence in a line or two: as much as fits around what matters, words shaded by score.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "report/explanation.h"
#include "report/markup.h"

namespace pellucid {

// `focus`: the range that must be seen; none: the beginning. What is cut is shown as "…". `scores`: they are some
// method's, and are told; else they only set words off.
void write_marked_text(Markup& page, std::string_view text, std::span<const ExplainedUnit> units,
                       std::optional<ByteRange> focus = {}, bool scores = true);

}  // namespace pellucid
