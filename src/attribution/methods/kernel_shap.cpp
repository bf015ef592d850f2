// Kernel SHAP (Lundberg & Lee 2017): Shapley values of the game whose players are the text's units and
// whose value is f of the text with only some of them, as the solution of a weighted least squares
// problem with Σφ = f(x) − f(∅).
//
// With 2^n <= samples every coalition is looked at and the values are exact. Otherwise coalitions are
// drawn from the Shapley kernel, each with its complement (paired sampling, Covert & Lee 2021): as many as
// are asked for, an odd number rounded up, or by default at least four for every unit, with which the regression is
// well determined.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "attribution/methods/methods.h"
#include "attribution/passes.h"
#include "attribution/regression.h"

namespace pellucid {
namespace {

constexpr std::size_t kSamplesAUnit = 4;

struct Coalitions {
  std::vector<std::vector<bool>> members;  // neither the empty nor the full one
  std::vector<double> weights;
};

// Every coalition with the Shapley kernel's weight (n − 1) / (C(n, s) s (n − s)).
Coalitions all_coalitions(std::size_t n) {
  Coalitions all;
  for (std::size_t bits = 1; bits + 1 < std::size_t{1} << n; ++bits) {
    std::vector<bool> members(n);
    for (std::size_t u = 0; u < n; ++u) members[u] = (bits >> u & 1U) != 0;
    const auto size = static_cast<double>(std::ranges::count(members, true));
    const auto players = static_cast<double>(n);
    const double choices = std::exp(std::lgamma(players + 1) - std::lgamma(size + 1) - std::lgamma(players - size + 1));
    all.weights.push_back((players - 1) / (choices * size * (players - size)));
    all.members.push_back(std::move(members));
  }
  return all;
}

// `pairs` draws of size s with probability ∝ 1 / (s (n − s)), each with its complement.
Coalitions draw_coalitions(std::size_t n, std::size_t pairs, SplitMix64 random) {
  std::vector<double> cumulative;  // over s = 1 … n − 1
  for (std::size_t s = 1; s < n; ++s) {
    cumulative.push_back((cumulative.empty() ? 0 : cumulative.back()) + 1 / static_cast<double>(s * (n - s)));
  }
  std::vector<std::size_t> players(n);
  std::iota(players.begin(), players.end(), std::size_t{0});
  Coalitions drawn;
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    const double at = random.uniform() * cumulative.back();
    const auto size = static_cast<std::size_t>(std::ranges::upper_bound(cumulative, at) - cumulative.begin()) + 1;
    random.shuffle(std::span(players));
    std::vector<bool> members(n);
    for (std::size_t k = 0; k < size; ++k) members[players[k]] = true;
    drawn.members.push_back(members);
    members.flip();
    drawn.members.push_back(std::move(members));
  }
  drawn.weights.assign(drawn.members.size(), 1);
  return drawn;
}

// The constraint is met by explaining what is left of an equal share (f(x) − f(∅)) / n: rows are
// centred, so that they and with them the solution sum to 0. `values` [m, C]
std::vector<double> shapley_values(const Coalitions& coalitions, std::span<const float> values,
                                   std::span<const float> empty, std::span<const float> full, std::size_t n) {
  const std::size_t classes = full.size();
  if (n == 1) {  // takes everything
    std::vector<double> all;
    for (std::size_t c = 0; c < classes; ++c) all.push_back(static_cast<double>(full[c]) - empty[c]);
    return all;
  }
  std::vector<double> x;
  std::vector<double> y;
  for (std::size_t k = 0; k < coalitions.members.size(); ++k) {
    const std::vector<bool>& members = coalitions.members[k];
    const double share = static_cast<double>(std::ranges::count(members, true)) / static_cast<double>(n);
    for (const bool member : members) x.push_back((member ? 1 : 0) - share);
    for (std::size_t c = 0; c < classes; ++c) {
      y.push_back(static_cast<double>(values[k * classes + c]) - empty[c] -
                  share * (static_cast<double>(full[c]) - empty[c]));
    }
  }
  // A trace of ridge: centred rows leave one direction open, that of Σφ.
  const double total = std::accumulate(coalitions.weights.begin(), coalitions.weights.end(), 0.0);
  std::vector<double> phi = ridge_regression(x, y, coalitions.weights, n, 1e-9 * total);
  for (std::size_t k = 0; k < phi.size(); ++k) {
    phi[k] += (static_cast<double>(full[k % classes]) - empty[k % classes]) / static_cast<double>(n);
  }
  return phi;
}

}  // namespace

Result<std::vector<Attribution>> kernel_shap(Classifier& classifier, std::span<const Input> inputs,
                                             const MethodOptions& options) {
  return explain_all_classes(classifier, inputs, options, [&](const Text& text, std::span<const float> full) {
    const std::size_t n = text.units->ranges.size();
    ClassScores found{{}, {full.begin(), full.end()}, 0};
    if (n == 0) return found;
    const std::size_t samples = options.samples == 0 ? std::max(kCoalitions, kSamplesAUnit * n) : options.samples;
    const bool exact = n == 1 || (n < 20 && std::size_t{1} << n <= samples);
    Coalitions coalitions =
        exact ? all_coalitions(n) : draw_coalitions(n, (samples + 1) / 2, random_of(options.seed, *text.encoding));
    coalitions.members.emplace_back(n, false);
    const std::vector<float> logits = predict_without(classifier, text, coalitions.members, options);
    coalitions.members.pop_back();
    const std::span<const float> values = std::span(logits).first(logits.size() - full.size());
    const std::span<const float> empty = std::span(logits).last(full.size());
    found.scores = shapley_values(coalitions, values, empty, full, n);
    found.bias.assign(empty.begin(), empty.end());
    found.passes = static_cast<double>(coalitions.members.size() + 1);
    return found;
  });
}

}  // namespace pellucid
