// Internal to the kernels that are oneDNN's.
#pragma once

#include <dnnl.hpp>

namespace pellucid {

// Whether oneDNN may use these instructions here (ONEDNN_MAX_CPU_ISA).
inline bool cpu_has(dnnl::cpu_isa instructions) {
  const auto needed = static_cast<unsigned>(instructions);  // a set of bits
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & needed) == needed;
}

}  // namespace pellucid
