#include "kernels/precision.h"

#include <cstdio>
#include <dnnl.hpp>

namespace pellucid {

std::string_view name_of(Precision precision) {
  switch (precision) {
    case Precision::bf16: return "bf16";
    case Precision::int8: return "int8";
    default: return "fp32";
  }
}

bool cpu_has(Precision precision) {
  if (precision == Precision::fp32) return true;
  constexpr auto kNeeded = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);  // a set of bits
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & kNeeded) == kNeeded;
}

std::string platform() {
  const dnnl_version_t* version = dnnl_version();
  char text[64];
  (void)std::snprintf(text, sizeof text, "oneDNN %d.%d.%d, instruction set 0x%x", version->major, version->minor,
                      version->patch, static_cast<unsigned>(dnnl::get_effective_cpu_isa()));
  return text;
}

}  // namespace pellucid
