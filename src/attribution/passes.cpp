#include "attribution/passes.h"

#include <numeric>

#include "runtime/predict.h"

namespace pellucid {

std::vector<std::vector<std::size_t>> groups_of(std::span<const Input> inputs, std::size_t batch_tokens) {
  std::vector<std::size_t> lengths;
  for (const Input& input : inputs) lengths.push_back(input.encoding->ids.size());
  return batches_by_length(lengths, batch_tokens);
}

PackedBatch batch_of(std::span<const Input> inputs, std::span<const std::size_t> group) {
  PackedBatch batch;
  for (const std::size_t input : group) batch.add(inputs[input].encoding->ids);
  return batch;
}

SplitMix64 random_of(std::uint64_t seed, const Encoding& encoding) {
  std::uint64_t text = 0xCBF29CE484222325;  // FNV-1a of the ids
  for (const std::int32_t id : encoding.ids) text = (text ^ static_cast<std::uint32_t>(id)) * 0x100000001B3;
  return {seed, text};
}

double value_of(std::span<const float> functional, std::span<const float> logits) {
  double value = 0;
  for (std::size_t c = 0; c < logits.size(); ++c) value += static_cast<double>(functional[c]) * logits[c];
  return value;
}

Attribution unexplained(const Input& input, std::span<const float> logits) {
  Attribution attribution;
  attribution.logits.assign(logits.begin(), logits.end());
  attribution.target = input.target;
  if (attribution.target.label == kPredicted) attribution.target.label = argmax(logits);
  attribution.explained = value_of(functional(attribution.target, logits), logits);
  attribution.scores.assign(input.encoding->ids.size(), 0);
  attribution.forward_equivalents = 1;
  return attribution;
}

void set_scores(Attribution& attribution, const Encoding& encoding, std::span<const double> scores, double bias) {
  attribution.bias = bias;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (encoding.words[i] == kNoWord) {
      attribution.special += scores[i];
    } else {
      attribution.scores[i] = scores[i];
    }
  }
  attribution.bias += attribution.special;
  attribution.residual = attribution.explained - attribution.bias -
                         std::accumulate(attribution.scores.begin(), attribution.scores.end(), 0.0);
}

std::vector<double> spread(const Units& units, std::span<const double> unit_scores) {
  std::vector<double> pieces(unit_scores.size());
  for (const std::int32_t unit : units.unit_of) {
    if (unit >= 0) ++pieces[static_cast<std::size_t>(unit)];
  }
  std::vector<double> scores;
  for (const std::int32_t unit : units.unit_of) {
    const auto u = static_cast<std::size_t>(unit);
    scores.push_back(unit < 0 ? 0 : unit_scores[u] / pieces[u]);
  }
  return scores;
}

std::vector<Attribution> predictions(Classifier& classifier, std::span<const Input> inputs,
                                     const MethodOptions& options) {
  const std::size_t classes = classifier.labels().size();
  std::vector<std::vector<std::int32_t>> texts;
  for (const Input& input : inputs) texts.push_back(input.encoding->ids);
  const std::vector<float> logits = predict(classifier, texts, options.batch_tokens);
  std::vector<Attribution> results;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    results.push_back(unexplained(inputs[i], std::span(logits).subspan(i * classes, classes)));
  }
  return results;
}

}  // namespace pellucid
