// Disentangled attention (He et al. 2021): what a token is and where it stands relative to another have vectors of
// their own, and scores are made of three of their four products.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pellucid {

// S^h_ji = (⟨q_j, k_i⟩ + ⟨q_j, K_r⟩ + ⟨k_i, Q_r⟩) / √(3 d_k), r = rows[reach + i − j]. Empty: S^h_ji = ⟨q_j, k_i⟩ /
// √d_k.
struct Disentangled {
  std::span<const float> keys, queries;     // K, Q [R, d], heads side by side
  std::span<const std::int32_t> rows = {};  // [2 reach + 1], never growing
  std::int64_t reach = 0;                   // the largest distance

  // Where `rows` has the distance 0; null where there are none.
  const std::int32_t* centre() const { return rows.empty() ? nullptr : rows.data() + reach; }
};

// How many rows the tables of relative positions have: with `buckets` > 0, 2 buckets; else one for each distance below
// `farthest` on each side.
std::int64_t disentangled_rows(std::int64_t buckets, std::int64_t farthest);

// `rows` of the distances −reach … reach. Distances of less than half the buckets have one each, others share them the
// more, the larger they are, up to `farthest` (as DeBERTa-v2 has them).
std::vector<std::int32_t> disentangled_places(std::int64_t buckets, std::int64_t farthest, std::int64_t reach);

}  // namespace pellucid
