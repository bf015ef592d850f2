// --version: what was built, and what it finds on this machine.
#include <omp.h>

#include <CLI/CLI.hpp>

#include "../program.h"
#include "kernels/instruction_set.h"
#include "kernels/precision.h"
#include "report/tool.h"

namespace pellucid {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "Clang " __clang_version__;
#else
constexpr const char* kCompiler = "GCC " __VERSION__;
#endif

std::string precisions() {
  std::string native = "fp32";
  std::string missing;
  for (const Precision precision : {Precision::bf16, Precision::int8}) {
    std::string& names = cpu_has(precision) ? native : missing;
    names += (names.empty() ? "" : ", ") + std::string(name_of(precision));
  }
  return native + (missing.empty() ? "" : " (not " + missing + ": they need AVX-512 BF16)");
}

std::string version_text() {
  std::string text = "pellucid " + text_of(this_tool()) + ", " + platform();
  text += std::string("\ncompiler      ") + kCompiler;
  text += "\ninstructions  " + std::string(instruction_set()) + ", the newest that oneDNN uses here";
  text += "\nprecisions    " + precisions();
  text += "\nthreads       " + std::to_string(omp_get_max_threads());
  return text;
}

}  // namespace

void add_version(CLI::App& app) {
  app.set_version_flag("--version", version_text, "What was built, and what this CPU can do");
}

}  // namespace pellucid
