#include "attribution/method.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "attribution/methods/methods.h"
#include "error/listed.h"

namespace pellucid {
namespace {

bool always(const Classifier&) {
  return true;
}

bool has_attribution(const Classifier& classifier) {
  return classifier.abilities().head && (classifier.adjust() == Adjust::top || classifier.adjust() == Adjust::input);
}

bool is_additive(const Classifier& classifier) {
  return classifier.abilities().head && classifier.adjust() != Adjust::pooler;
}

bool decomposes(const Classifier& classifier) {
  return classifier.abilities().decomposition;
}

bool propagates(const Classifier& classifier) {
  return classifier.abilities().propagation;
}

bool attends(const Classifier& classifier) {
  return classifier.abilities().attention;
}

bool follows_attention(const Classifier& classifier) {
  return classifier.abilities().attention && classifier.abilities().attention_gradients;
}

bool follows_mixtures(const Classifier& classifier) {
  return classifier.abilities().attention && classifier.abilities().mixtures;
}

constexpr Method without_signs(Method method) {
  method.has_signs = false;
  return method;
}

constexpr std::array kMethods = {
    Method{"decomposition", "exact, down to the input tokens, of the deployed prediction; 2 passes",
           "method.md, section 3", true, decomposition, decomposes},
    Method{"expected-decomposition", "the mean decomposition of randomly masked copies; sums to no logit; 17 passes",
           "method.md, section 3", false, expected_decomposition, decomposes, kMaskedCopies, false, true},
    Method{"decompx", "the decomposition the long way round: each token forwards on its own; 1 pass a token",
           "Modarressi et al. 2023", true, decompx, propagates},
    Method{"attention-attribution", "the classifier's own a_i = Σ_h Σ_j A_ji ∂y/∂u_j · u_j; 1 pass", "the paper", false,
           attention_attribution, has_attribution},
    Method{"head-contributions", "terms w_i t_i of the classifier's own sum, at its last layer; 1 pass", "the paper",
           true, head_contributions, is_additive},
    without_signs({"attention", "mean attention that a token receives in the last layer, unsigned; 1 pass", "baseline",
                   false, attention, attends}),
    without_signs({"rollout", "attention and residual connections multiplied through the layers, unsigned; 1 pass",
                   "Abnar & Zuidema 2020", false, rollout, attends}),
    without_signs({"generic-attention", "attention times its gradient, positive part, rolled, unsigned; 2 passes",
                   "Chefer et al. 2021", false, generic_attention, follows_attention}),
    without_signs({"attattr",
                   "attention times its integrated gradient in each layer, rolled, unsigned; 20 passes a layer",
                   "Hao et al. 2021", false, attattr, follows_attention, 0, true}),
    without_signs({"alti", "how near each token brings the next layer's state, rolled, unsigned; about 3 passes",
                   "Ferrando et al. 2022", false, alti, follows_mixtures}),
    Method{"gradient-x-input", "gradient times word embedding; 2 passes", "Simonyan et al. 2013", false,
           gradient_x_input},
    without_signs({"gradient-norm", "length of the gradient at the word embedding, unsigned; 2 passes",
                   "Li et al. 2016", false, gradient_norm}),
    Method{"integrated-gradients", "gradients averaged on the way from [MASK]s to the text; 42 passes or more",
           "Sundararajan et al. 2017", true, integrated_gradients, always, 0, true},
    Method{"occlusion", "change of the logit when the unit is removed; 1 pass a unit", "Li et al. 2016", false,
           occlusion},
    Method{"kernel-shap", "Shapley values of the units by regression over sampled coalitions; 200 passes",
           "Lundberg & Lee 2017", true, kernel_shap, always, kCoalitions, false, true},
    Method{"partition-shap", "Owen values on a balanced tree of the units; up to 500 passes", "Lundberg & Lee 2017",
           true, partition_shap, always, kEvaluations},
    Method{"lime", "weighted linear model of the logit around the text, over random maskings; 200 passes",
           "Ribeiro et al. 2016", false, lime, always, kMaskings, false, true},
    without_signs({"random", "seeded control", "", false, random_scores, always, 0, false, true}),
};

}  // namespace

std::span<const Method> methods() {
  return kMethods;
}

std::vector<const Method*> methods_for(const Classifier& classifier) {
  std::vector<const Method*> found;
  for (const Method& method : kMethods) {
    if (method.applies(classifier)) found.push_back(&method);
  }
  return found;
}

namespace {

// Of logits that are not finite whoever asked says which text has them.
Result<void> check_finite_scores(const Attribution& found, std::string_view method) {
  constexpr auto kFinite = [](auto value) { return std::isfinite(value); };
  if (std::ranges::all_of(found.scores, kFinite) || !std::ranges::all_of(found.logits, kFinite)) return {};
  return fail(ErrorCode::numeric, "expected finite scores of " + std::string(method) +
                                      ", found NaN or infinity; the model's weights are damaged or overflow on the "
                                      "way back");
}

const Method& method_or_gradients(std::string_view name, const Classifier& classifier) {
  const Method& wanted = **find_method(name);
  return wanted.applies(classifier) ? wanted : **find_method("integrated-gradients");
}

}  // namespace

const Method& default_method(const Classifier& classifier) {
  return method_or_gradients(kDefaultMethod, classifier);
}

const Method& report_method(const Classifier& classifier) {
  return method_or_gradients(kReportMethod, classifier);
}

Result<void> Method::check_applies(const Classifier& classifier) const {
  if (applies(classifier)) return {};
  return fail(ErrorCode::unsupported,
              "expected a method that applies to this model: one of " + listed(methods_for(classifier), &Method::name) +
                  "; found " + std::string(name),
              "--method");
}

Result<std::vector<Attribution>> Method::explain(Classifier& classifier, std::span<const Input> inputs,
                                                 const MethodOptions& options) const {
  PELLUCID_CHECK(check_applies(classifier));
  PELLUCID_TRY(std::vector<Attribution> found, function(classifier, inputs, options));
  for (const Attribution& one : found) PELLUCID_CHECK(check_finite_scores(one, name));
  return found;
}

Result<const Method*> find_method(std::string_view name) {
  const auto found = std::ranges::find(kMethods, name, &Method::name);
  if (found != kMethods.end()) return &*found;
  return fail(ErrorCode::usage,
              "expected a method: one of " + listed(kMethods, &Method::name) + "; found '" + std::string(name) + "'",
              "--method");
}

Result<Baseline> baseline_from_name(std::string_view name) {
  if (name == "mask") return Baseline::mask;
  if (name == "pad") return Baseline::pad;
  if (name == "zero") return Baseline::zero;
  return fail(ErrorCode::usage, "expected a baseline: one of mask, pad, zero; found '" + std::string(name) + "'",
              "--baseline");
}

std::vector<float> functional(const Target& target, std::span<const float> logits) {
  const std::size_t classes = logits.size();
  const auto label = static_cast<std::size_t>(target.label == kPredicted ? argmax(logits) : target.label);
  const float mean = 1.0F / static_cast<float>(classes);
  std::vector<float> weights(classes, 0);
  if (target.against == kMean) {
    std::ranges::fill(weights, -mean);
    weights[label] += 1;
  } else if (target.against == kOthers) {
    // Of the others alone: beside a label that leads by far, their share of all classes' softmax is 0.
    std::vector<float> others(logits.begin(), logits.end());
    others[label] = -std::numeric_limits<float>::infinity();
    const std::vector<double> p = softmax(others);
    for (std::size_t c = 0; c < classes; ++c) weights[c] = (1 - mean) * static_cast<float>(-p[c]);
    weights[label] = 1 - mean;
  } else {
    weights[static_cast<std::size_t>(target.against)] -= 1;
    weights[label] += 1;
  }
  return weights;
}

Result<void> set_options(const MethodArguments& arguments, std::span<const Method* const> methods,
                         MethodOptions& options) {
  PELLUCID_TRY(options.baseline, baseline_from_name(arguments.baseline));
  if (options.baseline != Baseline::mask &&
      std::ranges::none_of(methods, [](auto* method) { return method->function == integrated_gradients; })) {
    return fail(ErrorCode::usage, "expected integrated-gradients, which starts from a baseline; leave it out",
                "--baseline");
  }
  options.samples = arguments.samples;
  if (arguments.samples != 0 && std::ranges::all_of(methods, [](auto* method) { return method->samples == 0; })) {
    return fail(ErrorCode::usage, "expected a method that draws samples, found none; leave it out", "--samples");
  }
  if (arguments.steps == 0) return {};
  if (std::ranges::none_of(methods, &Method::takes_steps)) {
    return fail(ErrorCode::usage, "expected attattr or integrated-gradients, found neither; leave it out", "--steps");
  }
  options.steps = options.max_steps = arguments.steps;
  return {};
}

}  // namespace pellucid
