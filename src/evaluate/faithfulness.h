// Comprehensiveness and sufficiency (DeYoung et al. 2020, equations 1 and 2, averaged over bins as their
// AOPC), measures.md section 3, on token ids.
#pragma once

#include <span>
#include <vector>

#include "evaluate/bins.h"
#include "evaluate/predictions.h"
#include "evaluate/ranking.h"

namespace pellucid {

struct TextFaithfulness {
  double comprehensiveness = 0;  // mean_b [f_c(x) − f_c(x without its top k_b)]
  double sufficiency = 0;        // mean_b [f_c(x) − f_c(only its top k_b)]

  double difference() const { return comprehensiveness - sufficiency; }
};

// In the order of `rankings`.
std::vector<TextFaithfulness> faithfulness(Predictions& predictions, std::span<const Ranking> rankings, Bins bins);

}  // namespace pellucid
