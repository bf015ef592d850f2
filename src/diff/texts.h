// Texts as two models predict them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "data/example.h"
#include "diff/models.h"

namespace pellucid {

struct ModelPrediction {
  std::int32_t label = 0;
  std::vector<double> probabilities = {};  // [C]
  std::size_t dropped = 0;                 // pieces that the model did not read
};

struct DiffText {
  Example example;
  std::optional<std::int32_t> gold = {};
  ModelPrediction a = {}, b = {};

  bool changed() const { return a.label != b.label; }
};

// Called with what is being done, and how much of it; false ends with Error{interrupted}.
using DiffProgress = std::function<bool(std::string_view what, std::size_t done, std::size_t all)>;

// Labels of the examples are among the models'.
Result<std::vector<DiffText>> predict_with_both(const ComparedModels& models, std::vector<Example> examples,
                                                const DiffProgress& progress = {});

}  // namespace pellucid
