// In which type matrices are multiplied. Everything else is fp32 always.
#pragma once

#include <string_view>

namespace pellucid {

enum class Precision { fp32, bf16 };

std::string_view name_of(Precision precision);

// True where the CPU multiplies bf16 natively (AVX-512 BF16 or AMX).
bool cpu_has_bf16();

}  // namespace pellucid
