// Attention weighed by what it does to the functional, the positive part rolled through the layers,
// R ← R + A⁺ R from R = I, and read where the head reads:
//   generic-attention  A⁺ = mean_h (∇A ⊙ A)⁺ (Chefer et al. 2021, GAE; no LRP)
//   attattr            A⁺ = (Σ_h A ⊙ ∫ ∂f/∂A (αA) dα)⁺, each layer's own weights scaled from 0 to 1 by the midpoint
//                      rule, the layers above following (Hao et al. 2021); there read off layer by layer, here rolled
// Unsigned: neither shows evidence against the target.
#include <algorithm>

#include "attribution/methods/methods.h"
#include "attribution/relevance.h"

namespace pellucid {
namespace {

// R of each text after one more layer with `positive` [n, n].
void roll(const Relevance& positive, std::size_t n, Relevance& relevance) {
  const Relevance more = rolled(positive, relevance, n);
  for (std::size_t k = 0; k < more.size(); ++k) relevance[k] += more[k];
}

// `weighed(layer, attention of that layer)` gives A ⊙ gradient, laid out as the attention.
template <class Weighed, class Positive>
std::vector<double> roll_layers(const InputsPass& one, const Weighed& weighed, const Positive& positive) {
  std::vector<Relevance> relevance;
  for (std::size_t b = 0; b < one.batch.texts(); ++b) {
    relevance.push_back(identity(static_cast<std::size_t>(one.batch.bounds[b + 1] - one.batch.bounds[b])));
  }
  for (std::size_t layer = 0; layer < one.pass->mixing_layers(); ++layer) {
    const std::vector<float> products = weighed(layer, one.pass->attention(layer));
    const std::vector<Place> places = places_of(one.batch, products.size());
    for (std::size_t b = 0; b < places.size(); ++b) roll(positive(products, places[b]), places[b].n, relevance[b]);
  }
  return read_out(*one.pass, one.batch, relevance);
}

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

std::vector<float> product(std::vector<float> a, std::span<const float> b) {
  for (std::size_t k = 0; k < a.size(); ++k) a[k] *= b[k];
  return a;
}

}  // namespace

Result<std::vector<Attribution>> generic_attention(Classifier& classifier, std::span<const Input> inputs,
                                                   const MethodOptions& options) {
  return explain_in_passes(classifier, inputs, options, [&](const InputsPass& one, std::span<Attribution> results) {
    const std::vector<std::vector<float>> gradients = one.pass->attention_gradients(one.functionals);
    const auto weighed = [&](std::size_t layer, std::vector<float> a) {
      a = product(std::move(a), gradients[layer]);
      for (float& value : a) value = std::max(value, 0.0F);
      return a;
    };
    const auto positive = [](std::span<const float> products, const Place& place) {
      Relevance mean = sum_of_heads(products, place);
      for (double& value : mean) value /= static_cast<double>(place.heads);
      return mean;
    };
    set_all(one, inputs, roll_layers(one, weighed, positive), 1, results);
  });
}

Result<std::vector<Attribution>> attattr(Classifier& classifier, std::span<const Input> inputs,
                                         const MethodOptions& options) {
  const auto steps = static_cast<float>(options.steps);
  return explain_in_passes(classifier, inputs, options, [&](const InputsPass& one, std::span<Attribution> results) {
    double passes = 0;
    const auto layers = static_cast<double>(one.pass->mixing_layers());
    const auto weighed = [&](std::size_t layer, std::vector<float> a) {
      std::vector<float> integral(a.size());
      for (std::size_t k = 0; k < options.steps; ++k) {
        const float factor = (static_cast<float>(k) + 0.5F) / steps;
        const std::vector<float> gradient = one.pass->attention_gradients(one.functionals, layer, factor).front();
        for (std::size_t w = 0; w < integral.size(); ++w) integral[w] += gradient[w] / steps;
        passes += 2 * (layers - static_cast<double>(layer)) / layers;  // the layers above, there and back
      }
      return product(std::move(a), integral);
    };
    const auto positive = [](std::span<const float> products, const Place& place) {
      Relevance sum = sum_of_heads(products, place);
      for (double& value : sum) value = std::max(value, 0.0);
      return sum;
    };
    const std::vector<double> scores = roll_layers(one, weighed, positive);
    set_all(one, inputs, scores, passes, results);
  });
}

}  // namespace pellucid
