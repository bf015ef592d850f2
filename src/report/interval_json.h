// An interval as the JSON of every report has it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "evaluate/statistics.h"

namespace pellucid {

nlohmann::ordered_json json_of(const Interval& interval);  // [low, high]

}  // namespace pellucid
