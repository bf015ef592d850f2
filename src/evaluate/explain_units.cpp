#include "evaluate/explain_units.h"

namespace pellucid {

Result<std::vector<std::vector<double>>> explain_units(const Method& method, Classifier& classifier,
                                                       std::span<const Ranking> texts, const MethodOptions& options) {
  std::vector<Input> inputs;
  for (const Ranking& text : texts) inputs.push_back({text.encoding, text.units, {.label = text.label}});
  PELLUCID_TRY(const std::vector<Attribution> found, method.explain(classifier, inputs, options));
  std::vector<std::vector<double>> scores;
  for (std::size_t t = 0; t < texts.size(); ++t) scores.push_back(unit_scores(*texts[t].units, found[t].scores));
  return scores;
}

}  // namespace pellucid
