// Hot loops compiled once for each instruction set; the best one is chosen when the program starts.
// GCC outlines the bodies of parallel regions without this attribute: mark the function they call.
// Clang takes the attribute on no template, and compiles these loops for the build's own target alone.
// ThreadSanitizer would watch the choice, which is made before it is there.
#pragma once

#if defined(__clang__) || defined(PELLUCID_PORTABLE) || defined(__SANITIZE_THREAD__)
#define PELLUCID_CLONES
#else
#define PELLUCID_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
