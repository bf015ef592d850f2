// Which texts an epoch trains on, in which batches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/packing.h"

namespace pellucid::train {

// As many indices as there are labels, every class that occurs as often as any other (give or take one). A class's
// texts come round again only when all had their turn, in another order. Decided by (seed, epoch).
std::vector<std::uint32_t> balanced_sample(std::span<const std::int32_t> labels, std::uint64_t seed,
                                           std::uint64_t epoch);

// shuffled_batches of all texts, or of a balanced sample.
Batches epoch_batches(std::span<const std::uint32_t> lengths, std::span<const std::int32_t> labels, bool balanced,
                      std::size_t token_budget, std::uint64_t seed, std::uint64_t epoch);

}  // namespace pellucid::train
