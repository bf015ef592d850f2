#include "kernels/precision.h"

namespace pellucid {

std::string_view name_of(Precision precision) {
  return precision == Precision::bf16 ? "bf16" : "fp32";
}

bool cpu_has_bf16() {
  return __builtin_cpu_supports("avx512bf16") != 0;
}

}  // namespace pellucid
