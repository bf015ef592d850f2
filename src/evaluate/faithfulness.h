// Comprehensiveness and sufficiency (DeYoung et al. 2020), measures.md section 3, on token ids.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "attribution/method.h"
#include "attribution/units.h"
#include "error/error.h"
#include "runtime/classifier.h"

namespace pellucid {

// eraser {1, 5, 10, 20, 50 %}, deciles {10 .. 100 %}, curve: every unit.
enum class Bins { eraser, deciles, curve };
Result<Bins> bins_from_name(std::string_view name);
std::string_view name_of(Bins bins);

struct FaithfulnessOptions {
  Bins bins = Bins::deciles;
  Removal removal = Removal::mask;
  std::size_t batch_tokens = 8192;
};

// k_b = max(1, ceil(b n)) for each bin, ascending. n >= 1.
std::vector<std::size_t> bin_counts(Bins bins, std::size_t n);

struct TextFaithfulness {
  double comprehensiveness = 0;  // mean_b [f_c(x) − f_c(x without its top k_b)]
  double sufficiency = 0;        // mean_b [f_c(x) − f_c(only its top k_b)]
};

// One text to be measured: its units' scores (ranked descending, ties: earlier first) for class c.
struct Ranking {
  const Encoding* encoding = nullptr;
  const Units* units = nullptr;
  std::vector<double> scores;  // [u], u >= 1
  std::int32_t label = 0;      // c: the class whose probability is followed
};

// In the order of `rankings`.
std::vector<TextFaithfulness> faithfulness(Classifier& classifier, std::span<const Ranking> rankings,
                                           const FaithfulnessOptions& options);

}  // namespace pellucid
