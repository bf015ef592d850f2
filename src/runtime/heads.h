// What the heads of model.h compute from H(L), and take back to it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/model.h"

namespace pellucid {

// One pass through a TokenHead. Texts b, tokens i of text b; paper section 3, method.md section 2.
struct TokenHeadPass {
  AttentionBlock::Pass context;
  Buffer features;               // U [T, d]
  Buffer token_logits;           // t [T, C]
  std::vector<float> first;      // z¹ [B, C] = mean_i t_i
  std::vector<float> direction;  // ∂(z¹_ĉ − mean_c z¹_c)/∂u_j · n, ĉ = argmax z¹ [B, d]
  std::vector<float> scores;     // a [T]; empty for Adjust::none
  std::vector<float> alpha;      // α [T]; empty for Adjust::none
  std::vector<float> weights;    // w [T]
  std::vector<float> logits;     // z [B, C]
};

// Up to z¹ and its contrast: all that the attribution needs.
void token_head_features(const TokenHead& head, HiddenState hidden, std::span<const std::int32_t> bounds,
                         TokenHeadPass& pass);

// Σ_c functional[c] W_c [d], of one text: the direction of u that changes the functional.
std::vector<float> class_direction(const ClassWeights& classifier, std::span<const float> functional);

// For y_b with ∂y/∂u_j = direction_b / n_b: g_j = ⟨∂y/∂u_j, u_j⟩ [T]. direction [B, d]
std::vector<float> gradient_times_state(const TokenHeadPass& pass, std::span<const float> direction,
                                        std::span<const std::int32_t> bounds);

// ∂y/∂u_j [T, d].
Buffer mean_gradient(std::span<const float> direction, std::span<const std::int32_t> bounds);

// From the attribution a (empty: w = 1/n) to w and z.
void token_head_logits(const TokenHead& head, std::vector<float> scores, std::span<const std::int32_t> bounds,
                       TokenHeadPass& pass);

// ∂f/∂u [T, d] with the weights w held fixed, f_b = Σ_c functionals[b, c] z[b, c]; what b_c owes is
// added to `bias` [T] unless that is empty.
Buffer token_head_backward(const TokenHead& head, const TokenHeadPass& pass, std::span<const float> functionals,
                           std::span<const std::int32_t> bounds, std::span<double> bias);

// ∂f/∂a [T], through α and w.
std::vector<float> attribution_gradient(const TokenHead& head, const TokenHeadPass& pass,
                                        std::span<const float> functionals, std::span<const std::int32_t> bounds);

// Adds to d_features [T, d] and gives to d_qkv [T, 3d] what ∂f/∂a = d_a owes them for the column
// attribution a_i = Σ_h Σ_j A^h_ji g_j.
Buffer column_attribution_backward(const TokenHead& head, const TokenHeadPass& pass, std::span<const float> d_a,
                                   std::span<const std::int32_t> bounds, std::span<float> d_features);

// Logits [B, C] of a stream s [T, d] at u with w held fixed; of b_c too where biases are added.
std::vector<float> token_head_stream(const TokenHead& head, const TokenHeadPass& pass, std::span<const float> s,
                                     std::span<const std::int32_t> bounds, Biases biases);

struct PoolerHeadPass {
  Buffer dense;               // h W_p + b_p [B, d]
  Buffer activated;           // its φ
  Buffer mean, rstd;          // [B] of its LayerNorm, where the head has one
  Buffer pooled;              // p
  std::vector<float> logits;  // z [B, C]
};

// How much of h is each token's state: 1 at the first, or 1/n at all. [T]
std::vector<float> pooler_head_readout(const PoolerHead& head, std::span<const std::int32_t> bounds);

void pooler_head_forward(const PoolerHead& head, std::span<const float> hidden, std::span<const std::int32_t> bounds,
                         PoolerHeadPass& pass);

// ∂f/∂H(L) [T, d]; exact: φ(x)/x and 1/σ held fixed, bias terms added to `bias` at each text's first token.
Buffer pooler_head_backward(const PoolerHead& head, const PoolerHeadPass& pass, Backward mode,
                            std::span<const float> functionals, std::span<const std::int32_t> bounds,
                            std::span<double> bias);

// Logits [B, C] of a stream s [T, d] at H(L) with φ(x)/x and 1/σ held fixed; of all biases too where they are added.
std::vector<float> pooler_head_stream(const PoolerHead& head, const PoolerHeadPass& pass, std::span<const float> s,
                                      std::span<const std::int32_t> bounds, Biases biases);

}  // namespace pellucid
