#include "evaluate/method_comparison.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "progress/interrupt.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

// Texts whose predictions all methods and measures share: those of a part.
constexpr std::size_t kTogether = 64;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

auto stopped(const ComparisonRequest& request) {
  return fail(ErrorCode::interrupted, std::string("interrupted while methods were compared; ") +
                                          (request.kept != nullptr ? "the same command goes on from the parts kept"
                                                                   : "--parts FOLDER would keep what is finished"));
}

Result<void> advance(const ComparisonRequest& request, std::size_t steps) {
  if (!request.progress || request.progress(steps)) return {};
  return stopped(request);
}

// The class that is explained is the one that the classifier measured predicts, whoever explains.
std::vector<Input> inputs_of(std::span<const ComparedText> texts, bool explains_itself, Predictions& predictions) {
  std::vector<Input> inputs;
  for (const ComparedText& text : texts) inputs.push_back({text.encoding, text.units, {}});
  if (explains_itself) return inputs;
  std::vector<Predictions::Variant> whole;
  for (const ComparedText& text : texts) whole.push_back(predictions.add(text.encoding->ids));
  predictions.run();
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i].target.label = argmax(predictions.logits(whole[i]));
  return inputs;
}

Result<ComparisonPart> computed(const ComparisonRequest& request, std::span<const ComparedText> texts) {
  const MeasureOptions& options = request.options;
  Classifier& classifier = request.classifier;
  Classifier& explainer = options.explainer != nullptr ? *options.explainer : classifier;
  Predictions predictions(classifier, options.method.removal);
  const std::vector<Input> inputs = inputs_of(texts, &explainer == &classifier, predictions);
  ComparisonPart part;
  std::vector<std::vector<Ranking>> rankings;  // [m][n]
  for (const Method* method : request.methods) {
    const auto start = Clock::now();
    PELLUCID_TRY(const std::vector<Attribution> found, method->explain(explainer, inputs, options.method));
    ComparisonPart::OfMethod& own = part.methods.emplace_back();
    own.seconds = seconds_since(start);
    std::vector<Ranking>& ranked = rankings.emplace_back();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      own.forward_equivalents += found[i].forward_equivalents;
      ranked.push_back(
          {inputs[i].encoding, inputs[i].units, unit_scores(*inputs[i].units, found[i].scores), found[i].target.label});
    }
    PELLUCID_CHECK(advance(request, texts.size()));
  }
  Scene scene{classifier, explainer, request.methods, {rankings.begin(), rankings.end()}, predictions, options};
  for (const Measure* measure : request.measures) {
    const auto start = Clock::now();
    PELLUCID_TRY(Measured found, measure->measure(scene));
    part.measures.push_back({std::move(found), seconds_since(start)});
    PELLUCID_CHECK(advance(request, texts.size()));
  }
  for (std::size_t m = 0; m < rankings.size(); ++m) part.methods[m].curves = text_curves(predictions, rankings[m]);
  return part;
}

std::span<const ComparedText> texts_at(const ComparisonRequest& request, std::size_t first) {
  return request.texts.subspan(first, std::min(kTogether, request.texts.size() - first));
}

std::size_t number_at(std::size_t first) {
  return first / kTogether + 1;
}

// The part whose first text is `first`: as it was kept, or computed.
Result<ComparisonPart> part_at(const ComparisonRequest& request, std::size_t first) {
  const auto texts = texts_at(request, first);
  const std::size_t number = number_at(first);
  if (request.kept != nullptr) {
    PELLUCID_TRY(auto kept, request.kept->load(number, request.methods.size(), request.measures.size(), texts.size()));
    if (kept) return std::move(*kept);
  }
  try {
    PELLUCID_TRY(ComparisonPart part, computed(request, texts));
    if (request.kept != nullptr) PELLUCID_CHECK(request.kept->save(number, part));
    return part;
  } catch (const Interruption&) {
    return stopped(request);
  }
}

