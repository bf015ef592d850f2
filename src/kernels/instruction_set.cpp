#include "kernels/instruction_set.h"

#include "kernels/instructions.h"

namespace pellucid {

std::string_view instruction_set() {
  struct Named {
    dnnl::cpu_isa instructions;
    std::string_view name;
  };
  static constexpr Named kNewestFirst[] = {{dnnl::cpu_isa::avx512_core_amx, "AMX"},
                                           {dnnl::cpu_isa::avx512_core_bf16, "AVX-512 BF16"},
                                           {dnnl::cpu_isa::avx512_core_vnni, "AVX-512 VNNI"},
                                           {dnnl::cpu_isa::avx512_core, "AVX-512"},
                                           {dnnl::cpu_isa::avx2_vnni, "AVX2 VNNI"},
                                           {dnnl::cpu_isa::avx2, "AVX2"},
                                           {dnnl::cpu_isa::avx, "AVX"},
                                           {dnnl::cpu_isa::sse41, "SSE4.1"}};
  for (const Named& one : kNewestFirst) {
    if (cpu_has(one.instructions)) return one.name;
  }
  return "none";
}

}  // namespace pellucid
