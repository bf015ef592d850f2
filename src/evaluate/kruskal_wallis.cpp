#include "evaluate/kruskal_wallis.h"

#include <algorithm>
#include <numeric>

#include "data/random.h"
#include "evaluate/correlation.h"

namespace pellucid {
namespace {

// Σ_g (sum of the group's centred ranks)² / n_g: what the groups explain.
class Between {
 public:
  explicit Between(std::span<const std::int32_t> groups)
      : sizes_(static_cast<std::size_t>(*std::ranges::max_element(groups)) + 1), sums_(sizes_.size()) {
    for (const std::int32_t group : groups) ++sizes_[static_cast<std::size_t>(group)];
  }

  double operator()(std::span<const double> centred, std::span<const std::int32_t> groups) {
    std::ranges::fill(sums_, 0.0);
    for (std::size_t i = 0; i < centred.size(); ++i) sums_[static_cast<std::size_t>(groups[i])] += centred[i];
    double between = 0;
    for (std::size_t g = 0; g < sums_.size(); ++g) {
      if (sizes_[g] > 0) between += sums_[g] * sums_[g] / sizes_[g];
    }
    return between;
  }

 private:
  std::vector<double> sizes_, sums_;
};

// Ranks less the mean rank of their stratum. `members`: the texts of each stratum.
std::vector<double> centred_ranks(std::span<const double> values,
                                  const std::vector<std::vector<std::size_t>>& members) {
  std::vector<double> ranks = mean_ranks(values);
  for (const std::vector<std::size_t>& stratum : members) {
    double sum = 0;
    for (const std::size_t i : stratum) sum += ranks[i];
    for (const std::size_t i : stratum) ranks[i] -= sum / static_cast<double>(stratum.size());
  }
  return ranks;
}

}  // namespace

KruskalWallis kruskal_wallis_within(std::span<const double> values, std::span<const std::int32_t> groups,
                                    std::span<const std::size_t> strata, std::uint64_t seed, std::size_t permutations) {
  if (values.size() < 2) return {};
  std::vector<std::vector<std::size_t>> members(*std::ranges::max_element(strata) + 1);
  for (std::size_t i = 0; i < strata.size(); ++i) members[strata[i]].push_back(i);
  std::erase_if(members, [](const auto& stratum) { return stratum.empty(); });

  const std::vector<double> ranks = centred_ranks(values, members);
  double total = 0;
  for (const double rank : ranks) total += rank * rank;
  if (total == 0) return {};
  Between between(groups);
  const double observed = between(ranks, groups);

  SplitMix64 random(seed);
  std::vector<std::int32_t> permuted(groups.begin(), groups.end());
  std::vector<std::int32_t> shuffled;
  std::size_t as_extreme = 1;
  for (std::size_t p = 0; p < permutations; ++p) {
    for (const std::vector<std::size_t>& stratum : members) {
      shuffled.clear();
      for (const std::size_t i : stratum) shuffled.push_back(permuted[i]);
      random.shuffle(std::span(shuffled));
      for (std::size_t k = 0; k < stratum.size(); ++k) permuted[stratum[k]] = shuffled[k];
    }
    as_extreme += between(ranks, permuted) >= observed * (1 - 1e-12);
  }
  const double effect = observed / total;
  return {.h = effect * static_cast<double>(values.size() - 1),
          .effect = effect,
          .p_value = static_cast<double>(as_extreme) / static_cast<double>(permutations + 1)};
}

KruskalWallis kruskal_wallis(std::span<const double> values, std::span<const std::int32_t> groups, std::uint64_t seed,
                             std::size_t permutations) {
  return kruskal_wallis_within(values, groups, std::vector<std::size_t>(values.size()), seed, permutations);
}

std::vector<std::size_t> strata_of(std::span<const double> values, std::size_t count) {
  const std::vector<double> ranks = mean_ranks(values);
  std::vector<std::size_t> strata;
  for (const double rank : ranks) {
    const double share = (rank - 0.5) / static_cast<double>(values.size());
    strata.push_back(std::min(count - 1, static_cast<std::size_t>(share * static_cast<double>(count))));
  }
  return strata;
}

}  // namespace pellucid
