#include "attribution/passes.h"

#include <numeric>

#include "runtime/predict.h"

namespace pellucid {

std::vector<Text> texts_of(std::span<const Input> inputs) {
  std::vector<Text> texts;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Input& input = inputs[i];
    if (texts.empty() || texts.back().encoding != input.encoding || texts.back().units != input.units) {
      texts.push_back({input.encoding, input.units, {}});
    }
    texts.back().inputs.push_back(i);
  }
  return texts;
}

std::vector<std::vector<std::size_t>> groups_of(std::span<const Text> texts, std::size_t batch_tokens) {
  std::vector<std::size_t> lengths;
  for (const Text& text : texts) lengths.push_back(text.encoding->ids.size());
  return batches_by_length(lengths, batch_tokens);
}

PackedBatch batch_of(std::span<const Text> texts, std::span<const std::size_t> group) {
  PackedBatch batch;
  for (const std::size_t text : group) batch.add(texts[text].encoding->ids);
  return batch;
}

SplitMix64 random_of(std::uint64_t seed, const Encoding& encoding) {
  return {seed, hash_of(encoding.ids)};
}

double value_of(std::span<const float> functional, std::span<const float> logits) {
  double value = 0;
  for (std::size_t c = 0; c < logits.size(); ++c) value += static_cast<double>(functional[c]) * logits[c];
  return value;
}

Attribution unexplained(const Input& input, std::span<const float> logits, std::size_t targets) {
  Attribution attribution;
  attribution.logits.assign(logits.begin(), logits.end());
  attribution.target = input.target;
  if (attribution.target.label == kPredicted) attribution.target.label = argmax(logits);
  attribution.explained = value_of(functional(attribution.target, logits), logits);
  attribution.scores.assign(input.encoding->ids.size(), 0);
  attribution.forward_equivalents = 1 / static_cast<double>(targets);
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
  const std::vector<Text> texts = texts_of(inputs);
  std::vector<std::vector<std::int32_t>> ids;
  for (const Text& text : texts) ids.push_back(text.encoding->ids);
  const std::vector<float> logits = predict(classifier, ids, options.batch_tokens);
  std::vector<Attribution> results;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const auto own = std::span(logits).subspan(t * classes, classes);
    for (const std::size_t i : texts[t].inputs) {
      results.push_back(unexplained(inputs[i], own, texts[t].inputs.size()));
    }
  }
  return results;
}

std::vector<float> predict_without(Classifier& classifier, const Text& text, std::span<const std::vector<bool>> kept,
                                   const MethodOptions& options) {
  std::vector<std::vector<std::int32_t>> ids;
  for (const std::vector<bool>& keep : kept) {
    ids.push_back(remove_units(*text.encoding, *text.units, keep, options.removal, classifier.tokenizer().specials()));
  }
  return predict(classifier, ids, options.batch_tokens);
}

void set_class_scores(const ClassScores& found, const Text& text, std::span<Attribution> results) {
  const std::size_t classes = found.bias.size();
  for (const std::size_t input : text.inputs) {
    Attribution& result = results[input];
    const std::vector<float> weights = functional(result.target, result.logits);
    const auto value = [&](std::span<const double> of_classes) {
      return std::inner_product(of_classes.begin(), of_classes.end(), weights.begin(), 0.0);
    };
    std::vector<double> scores;
    for (std::size_t u = 0; u < text.units->ranges.size(); ++u) {
      scores.push_back(value(std::span(found.scores).subspan(u * classes, classes)));
    }
    set_scores(result, *text.encoding, spread(*text.units, scores), value(found.bias));
    result.forward_equivalents += found.passes / static_cast<double>(text.inputs.size());
  }
}

}  // namespace pellucid
