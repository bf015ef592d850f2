#include "kernels/precision.h"

namespace pellucid {

std::string_view name_of(Precision precision) {
  switch (precision) {
    case Precision::bf16: return "bf16";
    case Precision::int8: return "int8";
    default: return "fp32";
  }
}

bool cpu_has(Precision precision) {
  const bool bf16 = __builtin_cpu_supports("avx512bf16") != 0;
  switch (precision) {
    case Precision::bf16: return bf16;
    case Precision::int8: return bf16 && __builtin_cpu_supports("avx512vnni") != 0;
    default: return true;
  }
}

}  // namespace pellucid
