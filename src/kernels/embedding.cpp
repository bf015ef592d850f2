#include "kernels/embedding.h"

#include <algorithm>

#include "kernels/blocks.h"
#include "kernels/clones.h"

namespace pellucid {
namespace {

PELLUCID_CLONES void add_rows(std::ptrdiff_t d, const float* word, const float* position, float* out) {
  for (std::ptrdiff_t k = 0; k < d; ++k) out[k] = word[k] + position[k];
}

}  // namespace

void embedding_forward(const EmbeddingTables& tables, std::span<const std::int32_t> ids,
                       std::span<const std::int32_t> bounds, std::span<const float> word_rows, std::span<float> out) {
  if (ids.empty()) return;
  const std::ptrdiff_t d = std::ssize(out) / std::ssize(ids);
  for_each_block(std::ssize(bounds) - 1, 1, [&](std::ptrdiff_t text, std::ptrdiff_t) {
    for (std::ptrdiff_t t = bounds[text]; t < bounds[text + 1]; ++t) {
      const float* word = word_rows.empty() ? tables.words.data() + ids[t] * d : word_rows.data() + t * d;
      float* sum = out.data() + t * d;
      if (tables.positions.empty()) {
        std::copy_n(word, d, sum);
      } else {
        add_rows(d, word, tables.positions.data() + (t - bounds[text]) * d, sum);
      }
      if (!tables.type.empty()) add_rows(d, sum, tables.type.data(), sum);
    }
  });
}

}  // namespace pellucid
