#include "kernels/embedding.h"

#include "kernels/blocks.h"
#include "kernels/clones.h"

namespace pellucid {
namespace {

PELLUCID_CLONES void add_rows(std::ptrdiff_t d, const float* word, const float* position, const float* type,
                              float* out) {
  for (std::ptrdiff_t k = 0; k < d; ++k) out[k] = word[k] + position[k] + type[k];
}

}  // namespace

void embedding_forward(const EmbeddingTables& tables, std::span<const std::int32_t> ids,
                       std::span<const std::int32_t> bounds, std::span<const float> word_rows, std::span<float> out) {
  const std::ptrdiff_t d = std::ssize(tables.type);
  for_each_block(std::ssize(bounds) - 1, 1, [&](std::ptrdiff_t text, std::ptrdiff_t) {
    for (std::ptrdiff_t t = bounds[text]; t < bounds[text + 1]; ++t) {
      const float* word = word_rows.empty() ? tables.words.data() + ids[t] * d : word_rows.data() + t * d;
      add_rows(d, word, tables.positions.data() + (t - bounds[text]) * d, tables.type.data(), out.data() + t * d);
    }
  });
}

}  // namespace pellucid
