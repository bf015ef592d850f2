// Agreement of two rankings of the same units. Oracle: scipy, which leaves open what is without order: of two sides
// without any the correlation is 1, of one without 0.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pellucid {

// 1 (the largest) … n, the mean of their places for equal values.
std::vector<double> mean_ranks(std::span<const double> values);

// Kendall's τ-b (1945): (concordant − discordant pairs) / √((pairs untied in a)(pairs untied in b)).
double kendall_tau(std::span<const double> a, std::span<const double> b);

// Spearman's ρ: Pearson's correlation of the ranks, ties share their mean rank.
double spearman(std::span<const double> a, std::span<const double> b);

// Share of the k units with the largest scores (ties: earlier first) that both have; k at most their number.
double top_overlap(std::span<const double> a, std::span<const double> b, std::size_t k);

}  // namespace pellucid
