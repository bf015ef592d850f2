#include "evaluate/method_comparison.h"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTogether = 64;  // texts whose predictions all methods and measures share

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What one method did on all texts so far.
struct Explained {
  const Method* method;
  std::vector<Ranking> rankings;
  std::vector<TextCurves> curves;
  double seconds = 0, forward_equivalents = 0;
};

struct Judged {
  const Measure* measure;
  Measured found;
  double seconds = 0;
};

class Comparer {
 public:
  Comparer(Classifier& classifier, std::span<const Method* const> methods, std::span<const Measure* const> measures,
           const MeasureOptions& options, const std::function<bool(std::size_t)>& progress)
      : classifier_(classifier),
        explainer_(options.explainer != nullptr ? *options.explainer : classifier),
        methods_(methods),
        options_(options),
        progress_(progress) {
    for (const Method* method : methods) explained_.push_back({method, {}, {}});
    for (const Measure* measure : measures) judged_.push_back({measure, {}});
  }

  Result<void> take(std::span<const ComparedText> texts) {
    Predictions predictions(classifier_, options_.method.removal);
    const std::vector<Input> inputs = inputs_of(texts, predictions);
    for (Explained& one : explained_) {
      PELLUCID_CHECK(explain(inputs, one));
      PELLUCID_CHECK(advance(texts.size()));
    }
    Scene scene = scene_of(texts.size(), predictions);
    for (Judged& one : judged_) {
      if (one.measure->at_once) continue;
      PELLUCID_CHECK(judge(scene, one));
      PELLUCID_CHECK(advance(texts.size()));
    }
    for (std::size_t m = 0; m < explained_.size(); ++m) {
      const std::vector<TextCurves> curves = text_curves(predictions, scene.rankings[m]);
      explained_[m].curves.insert(explained_[m].curves.end(), curves.begin(), curves.end());
    }
    return {};
  }

  Result<MethodComparison> finish() {
    const std::size_t n = explained_.front().rankings.size();
    Predictions predictions(classifier_, options_.method.removal);
    Scene scene = scene_of(n, predictions);
    for (Judged& one : judged_) {
      if (!one.measure->at_once) continue;
      PELLUCID_CHECK(judge(scene, one));
      PELLUCID_CHECK(advance(n));
    }
    MethodComparison comparison;
    for (const Judged& one : judged_) {
      std::ranges::move(rows_of(one), std::back_inserter(comparison.rows));
      comparison.costs.push_back({std::string(one.measure->name), one.seconds / static_cast<double>(n)});
    }
    for (const Explained& one : explained_) {
      comparison.curves.push_back(mean_curves(std::string(one.method->name), one.curves, options_.method.seed));
    }
    return comparison;
  }

 private:
  // The class that is explained is the one that the classifier measured predicts, whoever explains.
  std::vector<Input> inputs_of(std::span<const ComparedText> texts, Predictions& predictions) const {
    std::vector<Input> inputs;
    for (const ComparedText& text : texts) inputs.push_back({text.encoding, text.units, {}});
    if (&explainer_ == &classifier_) return inputs;
    std::vector<Predictions::Variant> whole;
    for (const ComparedText& text : texts) whole.push_back(predictions.add(text.encoding->ids));
    predictions.run();
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i].target.label = argmax(predictions.logits(whole[i]));
    return inputs;
  }

  Result<void> explain(std::span<const Input> inputs, Explained& one) {
    const auto start = Clock::now();
    PELLUCID_TRY(const std::vector<Attribution> found, one.method->explain(explainer_, inputs, options_.method));
    one.seconds += seconds_since(start);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      one.forward_equivalents += found[i].forward_equivalents;
      one.rankings.push_back(
          {inputs[i].encoding, inputs[i].units, unit_scores(*inputs[i].units, found[i].scores), found[i].target.label});
    }
    return {};
  }

  // Of the last `count` texts explained.
  Scene scene_of(std::size_t count, Predictions& predictions) {
    Scene scene{classifier_, explainer_, methods_, {}, predictions, options_};
    for (const Explained& one : explained_) scene.rankings.push_back(std::span(one.rankings).last(count));
    return scene;
  }

  Result<void> judge(Scene& scene, Judged& one) {
    const auto start = Clock::now();
    PELLUCID_TRY(Measured found, one.measure->measure(scene));
    one.seconds += seconds_since(start);
    if (one.found.values.empty()) {
      one.found = std::move(found);
    } else {
      append(one.found.values, found.values);
      for (std::size_t p = 0; p < found.parts.size(); ++p) append(one.found.parts[p].second, found.parts[p].second);
    }
    return {};
  }

  static void append(Values& all, const Values& more) {
    for (std::size_t m = 0; m < all.size(); ++m) all[m].insert(all[m].end(), more[m].begin(), more[m].end());
  }

  Result<void> advance(std::size_t work) {
    done_ += work;
    if (!progress_ || progress_(done_)) return {};
    return fail(ErrorCode::interrupted, "interrupted while methods were compared");
  }

  // Best first.
  std::vector<FaithfulnessRow> rows_of(const Judged& judged) const {
    const std::uint64_t seed = options_.method.seed;
    const Values& values = judged.found.values;
    std::vector<FaithfulnessRow> rows;
    for (const Standing& one : standings(values, judged.measure->better, seed)) {
      const Explained& explained = explained_[one.method];
      const std::size_t n = values[one.method].size();
      rows.push_back({.method = std::string(explained.method->name),
                      .measure = std::string(judged.measure->name),
                      .value = one.value,
                      .interval = one.interval,
                      .n = n,
                      .p_value = one.p_value,
                      .seconds_per_text = explained.seconds / static_cast<double>(n),
                      .forward_equivalents = explained.forward_equivalents / static_cast<double>(n),
                      .better = judged.measure->better});
      for (const auto& [name, part] : judged.found.parts) {
        rows.back().parts.push_back({name, mean(part[one.method]), bootstrap_mean(part[one.method], seed)});
      }
    }
    return rows;
  }

  Classifier& classifier_;
  Classifier& explainer_;
  std::span<const Method* const> methods_;
  const MeasureOptions& options_;
  const std::function<bool(std::size_t)>& progress_;
  std::vector<Explained> explained_;
  std::vector<Judged> judged_;
  std::size_t done_ = 0;
};

}  // namespace

Result<std::vector<const Method*>> chosen_methods(const std::vector<std::string>& names, const Classifier& classifier) {
  if (names == std::vector<std::string>{"all"}) return methods_for(classifier);
  std::vector<const Method*> chosen;
  for (const std::string& name : names) {
    PELLUCID_TRY(const Method* method, find_method(name));
    chosen.push_back(method);
  }
  for (const Method* method : methods_for(classifier)) {
    const bool usual = std::ranges::find(kUsualMethods, method->name) != std::end(kUsualMethods);
    if (names.empty() && (usual || method == &default_method(classifier))) chosen.push_back(method);
  }
  return chosen;
}

Result<MethodComparison> compare_methods(Classifier& classifier, std::span<const ComparedText> texts,
                                         std::span<const Method* const> methods,
                                         std::span<const Measure* const> measures, const MeasureOptions& options,
                                         const std::function<bool(std::size_t)>& progress) {
  if (texts.empty() || methods.empty() || measures.empty()) return MethodComparison();
  Comparer comparer(classifier, methods, measures, options, progress);
  for (std::size_t first = 0; first < texts.size(); first += kTogether) {
    PELLUCID_CHECK(comparer.take(texts.subspan(first, std::min(kTogether, texts.size() - first))));
  }
  return comparer.finish();
}

}  // namespace pellucid
