// Integrated gradients (Sundararajan et al. 2017) from a baseline x' in place of every ordinary token
// ([MASK]s, [PAD]s or zero vectors), at the word embeddings: φ_i = ⟨x_i − x'_i, mean over the path of
// ∂f/∂x_i⟩, by the midpoint rule. Steps are tripled, which keeps the points already taken, until
// |Σφ − (f(x) − f(x'))| <= tolerance.
#include <cmath>

#include "attribution/methods/methods.h"
#include "attribution/passes.h"

namespace pellucid {
namespace {

// One target on its way along a path.
struct Way {
  std::size_t input;
  std::vector<float> functional;  // [C]
  std::vector<double> sum;        // [n] Σ over the points taken of ⟨x_i − x'_i, ∂f/∂x_i⟩
  double start_value = 0;         // f(x')
  bool open = true;
};

// From x' to x; forward passes on it serve all its targets.
struct Path {
  const Encoding* encoding;
  std::vector<float> start, step;  // x' and x − x' [n, d]
  std::vector<Way> ways;
};

struct Point {
  std::size_t path;
  float at;  // 0 … 1
};

class Walk {
 public:
  Walk(Classifier& classifier, const MethodOptions& options) : classifier_(classifier), options_(options) {}

  Path path(const Text& text, std::span<const Attribution> results) const {
    const SpecialTokens& specials = classifier_.tokenizer().specials();
    const std::vector<std::int32_t>& ids = text.encoding->ids;
    std::vector<std::int32_t> baseline = ids;
    const std::size_t d = classifier_.hidden_size();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (text.encoding->words[i] == kNoWord) continue;
      baseline[i] = options_.baseline == Baseline::mask ? specials.mask : specials.pad;
    }
    Path path{text.encoding, classifier_.word_embeddings(baseline), classifier_.word_embeddings(ids), {}};
    for (std::size_t k = 0; k < path.step.size(); ++k) {
      if (options_.baseline == Baseline::zero && text.encoding->words[k / d] != kNoWord) path.start[k] = 0;
      path.step[k] -= path.start[k];
    }
    for (const std::size_t i : text.inputs) {
      path.ways.push_back(
          {i, functional(results[i].target, results[i].logits), std::vector<double>(ids.size()), 0, true});
    }
    return path;
  }

  // Adds the gradients at `points` to the open ways of their paths.
  void take(std::vector<Path>& paths, const std::vector<Point>& points) {
    for_each_pass(paths, points, [&](const PackedBatch& batch, const ForwardPass& pass, std::span<Path* const> row) {
      std::size_t rounds = 0;
      for (const Path* path : row) rounds = std::max(rounds, path->ways.size());
      for (std::size_t round = 0; round < rounds; ++round) take_round(round, batch, pass, row);
    });
  }

  // f at the start of each path.
  void start_values(std::vector<Path>& paths) {
    std::vector<Point> points;
    for (std::size_t p = 0; p < paths.size(); ++p) points.push_back({p, 0});
    const std::size_t classes = classifier_.labels().size();
    for_each_pass(paths, points, [&](const PackedBatch&, const ForwardPass& pass, std::span<Path* const> row) {
      for (std::size_t b = 0; b < row.size(); ++b) {
        for (Way& way : row[b]->ways) {
          way.start_value = value_of(way.functional, pass.logits().subspan(b * classes, classes));
        }
      }
    });
  }

 private:
  // Of each path its way number `round`, where that is there and open.
  void take_round(std::size_t round, const PackedBatch& batch, const ForwardPass& pass, std::span<Path* const> row) {
    const std::size_t d = classifier_.hidden_size();
    const auto way_of = [&](Path* path) {
      return round < path->ways.size() && path->ways[round].open ? &path->ways[round] : nullptr;
    };
    if (std::ranges::none_of(row, way_of)) return;
    std::vector<float> functionals;
    for (Path* path : row) {
      const std::vector<float>& own = path->ways[std::min(round, path->ways.size() - 1)].functional;
      functionals.insert(functionals.end(), own.begin(), own.end());
    }
    const std::vector<float> gradient = pass.gradient(functionals);
    for (std::size_t b = 0; b < row.size(); ++b) {
      Way* way = way_of(row[b]);
      if (way == nullptr) continue;
      const auto first = static_cast<std::size_t>(batch.bounds[b]);
      for (std::size_t i = 0; i < way->sum.size(); ++i) {
        way->sum[i] +=
            value_of(std::span(gradient).subspan((first + i) * d, d), std::span(row[b]->step).subspan(i * d, d));
      }
    }
  }

  // Calls work(batch, pass, the path of each of its texts) until all points had their forward pass.
  template <class Work>
  void for_each_pass(std::vector<Path>& paths, const std::vector<Point>& points, const Work& work) {
    std::vector<std::size_t> lengths;
    for (const Point& point : points) lengths.push_back(paths[point.path].encoding->ids.size());
    for (const std::vector<std::size_t>& group : batches_by_length(lengths, options_.batch_tokens)) {
      PackedBatch batch;
      std::vector<float> rows;
      std::vector<Path*> row;
      for (const std::size_t g : group) {
        Path& path = paths[points[g].path];
        batch.add(path.encoding->ids);
        row.push_back(&path);
        for (std::size_t k = 0; k < path.start.size(); ++k) rows.push_back(path.start[k] + points[g].at * path.step[k]);
      }
      work(batch, *classifier_.forward(batch, rows), std::span<Path* const>(row));
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

// Attributions of the open ways after `steps`; a way with a small residual, or no more steps to take, closes.
void settle(Path& path, std::size_t steps, std::size_t new_steps, const MethodOptions& options,
            std::span<Attribution> results) {
  const auto open = static_cast<double>(std::ranges::count(path.ways, true, &Way::open));
  for (Way& way : path.ways) {
    if (!way.open) continue;
    std::vector<double> scores = way.sum;
    for (double& score : scores) score /= static_cast<double>(steps);
    Attribution& result = results[way.input];
    result.special = 0;
    set_scores(result, *path.encoding, scores, way.start_value);
    result.forward_equivalents += static_cast<double>(new_steps) * (1 + 1 / open);
    way.open = std::abs(result.residual) > options.tolerance && steps * 3 <= options.max_steps;
  }
}

}  // namespace

Result<std::vector<Attribution>> integrated_gradients(Classifier& classifier, std::span<const Input> inputs,
                                                      const MethodOptions& options) {
  std::vector<Attribution> results = predictions(classifier, inputs, options);
  for (Attribution& result : results) result.forward_equivalents *= 2;  // the baseline's prediction
  const std::vector<Text> texts = texts_of(inputs);
  Walk walk(classifier, options);
  constexpr std::size_t kTogether = 16;  // texts whose paths are held at once
  for (std::size_t first = 0; first < texts.size(); first += kTogether) {
    std::vector<Path> paths;
    for (std::size_t t = first; t < std::min(first + kTogether, texts.size()); ++t) {
      paths.push_back(walk.path(texts[t], results));
    }
    walk.start_values(paths);
    std::size_t taken = 0;
    for (std::size_t steps = options.steps;; steps *= 3) {
      std::vector<Point> points;
      for (std::size_t p = 0; p < paths.size(); ++p) {
        const bool open = std::ranges::any_of(paths[p].ways, &Way::open);
        if (open) add_midpoints(p, steps, taken > 0, points);
      }
      if (points.empty()) break;
      walk.take(paths, points);
      for (Path& path : paths) settle(path, steps, steps - taken, options, results);
      taken = steps;
    }
  }
  return results;
}

}  // namespace pellucid
