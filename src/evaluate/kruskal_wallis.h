// Whether groups of texts differ in a quantity, by ranks: Kruskal & Wallis (1952).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pellucid {

struct KruskalWallis {
  double h = 0;       // corrected for ties
  double effect = 0;  // ε² = H / (n − 1): the share of the variation in ranks that the groups explain (Tomczak 2014)
  double p_value = 1;
};

inline constexpr std::size_t kPermutations = 10000;

// p by random permutations of the groups, so that small groups do no harm. One group or equal values: nothing differs.
KruskalWallis kruskal_wallis(std::span<const double> values, std::span<const std::int32_t> groups, std::uint64_t seed,
                             std::size_t permutations = kPermutations);

// The same within strata (of texts of like length, for instance): ranks are taken relative to their stratum's mean
// rank, and groups are permuted inside strata alone. What strata explain no longer counts as a difference.
KruskalWallis kruskal_wallis_within(std::span<const double> values, std::span<const std::int32_t> groups,
                                    std::span<const std::size_t> strata, std::uint64_t seed,
                                    std::size_t permutations = kPermutations);

// Strata of like values, the largest in the first: `count` of equal size, as far as equal values, which share a
// stratum, allow.
std::vector<std::size_t> strata_of(std::span<const double> values, std::size_t count);

}  // namespace pellucid
