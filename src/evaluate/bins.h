// How many units are removed or kept at each step of a faithfulness curve. measures.md section 3.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "error/error.h"

namespace pellucid {

// eraser {1, 5, 10, 20, 50 %}, deciles {10 .. 100 %}, curve: every unit.
enum class Bins { eraser, deciles, curve };
Result<Bins> bins_from_name(std::string_view name);
std::string_view name_of(Bins bins);

// k_b = max(1, ceil(b n)) for each bin, ascending. n >= 1.
std::vector<std::size_t> bin_counts(Bins bins, std::size_t n);

}  // namespace pellucid
