// "a, b, c": names as messages and reports list them.
#pragma once

#include <functional>
#include <string>

namespace pellucid {

// What `projection` makes of each element is what std::string can be appended.
template <class Range, class Projection = std::identity>
std::string listed(const Range& range, Projection projection = {}) {
  std::string list;
  for (bool first = true; const auto& one : range) {
    if (!first) list += ", ";
    list += std::invoke(projection, one);
    first = false;
  }
  return list;
}

}  // namespace pellucid
