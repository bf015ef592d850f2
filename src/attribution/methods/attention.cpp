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
        std::vector<double> scores;
        for (const Place& place : places_of(batch, a.size())) {
          const std::vector<float> mean(place.n, 1 / static_cast<float>(place.n * place.heads));
          const std::vector<double> own = read_out(mean, sum_of_heads(a, place));
          scores.insert(scores.end(), own.begin(), own.end());
        }
        return scores;
      });
}

Result<std::vector<Attribution>> rollout(Classifier& classifier, std::span<const Input> inputs,
                                         const MethodOptions& options) {
  return explain_whatever_the_target(classifier, inputs, options, 0,
                                     [](const ForwardPass& pass, const PackedBatch& batch) {
                                       std::vector<Relevance> relevance;
                                       for (std::size_t layer = 0; layer < pass.mixing_layers(); ++layer) {
                                         const std::vector<float> a = pass.attention(layer);
                                         const std::vector<Place> places = places_of(batch, a.size());
                                         for (std::size_t b = 0; b < places.size(); ++b) {
                                           const std::size_t n = places[b].n;
                                           if (layer == 0) relevance.push_back(identity(n));
                                           Relevance half = sum_of_heads(a, places[b]);
                                           for (double& weight : half)
                                             weight /= 2 * static_cast<double>(places[b].heads);
                                           for (std::size_t i = 0; i < n; ++i) half[i * n + i] += 0.5;
                                           relevance[b] = rolled(half, relevance[b], n);
                                         }
                                       }
                                       return read_out(pass, batch, relevance);
                                     });
}

}  // namespace pellucid
