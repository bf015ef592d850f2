#include "report/explanation.h"

#include <nlohmann/json.hpp>

#include "kernels/precision.h"
#include "version/version.h"

namespace pellucid {
namespace {

using nlohmann::ordered_json;

ordered_json by_class(const std::vector<std::string>& classes, const std::vector<double>& values) {
  ordered_json object = ordered_json::object();
  for (std::size_t c = 0; c < classes.size(); ++c) object[classes[c]] = values[c];
  return object;
}

ordered_json quality_of(const Quality& quality) {
  const auto number = [](const std::optional<double>& value) { return value ? ordered_json(*value) : ordered_json(); };
  return {{"comprehensiveness", quality.comprehensiveness},
          {"sufficiency", quality.sufficiency},
          {"random_percentile", number(quality.random_percentile)},
          {"completeness_error", number(quality.completeness_error)},
          {"agreement", number(quality.agreement)},
          {"verdict", name_of(quality.verdict)},
          {"removal", name_of(quality.removal)}};
}

}  // namespace

Explanation make_explanation(std::string id, std::string text, const Encoding& encoding, const Attribution& attribution,
                             const Method& method, Unit unit, const Classifier& classifier) {
  const LabelSet& labels = classifier.labels();
  Explanation explanation;
  explanation.id = std::move(id);
  explanation.text = std::move(text);
  explanation.label = labels.name(static_cast<std::size_t>(argmax(attribution.logits)));
  explanation.classes = labels.names();
  explanation.probabilities = softmax(attribution.logits);
  explanation.logits.assign(attribution.logits.begin(), attribution.logits.end());
  explanation.method = method.name;
  explanation.complete = method.complete;
  explanation.has_signs = method.has_signs;
  explanation.target = labels.name(static_cast<std::size_t>(attribution.target.label));
  if (attribution.target.against != kMean) {
    explanation.against = labels.name(static_cast<std::size_t>(attribution.target.against));
  }
  explanation.unit = unit;
  const Units units = units_of(explanation.text, encoding, unit);
  const std::vector<double> scores = unit_scores(units, attribution.scores);
  for (std::size_t u = 0; u < units.ranges.size(); ++u) explanation.units.push_back({units.ranges[u], scores[u]});
  explanation.explained = attribution.explained;
  explanation.bias = attribution.bias;
  explanation.special = attribution.special;
  explanation.residual = attribution.residual;
  explanation.dropped_pieces = encoding.dropped;
  explanation.precision = name_of(classifier.precision());
  explanation.weights_sha256 = classifier.weights_sha256();
  explanation.version = version();
  explanation.forward_equivalents = attribution.forward_equivalents;
  return explanation;
}

std::string to_json(const Explanation& explanation) {
  ordered_json units = ordered_json::array();
  for (const ExplainedUnit& unit : explanation.units) {
    units.push_back({{"begin", unit.range.begin}, {"end", unit.range.end}, {"score", unit.score}});
  }
  ordered_json object = {{"schema", "pellucid.explanation/1"},
                         {"id", explanation.id},
                         {"text", explanation.text},
                         {"label", explanation.label}};
  if (explanation.gold) object["gold"] = *explanation.gold;
  object["probability"] = by_class(explanation.classes, explanation.probabilities);
  object["logit"] = by_class(explanation.classes, explanation.logits);
  object["method"] = explanation.method;
  object["complete"] = explanation.complete;
  object["has_signs"] = explanation.has_signs;
  object["target"] = explanation.target;
  object["against"] = explanation.against ? ordered_json(*explanation.against) : ordered_json();
  object["unit"] = name_of(explanation.unit);
  object["units"] = std::move(units);
  object["explained"] = explanation.explained;
  object["bias"] = explanation.bias;
  object["special"] = explanation.special;
  object["residual"] = explanation.residual;
  if (explanation.quality) object["quality"] = quality_of(*explanation.quality);
  object["truncated_pieces"] = explanation.dropped_pieces;
  if (explanation.windows > 1) object["windows"] = explanation.windows;
  object["precision"] = explanation.precision;
  object["model"] = {{"sha256", explanation.weights_sha256}};
  object["tool"] = {{"version", explanation.version}};
  object["cost"] = {{"seconds", explanation.seconds}, {"forward_equivalents", explanation.forward_equivalents}};
  // JSON is UTF-8: what is broken in the text becomes U+FFFD here. Byte offsets refer to the text as it
  // was given; in `text` they hold where it was valid UTF-8, as data files are read.
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace pellucid
