// What a test cannot do under a sanitizer, it skips: `if (kSanitized) GTEST_SKIP() << …`.
#pragma once

namespace pellucid {

#ifdef __SANITIZE_THREAD__
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif

// Of whichever kind: each takes terabytes of addresses, and memory of its own.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = kThreadSanitizer;
#endif

}  // namespace pellucid
