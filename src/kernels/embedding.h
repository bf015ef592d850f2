// The sum of a token's embeddings, before its LayerNorm.
#pragma once

#include <cstdint>
#include <span>

namespace pellucid {

// out [T, d] = rows of the word table (or `word_rows` [T, d] where given) + the position's row + `type` [d].
// The first row of positions is that of each text's first token; bounds [B + 1].
struct EmbeddingTables {
  std::span<const float> words;      // [V, d]; only rows that occur are touched
  std::span<const float> positions;  // [P, d]; empty: none
  std::span<const float> type;       // [d], of type 0; empty: none
};
void embedding_forward(const EmbeddingTables& tables, std::span<const std::int32_t> ids,
                       std::span<const std::int32_t> bounds, std::span<const float> word_rows, std::span<float> out);

namespace reference {
void embedding_forward(const EmbeddingTables& tables, std::span<const std::int32_t> ids,
                       std::span<const std::int32_t> bounds, std::span<const float> word_rows, std::span<float> out);
}  // namespace reference

}  // namespace pellucid
