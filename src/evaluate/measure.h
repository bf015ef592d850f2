// Measures of explanations: one file each, one interface, one registry that the command line, its help and
// the documentation list from. measures.md section 3; what each can and cannot show: docs/measures.md.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attribution/method.h"
#include "error/error.h"
#include "evaluate/bins.h"
#include "evaluate/chain_limits.h"
#include "evaluate/predictions.h"
#include "evaluate/ranking.h"
#include "evaluate/standings.h"
#include "runtime/classifier.h"

namespace pellucid {

inline constexpr std::string_view kControlMethod = "random";                   // the zero line of every measure
inline constexpr std::string_view kRandomisation = "parameter-randomisation";  // needs a folder of an encoder

struct MeasureOptions {
  Bins bins = Bins::deciles;
  MethodOptions method;  // how methods explain; its removal and seed are the measures' too
  std::string model;     // name or folder that the classifier was loaded from: parameter randomisation
  // Explains in place of the classifier that is measured: the same model in another precision. Null: that one itself.
  Classifier* explainer = nullptr;
};

struct AopcLimits {
  ChainLimits comprehensiveness, sufficiency;
};

// Texts that are measured together, and how each method ranks their units for the predicted class.
struct Scene {
  Classifier& classifier;                          // predicts
  Classifier& explainer;                           // explains; most often the same
  std::span<const Method* const> methods;          // [m]
  std::vector<std::span<const Ranking>> rankings;  // [m][n], the same texts for each method
  Predictions& predictions;                        // shared by all methods and measures
  const MeasureOptions& options;
  std::vector<AopcLimits> aopc_limits = {};  // [n], left by the first measure that needs them
};

using Values = std::vector<std::vector<double>>;  // [m][n]

struct Measured {
  Values values;
  // Where the value is a mean of parts that are worth a look: parameter randomisation, layer by layer.
  std::vector<std::pair<std::string, Values>> parts = {};
};

struct Measure {
  std::string_view name;
  std::string_view summary;  // a line for --help
  std::string_view source;   // the paper
  Better better;
  Result<Measured> (*measure)(Scene& scene);
};

std::span<const Measure> measures();
Result<const Measure*> find_measure(std::string_view name);  // unknown: the error lists the names

inline constexpr std::string_view kDefaultMeasures[] = {"comprehensiveness", "sufficiency", "difference"};
inline constexpr std::string_view kDefaultSort = "difference";

}  // namespace pellucid
