#include "report/prediction.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "attribution/windows.h"

namespace pellucid {

Result<std::vector<Prediction>> predict_texts(Classifier& classifier, std::span<const std::string> ids,
                                              std::span<const Encoding> texts, std::size_t batch_tokens) {
  const LabelSet& labels = classifier.labels();
  const std::vector<float> logits = predict_in_windows(classifier, texts, batch_tokens);
  std::vector<Prediction> predictions(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto own = std::span(logits).subspan(i * labels.size(), labels.size());
    PELLUCID_CHECK(check_finite(own, "text " + ids[i]));
    Prediction& prediction = predictions[i];
    prediction.id = ids[i];
    prediction.label = labels.name(static_cast<std::size_t>(argmax(own)));
    prediction.classes = labels.names();
    prediction.logits.assign(own.begin(), own.end());
    prediction.probabilities = softmax(own);
    std::vector<double> sorted = prediction.probabilities;
    std::ranges::sort(sorted, std::greater());
    prediction.margin = sorted[0] - sorted[1];
    prediction.dropped_pieces = texts[i].dropped;
    prediction.windows = windows_of(texts[i], classifier.max_length()).size();
  }
  return predictions;
}

std::string to_json(const Prediction& prediction) {
  nlohmann::ordered_json probability;
  for (std::size_t c = 0; c < prediction.classes.size(); ++c)
    probability[prediction.classes[c]] = prediction.probabilities[c];
  nlohmann::ordered_json json = {{"schema", "pellucid.prediction/1"},
                                 {"id", prediction.id},
                                 {"label", prediction.label},
                                 {"probability", probability},
                                 {"margin", prediction.margin}};
  if (prediction.dropped_pieces > 0) json["truncated_pieces"] = prediction.dropped_pieces;
  if (prediction.windows > 1) json["windows"] = prediction.windows;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace pellucid
