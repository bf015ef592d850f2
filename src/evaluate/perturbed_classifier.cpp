#include "evaluate/perturbed_classifier.h"

#include <cmath>
#include <numbers>

#include "data/random.h"

namespace pellucid {
namespace {

// Uniform on the unit sphere: normal entries (Box & Muller 1958) by their length.
std::vector<double> direction(std::size_t d, SplitMix64 random) {
  const auto uniform = [&] { return (static_cast<double>(random.next() >> 11) + 0.5) * 0x1.0p-53; };
  std::vector<double> v(d);
  double squares = 0;
  for (double& entry : v) {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    entry = radius * std::cos(2 * std::numbers::pi * uniform());
    squares += entry * entry;
  }
  for (double& entry : v) entry /= std::sqrt(squares);
  return v;
}

}  // namespace

const std::vector<float>& PerturbedClassifier::row(std::int32_t id) const {
  const auto [known, is_new] = rows_.try_emplace(id);
  if (is_new) {
    std::vector<float>& x = known->second = classifier_.word_embeddings({&id, 1});
    double squares = 0;
    for (const float entry : x) squares += static_cast<double>(entry) * entry;
    const std::vector<double> v = direction(x.size(), SplitMix64(seed_, static_cast<std::uint64_t>(id)));
    for (std::size_t k = 0; k < x.size(); ++k) x[k] += static_cast<float>(radius_ * std::sqrt(squares) * v[k]);
  }
  return known->second;
}

std::vector<float> PerturbedClassifier::word_embeddings(std::span<const std::int32_t> ids) const {
  std::vector<float> rows;
  rows.reserve(ids.size() * hidden_size());
  for (const std::int32_t id : ids) rows.insert(rows.end(), row(id).begin(), row(id).end());
  return rows;
}

std::unique_ptr<ForwardPass> PerturbedClassifier::forward(const PackedBatch& batch,
                                                          std::span<const float> word_embeddings) {
  if (!word_embeddings.empty()) return classifier_.forward(batch, word_embeddings);
  return classifier_.forward(batch, this->word_embeddings(batch.ids));
}

std::vector<float> PerturbedClassifier::logits(const PackedBatch& batch) {
  const std::unique_ptr<ForwardPass> pass = forward(batch, {});
  return {pass->logits().begin(), pass->logits().end()};
}

}  // namespace pellucid
