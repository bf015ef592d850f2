#include "diff/texts.h"

#include "runtime/predict.h"

namespace pellucid {
namespace {

Result<std::vector<ModelPrediction>> predict_with(const ComparedModel& model, std::span<const Example> examples,
                                                  std::string_view what, const DiffProgress& progress) {
  const std::size_t classes = model.own.size();
  std::size_t done = 0;
  PELLUCID_TRY(const TextPredictions found, predict_examples(*model.classifier, examples, [&](std::size_t count) {
                 done += count;
                 return !progress || progress(what, done, examples.size());
               }));
  std::vector<ModelPrediction> predictions;
  for (std::size_t t = 0; t < examples.size(); ++t) {
    std::vector<float> z;  // in A's order of the labels
    for (const std::int32_t label : model.own) z.push_back(found.logits[t * classes + static_cast<std::size_t>(label)]);
    predictions.push_back({.label = argmax(z), .probabilities = softmax(z), .dropped = found.dropped[t]});
  }
  return predictions;
}

}  // namespace

Result<std::vector<DiffText>> predict_with_both(const ComparedModels& models, std::vector<Example> examples,
                                                const DiffProgress& progress) {
  const LabelSet& labels = models.a.classifier->labels();
  std::vector<std::optional<std::int32_t>> gold(examples.size());
  for (std::size_t t = 0; t < examples.size(); ++t) {
    const Example& example = examples[t];
    if (!example.label) continue;
    gold[t] = labels.index(*example.label);
    if (!gold[t]) {
      return fail(ErrorCode::format, "expected one of the models' labels, found '" + *example.label + "'",
                  "text " + example.id);
    }
  }
  PELLUCID_TRY(std::vector<ModelPrediction> a, predict_with(models.a, examples, "predicting with A", progress));
  PELLUCID_TRY(std::vector<ModelPrediction> b, predict_with(models.b, examples, "predicting with B", progress));
  std::vector<DiffText> texts;
  for (std::size_t t = 0; t < examples.size(); ++t) {
    texts.push_back({.example = std::move(examples[t]), .gold = gold[t], .a = std::move(a[t]), .b = std::move(b[t])});
  }
  return texts;
}

}  // namespace pellucid
