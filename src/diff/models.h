// Two models that tell the same labels apart. Their order of the labels may differ: everywhere behind this, labels
// are numbered as the first model, A, numbers them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "error/error.h"
#include "runtime/classifier.h"

namespace pellucid {

struct ComparedModel {
  Classifier* classifier = nullptr;
  std::vector<std::int32_t> own = {};  // [C] its own number of each label
};

struct ComparedModels {
  ComparedModel a, b;
};

// Fails, and says which labels are missing where, unless both have the same. The names are those of the message.
Result<ComparedModels> match_labels(Classifier& a, const std::string& name_of_a, Classifier& b,
                                    const std::string& name_of_b);

}  // namespace pellucid
