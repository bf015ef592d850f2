// ALTI (Ferrando et al. 2022): in each layer y_j, an attention block's output, is a sum of terms T_j(x_i),
// and what y_j owes to x_i is how much nearer to y_j the term brings it, in the L1 norm:
//   c_ji = max(0, ‖y_j‖ − ‖y_j − T_j(x_i)‖), rows scaled to 1, multiplied through the layers.
// Feed-forward blocks act on each token alone and are left out. No class is looked at.
#include <algorithm>
#include <cmath>

#include "attribution/methods/methods.h"
#include "attribution/relevance.h"

namespace pellucid {
namespace {

// Row j of a layer's contributions. terms [n, d]
void contributions(std::span<const float> y, std::span<const float> terms, std::size_t j, std::span<double> row) {
  double length = 0;
  for (const float value : y) length += std::abs(value);
  double sum = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    double distance = 0;
    for (std::size_t k = 0; k < y.size(); ++k) distance += std::abs(y[k] - terms[i * y.size() + k]);
    sum += row[i] = std::max(0.0, length - distance);
  }
  if (sum == 0) row[j] = sum = 1;  // nothing brings it nearer: it is its own
  for (double& value : row) value /= sum;
}

}  // namespace

Result<std::vector<Attribution>> alti(Classifier& classifier, std::span<const Input> inputs,
                                      const MethodOptions& options) {
  // Every head's values pass the output matrix on their own, and every pair of tokens has a term: a pass each or so.
  return explain_whatever_the_target(
      classifier, inputs, options, 2, [](const ForwardPass& pass, const PackedBatch& batch) {
        return follow(pass, batch, [&](std::size_t layer) {
          std::vector<Relevance> relevance;
          for (std::size_t b = 0; b < batch.texts(); ++b) {
            const auto n = static_cast<std::size_t>(batch.bounds[b + 1] - batch.bounds[b]);
            relevance.emplace_back(n * n);
          }
          pass.for_each_mixture(
              layer, [&](std::size_t b, std::size_t j, std::span<const float> y, std::span<const float> terms) {
                const std::size_t n = terms.size() / y.size();
                contributions(y, terms, j, std::span(relevance[b]).subspan(j * n, n));
              });
          return relevance;
        });
      });
}

}  // namespace pellucid
