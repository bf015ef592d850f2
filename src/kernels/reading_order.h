// The order in which a recurrence or a causal convolution reads a text's tokens: what it has read is its past.
#pragma once

#include <cstddef>

namespace pellucid {

enum class ReadingOrder { forward, reversed };

// The tokens [begin, end) of one text in that order: row(0) is the first one read.
struct TextRows {
  std::ptrdiff_t begin, end;
  ReadingOrder order;

  std::ptrdiff_t size() const { return end - begin; }
  std::ptrdiff_t row(std::ptrdiff_t i) const { return order == ReadingOrder::forward ? begin + i : end - 1 - i; }
};

}  // namespace pellucid
