// How a result was made, as reports have it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "version/version.h"

namespace pellucid {

nlohmann::ordered_json json_of(const Tool& tool);
std::string text_of(const Tool& tool);  // "0.1.0 (commit 76bbffc8de) on AMD EPYC, 2 CPUs"

}  // namespace pellucid
