// LIME for text (Ribeiro et al. 2016): a weighted ridge regression of f on which units are there, over
// random maskings of the text, near ones weighing more. As in the authors' package for texts: the
// number of units removed is uniform in 1 … n, then which; similarity is √exp(−D² / 25²), D = 100 times the
// cosine distance to the whole text; ridge 1, with an intercept. Unlike there, f is a difference of logits
// rather than a probability, and every unit gets a coefficient.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "attribution/methods/methods.h"
#include "attribution/passes.h"
#include "attribution/regression.h"

namespace pellucid {
namespace {

constexpr double kKernelWidth = 25;
constexpr double kRidge = 1;

// The first is the whole text.
std::vector<std::vector<bool>> draw_maskings(std::size_t n, std::size_t count, SplitMix64 random) {
  std::vector<std::size_t> units(n);
  std::iota(units.begin(), units.end(), std::size_t{0});
  std::vector<std::vector<bool>> kept(1, std::vector<bool>(n, true));
  while (kept.size() < count) {
    const std::size_t removed = 1 + random.below(n);
    random.shuffle(std::span(units));
    std::vector<bool>& keep = kept.emplace_back(n, true);
    for (std::size_t k = 0; k < removed; ++k) keep[units[k]] = false;
  }
  return kept;
}

// The cosine between the whole text and a masking with a share of its units is the share's root.
double similarity(double share) {
  const double distance = 100 * (1 - std::sqrt(share));
  return std::sqrt(std::exp(-distance * distance / (kKernelWidth * kKernelWidth)));
}

}  // namespace

Result<std::vector<Attribution>> lime(Classifier& classifier, std::span<const Input> inputs,
                                      const MethodOptions& options) {
  const std::size_t samples = options.samples == 0 ? kMaskings : options.samples;
  return explain_all_classes(classifier, inputs, options, [&](const Text& text, std::span<const float> full) {
    const std::size_t n = text.units->ranges.size();
    const std::size_t classes = full.size();
    ClassScores found{{}, {full.begin(), full.end()}, 0};
    if (n == 0) return found;
    const auto kept = draw_maskings(n, samples, random_of(options.seed, *text.encoding));
    const std::vector<float> rest = predict_without(classifier, text, std::span(kept).subspan(1), options);
    std::vector<double> y(full.begin(), full.end());
    y.insert(y.end(), rest.begin(), rest.end());
    std::vector<double> x;
    std::vector<double> weights;
    for (const std::vector<bool>& keep : kept) {
      x.insert(x.end(), keep.begin(), keep.end());
      weights.push_back(similarity(static_cast<double>(std::ranges::count(keep, true)) / static_cast<double>(n)));
    }
    // The intercept is not penalised: columns are centred by their weighted means, and it makes up for that.
    const std::vector<double> x_mean = centre(x, weights);
    const std::vector<double> y_mean = centre(y, weights);
    found.scores = ridge_regression(x, y, weights, n, kRidge);
    found.bias = y_mean;
    for (std::size_t k = 0; k < found.scores.size(); ++k) {
      found.bias[k % classes] -= x_mean[k / classes] * found.scores[k];
    }
    found.passes = static_cast<double>(samples - 1);
    return found;
  });
}

}  // namespace pellucid
