#include "attribution/relevance.h"

namespace pellucid {

Relevance identity(std::size_t n) {
  Relevance relevance(n * n);
  for (std::size_t i = 0; i < n; ++i) relevance[i * n + i] = 1;
  return relevance;
}

Relevance rolled(const Relevance& layer, const Relevance& below, std::size_t n) {
  Relevance product(n * n);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t i = 0; i < n; ++i) product[j * n + i] += layer[j * n + k] * below[k * n + i];
    }
  }
  return product;
}

std::vector<double> read_out(std::span<const float> readout, const Relevance& relevance) {
  const std::size_t n = readout.size();
  std::vector<double> scores(n);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) scores[i] += readout[j] * relevance[j * n + i];
  }
  return scores;
}

std::vector<double> read_out(const ForwardPass& pass, const PackedBatch& batch, std::span<const Relevance> relevance) {
  const std::vector<float> readout = pass.readout();
  std::vector<double> scores;
  for (std::size_t b = 0; b < batch.texts(); ++b) {
    const auto first = static_cast<std::size_t>(batch.bounds[b]);
    const auto n = static_cast<std::size_t>(batch.bounds[b + 1]) - first;
    const std::vector<double> own = read_out(std::span(readout).subspan(first, n), relevance[b]);
    scores.insert(scores.end(), own.begin(), own.end());
  }
  return scores;
}

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
  for (std::size_t k = 0; k < place.heads * pairs; ++k) sum[k % pairs] += weights[place.weights + k];
  return sum;
}

}  // namespace pellucid
