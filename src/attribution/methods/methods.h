// The methods that method.cpp registers. Internal to the attribution layer.
#pragma once

#include "attribution/method.h"

namespace pellucid {

#define PELLUCID_METHOD(name) \
  Result<std::vector<Attribution>> name(Classifier&, std::span<const Input>, const MethodOptions&)

PELLUCID_METHOD(decomposition);
PELLUCID_METHOD(expected_decomposition);
PELLUCID_METHOD(decompx);
PELLUCID_METHOD(attention_attribution);
PELLUCID_METHOD(head_contributions);
PELLUCID_METHOD(attention);
PELLUCID_METHOD(rollout);
PELLUCID_METHOD(generic_attention);
PELLUCID_METHOD(attattr);
PELLUCID_METHOD(alti);
PELLUCID_METHOD(gradient_x_input);
PELLUCID_METHOD(gradient_norm);
PELLUCID_METHOD(integrated_gradients);
PELLUCID_METHOD(occlusion);
PELLUCID_METHOD(kernel_shap);
PELLUCID_METHOD(partition_shap);
PELLUCID_METHOD(lime);
PELLUCID_METHOD(random_scores);

#undef PELLUCID_METHOD

// What MethodOptions::samples = 0 stands for.
inline constexpr std::size_t kMaskedCopies = 8;
inline constexpr std::size_t kCoalitions = 200;
inline constexpr std::size_t kEvaluations = 500;
inline constexpr std::size_t kMaskings = 200;

}  // namespace pellucid
