// The training signals of method.md section 4.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "data/packing.h"
#include "text/tokenizer.h"

namespace pellucid::train {

// Mean over texts of −weight_y Σ_c q_c log softmax(z)_c, divided by the mean weight; `class_weights` [C] or undefined.
// q is 1 at the label y and, with smoothing, gives that share of it to all classes alike (Szegedy et al. 2016).
torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                            const torch::Tensor& class_weights, double smoothing = 0);

// Logit adjustment (Menon et al. 2021, equation 10): z + τ log π, which takes the place of z in the cross-entropy, so
// that z itself, which predicts, need not learn the classes' shares π. `counts` [C] of training texts, each above 0.
torch::Tensor adjusted_for_prior(const torch::Tensor& logits, const torch::Tensor& counts, double tau);

// Mean over texts of KL(softmax(full) ‖ softmax(reduced)); `full` is the teacher and gets no gradient.
torch::Tensor self_consistency(const torch::Tensor& full, const torch::Tensor& reduced);

// R-Drop (Liang et al. 2021): (KL(p‖q) + KL(q‖p)) / 2 of two predictions under different dropout masks.
torch::Tensor r_drop(const torch::Tensor& one, const torch::Tensor& other);

// Supervised contrastive loss (Khosla et al. 2020, L_out) on features [B, d]; 0 where no two texts share a label.
torch::Tensor supervised_contrastive(const torch::Tensor& features, const torch::Tensor& labels,
                                     double temperature = 0.1);

// A copy in which each text, with probability `share`, has a random part of its tokens, 1 − sqrt(u),
// replaced by [MASK] (Madsen et al. 2024). Special tokens stay.
PackedBatch mask_at_random(const PackedBatch& batch, double share, const SpecialTokens& specials,
                           std::mt19937_64& random);

// A copy that keeps each text's top k tokens by `scores` [T] (ties: earlier first), the share `kept` [B] of its tokens
// and at least 1, and replaces the rest by [MASK]. Special tokens stay.
PackedBatch keep_most_important(const PackedBatch& batch, std::span<const float> scores, std::span<const double> kept,
                                const SpecialTokens& specials);

// Such shares, uniform in 10–50 %.
std::vector<double> draw_kept_shares(std::size_t texts, std::mt19937_64& random);

}  // namespace pellucid::train
