#include "report/interval_json.h"

#include <nlohmann/json.hpp>

namespace pellucid {

nlohmann::ordered_json json_of(const Interval& interval) {
  return nlohmann::ordered_json::array({interval.low, interval.high});
}

}  // namespace pellucid
