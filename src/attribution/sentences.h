// Where sentences begin, by rules alone: good enough to score and remove sentences, no model needed.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace pellucid {

// Bytes at which sentences begin, the first (0) left out, ascending. A sentence ends
//   behind . ! ? with closing quotes and brackets, if white space and then no lower-case letter
//     follow; a full stop behind an initial or a known abbreviation ends nothing;
//   behind 。！？ and their like, closing quotes included, whatever follows;
//   behind an empty line.
std::vector<std::size_t> sentence_starts(std::string_view text);

}  // namespace pellucid
