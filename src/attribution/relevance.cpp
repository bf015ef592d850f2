#include "attribution/relevance.h"

namespace pellucid {

std::vector<Place> places_of(const PackedBatch& batch, std::size_t weight_count) {
  std::vector<Place> places;
  std::size_t pairs = 0;
  for (std::size_t b = 0; b < batch.texts(); ++b) {
    const auto n = static_cast<std::size_t>(batch.bounds[b + 1] - batch.bounds[b]);
    places.push_back({static_cast<std::size_t>(batch.bounds[b]), n, 0, pairs});
    pairs += n * n;
  }
  const std::size_t heads = pairs == 0 ? 0 : weight_count / pairs;
  for (Place& place : places) {
    place.heads = heads;
    place.weights *= heads;
  }
  return places;
}

Relevance sum_of_heads(std::span<const float> weights, const Place& place) {
  const std::size_t pairs = place.n * place.n;
  Relevance sum(pairs);
  for (std::size_t h = 0; h < place.heads; ++h) {
    const std::span<const float> head = weights.subspan(place.weights + h * pairs, pairs);
    for (std::size_t k = 0; k < pairs; ++k) sum[k] += head[k];
  }
  return sum;
}

std::vector<double> follow(const ForwardPass& pass, const PackedBatch& batch,
                           const std::function<std::vector<Relevance>(std::size_t layer)>& layer_of) {
  const std::vector<float> readout = pass.readout();
  std::vector<double> r(readout.begin(), readout.end());
  for (std::size_t layer = pass.mixing_layers(); layer-- > 0;) {
    const std::vector<Relevance> relevance = layer_of(layer);
    std::vector<double> below(r.size());
    for (std::size_t b = 0; b < batch.texts(); ++b) {
      const auto first = static_cast<std::size_t>(batch.bounds[b]);
      const std::size_t n = static_cast<std::size_t>(batch.bounds[b + 1]) - first;
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t i = 0; i < n; ++i) below[first + i] += r[first + j] * relevance[b][j * n + i];
      }
    }
    r = std::move(below);
  }
  return r;
}

}  // namespace pellucid
