// Explaining methods: one file each, one interface, one registry that the command line, its help and
// the documentation list from. measures.md section 2.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attribution/units.h"
#include "error/error.h"
#include "runtime/classifier.h"
#include "text/tokenizer.h"

namespace pellucid {

inline constexpr std::int32_t kPredicted = -1;  // the class that the model predicts
inline constexpr std::int32_t kMean = -1;       // against the mean of all classes: what softmax sees
// Against the other classes, each by the share of their probability that it has in the pass at hand: the direction in
// which the log-odds of the label grow. Without scale, as against the mean where the others are equally probable.
inline constexpr std::int32_t kOthers = -2;

// What is explained: z_label − mean_c z_c, or z_label − z_against. Never the gold label by default.
struct Target {
  std::int32_t label = kPredicted;
  std::int32_t against = kMean;
};

// The functional's weights over the classes, `label` resolved by `logits` if kPredicted. [C]
std::vector<float> functional(const Target& target, std::span<const float> logits);

// One text explained. Σ scores + bias + residual = explained for methods with `complete`.
struct Attribution {
  std::vector<float> logits;       // [C] of the unchanged text
  Target target;                   // label resolved: never kPredicted
  std::vector<double> scores;      // [n] a piece each, logits; special tokens hold 0
  double special = 0;              // what the method gives to special tokens; part of `bias`
  double bias = 0;                 // not owed to any word: biases, special tokens, the baseline
  double explained = 0;            // the functional's value
  double residual = 0;             // explained − (Σ scores + bias); rounding for complete methods
  double forward_equivalents = 0;  // cost, a backward pass counted as one forward; what targets share, divided
};

// One text to be explained for one target. Methods that remove parts of a text remove whole units. Inputs
// next to each other with the same encoding and units are one text with several targets: forward
// passes and predictions are made once for all of them.
struct Input {
  const Encoding* encoding = nullptr;
  const Units* units = nullptr;
  Target target;
};

// What stands for "no word" at the start of integrated gradients' way: [MASK]s, [PAD]s, zero vectors.
enum class Baseline { mask, pad, zero };
Result<Baseline> baseline_from_name(std::string_view name);

struct MethodOptions {
  std::uint64_t seed = 0;
  Removal removal = Removal::mask;
  std::size_t batch_tokens = 2048;  // tokens that share a forward pass
  std::size_t samples = 0;          // of methods that draw some; 0: the method's own number
  std::size_t steps = 20;           // attattr; integrated-gradients: to begin with
  Baseline baseline = Baseline::mask;
  double tolerance = 0.02;      // integrated-gradients: more steps until |residual| <= tolerance, logits
  std::size_t max_steps = 540;  // the same as `steps`: exactly those
};

// Those of them that people name, as they name them.
struct MethodArguments {
  std::size_t samples = 0, steps = 0;  // 0: the method's own
  std::string baseline = "mask";
};

// Explains texts of one call together, in packed batches; a result does not depend on the company.
using MethodFunction = Result<std::vector<Attribution>> (*)(Classifier&, std::span<const Input>, const MethodOptions&);

struct Method {
  std::string_view name;
  std::string_view summary;  // definition and cost, a line for --help
  std::string_view source;   // the paper
  bool complete;             // the contract Σ scores + bias = explained, up to the residual
  MethodFunction function;
  bool (*applies)(const Classifier&) = [](const Classifier&) { return true; };
  std::size_t samples = 0;   // what MethodOptions::samples = 0 stands for; 0: the method draws none
  bool takes_steps = false;  // looks at MethodOptions::steps
  bool seeded = false;       // looks at MethodOptions::seed
  bool has_signs = true;     // a score says whether the unit speaks for the target or against it, not only how much

  // Refuses, and says which methods apply, where this one does not.
  Result<void> check_applies(const Classifier& classifier) const;
  Result<std::vector<Attribution>> explain(Classifier& classifier, std::span<const Input> inputs,
                                           const MethodOptions& options) const;
};

std::span<const Method> methods();
std::vector<const Method*> methods_for(const Classifier& classifier);  // those that apply
Result<const Method*> find_method(std::string_view name);              // unknown: the error lists the names

// Sets `options`; one that none of the methods looks at is an error.
Result<void> set_options(const MethodArguments& arguments, std::span<const Method* const> methods,
                         MethodOptions& options);

// Of single explanations, which should add up, and of evaluations and their pages, which should be faithful: the
// cheapest of those that measure best (docs/methods.md). Where they do not apply: integrated-gradients.
inline constexpr std::string_view kDefaultMethod = "decomposition";
inline constexpr std::string_view kReportMethod = "expected-decomposition";
const Method& default_method(const Classifier& classifier);
const Method& report_method(const Classifier& classifier);

}  // namespace pellucid
