// A model whose top layers know nothing any more (Adebayo et al. 2018): copied to a temporary folder with the
// entries of the tensors from the top down to some layer shuffled, and loaded from there. Shuffling keeps each
// tensor's distribution, which new draws would have to guess.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "error/error.h"
#include "runtime/classifier.h"

namespace pellucid {

// What goes, cumulatively: "head", "layer 6", …, "layer 1", "embeddings".
Result<std::vector<std::string>> randomisation_stages(const std::string& name_or_path);

// The model after stages 0 … stage, at the precision and length of `like`.
Result<std::unique_ptr<Classifier>> load_randomised(const std::string& name_or_path, std::size_t stage,
                                                    std::uint64_t seed, const Classifier& like);

}  // namespace pellucid
