// The best and the worst that any order of a text's units can reach: limits of Σ g over chains of subsets
// ∅ = S_0 ⊂ S_1 ⊂ … ⊂ S_n, |S_k| = k, the full set left out. g(S) = f_c of the text with S alone.
// Comprehensiveness and sufficiency of an order are such sums (measures/normalised_aopc.cpp).
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace pellucid {

struct ChainLimits {
  double low = 0, high = 0;  // of Σ_{k=0}^{n−1} g(S_k)
};

// By dynamic programming over all subsets: best(S) = g(S) + best over u in S of best(S \ u). `g` [2^n], bit u
// of the index: u is in the subset.
ChainLimits exact_chain_limits(std::span<const double> g);

// By beam search from the full set down, `width` subsets a step for each limit (Edin et al. 2024, width 5).
// Never better than exact; equal where the beam is as wide as the lattice.
using SubsetValues = std::function<std::vector<double>(const std::vector<std::vector<bool>>& subsets)>;
ChainLimits beam_chain_limits(std::size_t n, std::size_t width, const SubsetValues& g);

}  // namespace pellucid
