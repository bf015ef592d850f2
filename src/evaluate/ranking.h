// One text with the scores that a method gives to its units: what every measure judges.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attribution/units.h"
#include "text/tokenizer.h"

namespace pellucid {

struct Ranking {
  const Encoding* encoding = nullptr;
  const Units* units = nullptr;
  std::vector<double> scores;  // [u], u >= 1
  std::int32_t label = 0;      // c: the class whose probability is followed
};

// Units by score, the largest first; of equal ones the earlier.
std::vector<std::size_t> order_of(std::span<const double> scores);

// Keep-masks for remove_units: the first k of `order` alone, or all but these.
std::vector<bool> only_first(const std::vector<std::size_t>& order, std::size_t k);
std::vector<bool> without_first(const std::vector<std::size_t>& order, std::size_t k);

}  // namespace pellucid
