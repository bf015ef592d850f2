// What a study measures of one trained model on one version of the test texts. Kept in the model's folder, called by
// all that decides it: what is there is never measured again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attribution/method.h"
#include "compare/plan.h"
#include "error/error.h"
#include "runtime/classifier.h"
#include "study/test_texts.h"

namespace pellucid::study {

// A text that was explained.
struct MeasuredText {
  std::size_t text = 0;          // its place among the test texts
  std::int32_t label = 0;        // predicted, and explained
  std::vector<ByteRange> units;  // [u] bytes of the unchanged text; empty ranges: nothing of it alone
  std::vector<double> scores;    // [u]
  double comprehensiveness = 0, sufficiency = 0;
  double random = 0;   // the control's comprehensiveness − sufficiency
  double against = 0;  // evidence against the text's own label, as a share of all; where asked for
};

struct Measurement {
  std::string fingerprint;
  std::vector<std::int32_t> predicted = {};  // [N]
  std::vector<MeasuredText> texts = {};      // ascending
  std::string tool = {};                     // that measured, as report/tool.h has it; empty in those from before
};

// Σ |φ| of the units that speak against, φ < 0, by Σ |φ| of all; ½ where nothing speaks.
double share_against(std::span<const double> scores);

struct MeasuringPlan {
  const compare::Plan* plan;
  const Method* method;
  Precision precision;                 // of the classifier
  std::span<const std::int32_t> gold;  // [N] whose evidence against them is measured; empty: not asked for
};

// What the same model and plan gave for other versions of the test texts.
struct Known {
  const TestTexts* test;
  const Measurement* measurement;
};

// Texts that are the same in `known` have what was measured there: few texts have sentences enough to be shuffled.
Result<Measurement> measure(Classifier& classifier, const MeasuringPlan& measuring, const TestTexts& test,
                            const std::optional<Known>& known, bool quiet);

// Of what decides a measurement, beside the model.
std::string fingerprint_of(const MeasuringPlan& measuring, const TestTexts& test);

// Nothing where this was not measured yet.
Result<std::optional<Measurement>> load_measurement(const std::filesystem::path& folder,
                                                    const std::string& fingerprint);
Result<void> save_measurement(const std::filesystem::path& folder, const Measurement& measurement);

}  // namespace pellucid::study
