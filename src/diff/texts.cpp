#include "diff/texts.h"

#include <algorithm>

#include "runtime/predict.h"

namespace pellucid {
namespace {

constexpr std::size_t kTogether = 1024;  // texts predicted between two reports of progress
constexpr std::size_t kBatchTokens = 4096;

Result<std::vector<ModelPrediction>> predict_with(const ComparedModel& model, std::span<const DiffText> texts,
                                                  std::string_view what, const DiffProgress& progress) {
  Classifier& classifier = *model.classifier;
  const std::size_t classes = model.own.size();
  std::vector<ModelPrediction> predictions;
  for (std::size_t first = 0; first < texts.size(); first += kTogether) {
    const auto chunk = texts.subspan(first, std::min(kTogether, texts.size() - first));
    std::vector<std::vector<std::int32_t>> ids;
    for (const DiffText& text : chunk) {
      Encoding encoding = classifier.tokenizer().encode(text.example.text, classifier.max_length());
      predictions.push_back({.dropped = encoding.dropped});
      ids.push_back(std::move(encoding.ids));
    }
    const std::vector<float> logits = predict(classifier, ids, kBatchTokens);
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      const auto own = std::span(logits).subspan(i * classes, classes);
      PELLUCID_CHECK(check_finite(own, "text " + chunk[i].example.id));
      std::vector<float> z;  // in A's order of the labels
      for (const std::int32_t label : model.own) z.push_back(own[static_cast<std::size_t>(label)]);
      predictions[first + i].label = argmax(z);
      predictions[first + i].probabilities = softmax(z);
    }
    if (progress && !progress(what, first + chunk.size(), texts.size())) {
      return fail(ErrorCode::interrupted, "interrupted; run the command again");
    }
  }
  return predictions;
}

}  // namespace

Result<std::vector<DiffText>> predict_with_both(const ComparedModels& models, std::vector<Example> examples,
                                                const DiffProgress& progress) {
  const LabelSet& labels = models.a.classifier->labels();
  std::vector<DiffText> texts;
  for (Example& example : examples) {
    DiffText text{.example = std::move(example)};
    if (text.example.label) {
      text.gold = labels.index(*text.example.label);
      if (!text.gold) {
        return fail(ErrorCode::format, "expected one of the models' labels, found '" + *text.example.label + "'",
                    "text " + text.example.id);
      }
    }
    texts.push_back(std::move(text));
  }
  PELLUCID_TRY(std::vector<ModelPrediction> a, predict_with(models.a, texts, "predicting with A", progress));
  PELLUCID_TRY(std::vector<ModelPrediction> b, predict_with(models.b, texts, "predicting with B", progress));
  for (std::size_t t = 0; t < texts.size(); ++t) {
    texts[t].a = std::move(a[t]);
    texts[t].b = std::move(b[t]);
  }
  return texts;
}

}  // namespace pellucid
