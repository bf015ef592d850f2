// In which type matrices are multiplied. Everything else is fp32 always.
#pragma once

#include <string>
#include <string_view>

namespace pellucid {

enum class Precision {
  fp32,
  bf16,
  int8,  // on the way forth: weights with a scale a row, activations with a scale a token; the way back as in bf16
};

std::string_view name_of(Precision precision);

// Whether what passes from one product to the next is bf16.
inline bool narrow(Precision precision) {
  return precision != Precision::fp32;
}

// True where oneDNN multiplies this type natively: bf16 and int8 with AVX-512 BF16 (VNNI comes before it) or AMX, as
// far as ONEDNN_MAX_CPU_ISA lets it.
bool cpu_has(Precision precision);

// What rounds: oneDNN's version, the instructions that it uses here, and those that our own loops use. Equal platforms
// give equal bits where the C library, whose exp, tanh and erfc the heads take, is the same.
std::string platform();

}  // namespace pellucid
