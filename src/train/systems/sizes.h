// Without torch: options.h holds it.
#pragma once

#include <cstdint>

namespace pellucid::train {

inline constexpr double kLargestAlignment = 4;

// 0: the system's own default.
struct SystemSizes {
  std::int64_t layers = 0;
  std::int64_t filters = 0;  // cnn: of each width
  double alignment = 0;      // bcos: B
};

}  // namespace pellucid::train
