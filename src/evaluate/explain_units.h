// Unit scores of texts by a method: what measures that explain again compare.
#pragma once

#include <span>
#include <vector>

#include "attribution/method.h"
#include "evaluate/ranking.h"

namespace pellucid {

// Of each text's class `label`, whatever this classifier predicts. [n][u]
Result<std::vector<std::vector<double>>> explain_units(const Method& method, Classifier& classifier,
                                                       std::span<const Ranking> texts, const MethodOptions& options);

}  // namespace pellucid
