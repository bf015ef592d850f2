// Members of a config.json: what is absent or null leaves the value alone. Internal to the checkpoint layer.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "error/error.h"

namespace pellucid {

// Above 0, at most `largest`.
Result<void> read_number(const nlohmann::json& object, std::string_view key, double largest, const std::string& where,
                         double& value);

// A whole number from `least`.
Result<void> read_count(const nlohmann::json& object, std::string_view key, std::int64_t least,
                        const std::string& where, std::int64_t& value);

Result<void> read_flag(const nlohmann::json& object, std::string_view key, const std::string& where, bool& value);

}  // namespace pellucid
