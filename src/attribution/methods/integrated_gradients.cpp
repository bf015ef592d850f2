// Integrated gradients (Sundararajan et al. 2017) from [MASK] in place of every ordinary token, at the
// word embeddings: φ_i = ⟨x_i − x'_i, mean over the path of ∂f/∂x_i⟩, by the midpoint rule. Steps are
// tripled, which keeps the points already taken, until |Σφ − (f(x) − f(x'))| <= tolerance.
#include <cmath>

#include "attribution/methods/methods.h"
#include "attribution/passes.h"

namespace pellucid {
namespace {

struct Path {
  const Encoding* encoding;
  std::vector<float> functional;   // [C]
  std::vector<float> start, step;  // x' and x − x' [n, d]
  std::vector<double> sum;         // [n] Σ over the points taken of ⟨x_i − x'_i, ∂f/∂x_i⟩
  double start_value = 0;          // f(x')
};

struct Point {
  std::size_t path;
  float at;  // 0 … 1
};

class Walk {
 public:
  Walk(Classifier& classifier, const MethodOptions& options) : classifier_(classifier), options_(options) {}

  Path path(const Input& input, const Attribution& attribution) const {
    std::vector<std::int32_t> baseline = input.encoding->ids;
    for (std::size_t i = 0; i < baseline.size(); ++i) {
      if (input.encoding->words[i] != kNoWord) baseline[i] = classifier_.tokenizer().specials().mask;
    }
    Path path{input.encoding,
              functional(attribution.target, attribution.logits),
              classifier_.word_embeddings(baseline),
              classifier_.word_embeddings(input.encoding->ids),
              std::vector<double>(baseline.size()),
              0};
    for (std::size_t k = 0; k < path.step.size(); ++k) path.step[k] -= path.start[k];
    return path;
  }

  // Adds the gradients at `points` to their paths, in packed batches.
  void take(std::vector<Path>& paths, const std::vector<Point>& points) {
    for_each_pass(
        paths, points,
        [&](const Point& point, std::size_t first, const ForwardPass&, const std::vector<float>& gradient,
            std::size_t) {
          Path& path = paths[point.path];
          const std::size_t d = classifier_.hidden_size();
          for (std::size_t i = 0; i < path.sum.size(); ++i) {
            path.sum[i] +=
                value_of(std::span(gradient).subspan((first + i) * d, d), std::span(path.step).subspan(i * d, d));
          }
        },
        true);
  }

  // f at the start of each of `which`.
  void start_values(std::vector<Path>& paths) {
    std::vector<Point> points;
    for (std::size_t p = 0; p < paths.size(); ++p) points.push_back({p, 0});
    const std::size_t classes = classifier_.labels().size();
    for_each_pass(
        paths, points,
        [&](const Point& point, std::size_t, const ForwardPass& pass, const std::vector<float>&, std::size_t b) {
          paths[point.path].start_value =
              value_of(paths[point.path].functional, pass.logits().subspan(b * classes, classes));
        },
        false);
  }

 private:
  template <class Work>
  void for_each_pass(const std::vector<Path>& paths, const std::vector<Point>& points, const Work& work,
                     bool gradients) {
    std::vector<std::size_t> lengths;
    for (const Point& point : points) lengths.push_back(paths[point.path].encoding->ids.size());
    for (const std::vector<std::size_t>& group : batches_by_length(lengths, options_.batch_tokens)) {
      PackedBatch batch;
      std::vector<float> rows;
      std::vector<float> functionals;
      for (const std::size_t g : group) {
        const Path& path = paths[points[g].path];
        batch.add(path.encoding->ids);
        functionals.insert(functionals.end(), path.functional.begin(), path.functional.end());
        for (std::size_t k = 0; k < path.start.size(); ++k) rows.push_back(path.start[k] + points[g].at * path.step[k]);
      }
      const auto pass = classifier_.forward(batch, rows);
      const std::vector<float> gradient = gradients ? pass->gradient(functionals) : std::vector<float>();
      for (std::size_t b = 0; b < group.size(); ++b) {
        work(points[group[b]], static_cast<std::size_t>(batch.bounds[b]), *pass, gradient, b);
      }
    }
  }

  Classifier& classifier_;
  const MethodOptions& options_;
};

// Midpoints of `steps` intervals; without those that a third of the steps had already.
void add_midpoints(std::size_t path, std::size_t steps, bool refined, std::vector<Point>& points) {
  for (std::size_t k = 0; k < steps; ++k) {
    if (refined && k % 3 == 1) continue;
    points.push_back({path, (static_cast<float>(k) + 0.5F) / static_cast<float>(steps)});
  }
}

}  // namespace

Result<std::vector<Attribution>> integrated_gradients(Classifier& classifier, std::span<const Input> inputs,
                                                      const MethodOptions& options) {
  std::vector<Attribution> results = predictions(classifier, inputs, options);
  Walk walk(classifier, options);
  constexpr std::size_t kTogether = 16;  // texts whose paths are held at once
  for (std::size_t first = 0; first < inputs.size(); first += kTogether) {
    const std::size_t count = std::min(kTogether, inputs.size() - first);
    std::vector<Path> paths;
    for (std::size_t i = 0; i < count; ++i) paths.push_back(walk.path(inputs[first + i], results[first + i]));
    walk.start_values(paths);
    std::vector<bool> open(count, true);
    for (std::size_t steps = options.steps;; steps *= 3) {
      std::vector<Point> points;
      for (std::size_t p = 0; p < count; ++p) {
        if (open[p]) add_midpoints(p, steps, steps != options.steps, points);
      }
      walk.take(paths, points);
      bool any = false;
      for (std::size_t p = 0; p < count; ++p) {
        if (!open[p]) continue;
        std::vector<double> scores = paths[p].sum;
        for (double& score : scores) score /= static_cast<double>(steps);
        Attribution& result = results[first + p];
        result.special = 0;
        set_scores(result, *inputs[first + p].encoding, scores, paths[p].start_value);
        result.forward_equivalents = 2 + 2 * static_cast<double>(steps);
        open[p] = std::abs(result.residual) > options.tolerance && steps * 3 <= options.max_steps;
        any = any || open[p];
      }
      if (!any) break;
    }
  }
  return results;
}

}  // namespace pellucid
