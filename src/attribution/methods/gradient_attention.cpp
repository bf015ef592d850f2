// Attention weighed by what it does to the functional, the positive part A⁺ followed through the layers:
// R ← R + A⁺ R from R = I, read where the head reads.
//   generic-attention  A⁺ = mean_h (∇A ⊙ A)⁺ (Chefer et al. 2021, GAE; no LRP)
//   attattr            A⁺ = (Σ_h A ⊙ ∫ ∂f/∂A (αA) dα)⁺, each layer's own weights scaled from 0 to 1 by the midpoint
//                      rule, the layers above following (Hao et al. 2021); there read off layer by layer, here rolled
// Unsigned: neither shows evidence against the target.
#include <algorithm>

#include "attribution/methods/methods.h"
#include "attribution/relevance.h"

namespace pellucid {
namespace {

// I + A⁺ of one text.
Relevance with_residual(Relevance positive, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) positive[i * n + i] += 1;
  return positive;
}

// `scores` [T] of a pass, which cost `passes` beside the forward pass.
void set_all(const InputsPass& one, std::span<const Input> inputs, std::span<const double> scores, double passes,
             std::span<Attribution> results) {
  for (std::size_t b = 0; b < one.inputs.size(); ++b) {
    const auto first = static_cast<std::size_t>(one.batch.bounds[b]);
    const auto n = static_cast<std::size_t>(one.batch.bounds[b + 1]) - first;
    Attribution& result = results[one.inputs[b]];
    set_scores(result, *inputs[one.inputs[b]].encoding, scores.subspan(first, n), 0);
    result.forward_equivalents += passes;
  }
}

}  // namespace

Result<std::vector<Attribution>> generic_attention(Classifier& classifier, std::span<const Input> inputs,
                                                   const MethodOptions& options) {
  return explain_in_passes(classifier, inputs, options, [&](const InputsPass& one, std::span<Attribution> results) {
    const std::vector<std::vector<float>> gradients = one.pass->attention_gradients(one.functionals);
    const std::vector<double> scores = follow(*one.pass, one.batch, [&](std::size_t layer) {
      std::vector<float> a = one.pass->attention(layer);
      for (std::size_t k = 0; k < a.size(); ++k) a[k] = std::max(0.0F, a[k] * gradients[layer][k]);
      std::vector<Relevance> relevance;
      for (const Place& place : places_of(one.batch, a.size())) {
        Relevance mean = sum_of_heads(a, place);
        for (double& value : mean) value /= static_cast<double>(place.heads);
        relevance.push_back(with_residual(std::move(mean), place.n));
      }
      return relevance;
    });
    set_all(one, inputs, scores, 1, results);
  });
}

Result<std::vector<Attribution>> attattr(Classifier& classifier, std::span<const Input> inputs,
                                         const MethodOptions& options) {
  const auto steps = static_cast<float>(options.steps);
  return explain_in_passes(classifier, inputs, options, [&](const InputsPass& one, std::span<Attribution> results) {
    const auto layers = static_cast<double>(one.pass->mixing_layers());
    double passes = 0;
    const std::vector<double> scores = follow(*one.pass, one.batch, [&](std::size_t layer) {
      std::vector<float> a = one.pass->attention(layer);
      std::vector<float> integral(a.size());
      for (std::size_t k = 0; k < options.steps; ++k) {
        const float factor = (static_cast<float>(k) + 0.5F) / steps;
        const std::vector<float> gradient = one.pass->attention_gradients(one.functionals, layer, factor).front();
        for (std::size_t w = 0; w < integral.size(); ++w) integral[w] += gradient[w] / steps;
        passes += 2 * (layers - static_cast<double>(layer)) / layers;  // the layers above, there and back
      }
      for (std::size_t w = 0; w < a.size(); ++w) a[w] *= integral[w];
      std::vector<Relevance> relevance;
      for (const Place& place : places_of(one.batch, a.size())) {
        Relevance sum = sum_of_heads(a, place);
        for (double& value : sum) value = std::max(value, 0.0);
        relevance.push_back(with_residual(std::move(sum), place.n));
      }
      return relevance;
    });
    set_all(one, inputs, scores, passes, results);
  });
}

}  // namespace pellucid
