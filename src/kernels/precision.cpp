#include "kernels/precision.h"

#include <cstdio>

#include "kernels/instructions.h"

namespace pellucid {

std::string_view name_of(Precision precision) {
  switch (precision) {
    case Precision::bf16: return "bf16";
    case Precision::int8: return "int8";
    default: return "fp32";
  }
}

bool cpu_has(Precision precision) {
  return precision == Precision::fp32 || cpu_has(dnnl::cpu_isa::avx512_core_bf16);
}

std::string platform() {
  const dnnl_version_t* version = dnnl_version();
  char text[64];
  (void)std::snprintf(text, sizeof text, "oneDNN %d.%d.%d, instruction set 0x%x", version->major, version->minor,
                      version->patch, static_cast<unsigned>(dnnl::get_effective_cpu_isa()));
  return text;
}

}  // namespace pellucid
