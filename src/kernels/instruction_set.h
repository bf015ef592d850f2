// What the CPU, and ONEDNN_MAX_CPU_ISA, let oneDNN use.
#pragma once

#include <string_view>

namespace pellucid {

std::string_view instruction_set();  // the newest, by name: "AVX2"

}  // namespace pellucid