// Of one measure, the best method first.
std::vector<FaithfulnessRow> rows_of(const Measure& measure, const Measured& found,
                                     std::span<const Method* const> methods,
                                     std::span<const ComparisonPart::OfMethod> explained, std::uint64_t seed) {
  std::vector<FaithfulnessRow> rows;
  for (const Standing& one : standings(found.values, measure.better, seed)) {
    const std::size_t n = found.values[one.method].size();
    rows.push_back({.method = std::string(methods[one.method]->name),
                    .measure = std::string(measure.name),
                    .value = one.value,
                    .interval = one.interval,
                    .n = n,
                    .p_value = one.p_value,
                    .seconds_per_text = explained[one.method].seconds / static_cast<double>(n),
                    .forward_equivalents = explained[one.method].forward_equivalents / static_cast<double>(n),
                    .better = measure.better});
    for (const auto& [name, part] : found.parts) {
      rows.back().parts.push_back({name, mean(part[one.method]), bootstrap_mean(part[one.method], seed)});
    }
  }
  return rows;
}

}  // namespace

Result<std::vector<const Method*>> chosen_methods(const std::vector<std::string>& names, const Classifier& classifier) {
  if (names == std::vector<std::string>{"all"}) return methods_for(classifier);
  std::vector<const Method*> chosen;
  const auto of_option = [](auto result) {  // which is called --methods here
    if (!result) result.error().where = "--methods";
    return result;
  };
  const auto add = [&](const Method* method) {
    if (std::ranges::find(chosen, method) == chosen.end()) chosen.push_back(method);
  };
  for (const std::string& name : names) {
    PELLUCID_TRY(const Method* method, of_option(find_method(name)));
    PELLUCID_CHECK(of_option(method->check_applies(classifier)));
    add(method);
  }
  for (const Method* method : methods_for(classifier)) {
    const bool usual = std::ranges::find(kUsualMethods, method->name) != std::end(kUsualMethods);
    if (names.empty() && (usual || method == &default_method(classifier))) add(method);
  }
  PELLUCID_TRY(const Method* control, find_method(kControlMethod));
  add(control);
  return chosen;
}

std::size_t comparison_steps(const ComparisonRequest& request, const Shard& shard) {
  const TextRange range = texts_of(shard, request.texts.size(), kTogether);
  std::size_t texts = 0;
  for (std::size_t first = range.first; first < range.last; first += kTogether) {
    if (request.kept == nullptr || !request.kept->has(number_at(first))) texts += texts_at(request, first).size();
  }
  return texts * (request.methods.size() + request.measures.size());
}

Result<MethodComparison> compare_methods(const ComparisonRequest& request) {
  if (request.texts.empty() || request.methods.empty() || request.measures.empty()) return MethodComparison();
  ComparisonPart all;
  for (std::size_t first = 0; first < request.texts.size(); first += kTogether) {
    PELLUCID_TRY(const ComparisonPart part, part_at(request, first));
    append(all, part);
  }
  const std::uint64_t seed = request.options.method.seed;
  MethodComparison comparison;
  for (std::size_t k = 0; k < request.measures.size(); ++k) {
    const auto& [found, seconds] = all.measures[k];
    std::ranges::move(rows_of(*request.measures[k], found, request.methods, all.methods, seed),
                      std::back_inserter(comparison.rows));
    comparison.costs.push_back(
        {std::string(request.measures[k]->name), seconds / static_cast<double>(request.texts.size())});
  }
  for (std::size_t m = 0; m < request.methods.size(); ++m) {
    comparison.curves.push_back(mean_curves(std::string(request.methods[m]->name), all.methods[m].curves, seed));
  }
  return comparison;
}

Result<void> compare_shard(const ComparisonRequest& request, const Shard& shard) {
  const TextRange range = texts_of(shard, request.texts.size(), kTogether);
  for (std::size_t first = range.first; first < range.last; first += kTogether) {
    PELLUCID_CHECK(part_at(request, first));
  }
  return {};
}

}  // namespace pellucid
