#include "report/explain_texts.h"

#include <algorithm>
#include <chrono>

#include "attribution/windows.h"
#include "data/label_index.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Result<ExplainRequest> resolve(const ExplainOptions& options, const LabelSet& labels) {
  ExplainRequest request;
  for (const std::string& name : options.methods) {
    PELLUCID_TRY(const Method* method, find_method(name));
    request.methods.push_back(method);
  }
  if (std::ranges::find(options.targets, "all") != options.targets.end()) {
    if (options.targets.size() > 1) return fail(ErrorCode::usage, "expected all or labels, found both", "--target");
    if (!options.against.empty()) {
      return fail(ErrorCode::usage, "expected labels with --against, found all", "--target");
    }
  }
  std::int32_t against = kMean;
  if (!options.against.empty()) {
    PELLUCID_TRY(against, label_index(labels, options.against, ErrorCode::usage, "--against"));
  }
  for (const std::string& name : options.targets) {
    if (name == "all") {
      for (std::size_t c = 0; c < labels.size(); ++c)
        request.targets.push_back({static_cast<std::int32_t>(c), against});
      continue;
    }
    PELLUCID_TRY(const std::int32_t label, label_index(labels, name, ErrorCode::usage, "--target"));
    if (label == against)
      return fail(ErrorCode::usage, "expected two different labels, found '" + name + "' twice", "--against");
    request.targets.push_back({label, against});
  }
  if (request.targets.empty()) request.targets.push_back({kPredicted, against});
  PELLUCID_TRY(request.unit, unit_from_name(options.unit));
  PELLUCID_TRY(request.options.removal, removal_from_name(options.removal));
  request.options.seed = options.seed;
  PELLUCID_CHECK(set_options(options.method, request.methods, request.options));
  request.in_windows = options.long_texts == "window";
  return request;
}

Encoding encode(const Classifier& classifier, std::string_view text, bool in_windows) {
  return classifier.tokenizer().encode(text, in_windows ? 0 : classifier.max_length());
}

Result<std::vector<Explanation>> explain_texts(Classifier& classifier, const ExplainRequest& request,
                                               std::span<const Example> examples) {
  std::vector<Encoding> encodings;
  std::vector<Units> units;
  for (const Example& example : examples) {
    encodings.push_back(encode(classifier, example.text, request.in_windows));
    units.push_back(units_of(example.text, encodings.back(), request.unit));
  }
  const std::size_t each = request.each();
  std::vector<Explanation> explanations(examples.size() * each);
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    for (const Target& target : request.targets) inputs.push_back({&encodings[i], &units[i], target});
  }
  for (std::size_t m = 0; m < request.methods.size(); ++m) {
    const auto start = Clock::now();
    PELLUCID_TRY(const auto found, explain_in_windows(classifier, *request.methods[m], inputs, request.options));
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::vector<std::optional<Quality>> quality(found.size());
    if (request.quality) {
      PELLUCID_TRY(quality, qualities(*request.methods[m], classifier, inputs, found, *request.quality));
    }
    for (std::size_t k = 0; k < found.size(); ++k) {
      const std::size_t i = k / request.targets.size();
      const std::size_t t = k % request.targets.size();
      PELLUCID_CHECK(check_finite(found[k].logits, "text " + examples[i].id));
      Explanation explanation = make_explanation(examples[i].id, examples[i].text, encodings[i], found[k],
                                                 *request.methods[m], request.unit, classifier);
      explanation.gold = examples[i].label;
      explanation.quality = quality[k];
      explanation.windows = windows_of(encodings[i], classifier.max_length()).size();
      explanation.seconds = seconds / static_cast<double>(found.size());
      explanations[i * each + m * request.targets.size() + t] = std::move(explanation);
    }
  }
  return explanations;
}

}  // namespace pellucid
