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
  char instructions[16];
  (void)std::snprintf(instructions, sizeof instructions, "0x%x", static_cast<unsigned>(dnnl::get_effective_cpu_isa()));
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch) + ", instruction set " + instructions + ", own loops " +
         std::string(own_instructions());
}

}  // namespace pellucid
