// Attention weights as they are, the baselines: those of the last layer that mixes tokens, and rollout (Abnar
// & Zuidema 2020), the product over layers of ½ (I + mean_h A), which counts paths and residual
// connections. Neither looks at a class, nor knows a sign.
#include "attribution/methods/methods.h"
#include "attribution/relevance.h"

namespace pellucid {

// a_i = mean over heads and positions j of A_ji.
Result<std::vector<Attribution>> attention(Classifier& classifier, std::span<const Input> inputs,
                                           const MethodOptions& options) {
  return explain_whatever_the_target(
      classifier, inputs, options, 0, [](const ForwardPass& pass, const PackedBatch& batch) {
        const std::vector<float> a = pass.attention(pass.mixing_layers() - 1);
        std::vector<double> scores(batch.tokens());
        for (const Place& place : places_of(batch, a.size())) {
          const Relevance sum = sum_of_heads(a, place);
          for (std::size_t k = 0; k < sum.size(); ++k) {
            scores[place.first + k % place.n] += sum[k] / static_cast<double>(place.n * place.heads);
          }
        }
        return scores;
      });
}

Result<std::vector<Attribution>> rollout(Classifier& classifier, std::span<const Input> inputs,
                                         const MethodOptions& options) {
  return explain_whatever_the_target(classifier, inputs, options, 0,
                                     [](const ForwardPass& pass, const PackedBatch& batch) {
                                       return follow(pass, batch, [&](std::size_t layer) {
                                         const std::vector<float> a = pass.attention(layer);
                                         std::vector<Relevance> halves;
                                         for (const Place& place : places_of(batch, a.size())) {
                                           Relevance& half = halves.emplace_back(sum_of_heads(a, place));
                                           for (double& weight : half) weight /= 2 * static_cast<double>(place.heads);
                                           for (std::size_t i = 0; i < place.n; ++i) half[i * place.n + i] += 0.5;
                                         }
                                         return halves;
                                       });
                                     });
}

}  // namespace pellucid
