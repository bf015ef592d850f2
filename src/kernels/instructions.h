// What the CPU here can do. Internal to the kernels.
#pragma once

#include <dnnl.hpp>
#include <string_view>

namespace pellucid {

// Whether oneDNN may use these instructions here (ONEDNN_MAX_CPU_ISA).
inline bool cpu_has(dnnl::cpu_isa instructions) {
  const auto needed = static_cast<unsigned>(instructions);  // a set of bits
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & needed) == needed;
}

// Of our own loops (clones.h, attention_tasks.cpp), which ONEDNN_MAX_CPU_ISA does not bind.
inline std::string_view own_instructions() {
#ifndef PELLUCID_PORTABLE
  if (__builtin_cpu_supports("x86-64-v4")) return "x86-64-v4";
  if (__builtin_cpu_supports("x86-64-v3")) return "x86-64-v3";
#endif
  return "baseline";
}

}  // namespace pellucid
