// Prediction as `pellucid predict` does it, without reading and writing files. A repetition, whatever
// the request: all texts tokenised and predicted.
#include "runtime/predict.h"
#include "../app/short_spins.h"

#include "repetitions.h"

namespace pellucid::bench {
namespace {

constexpr std::size_t kChunkTexts = 1024;  // both as the command has them
constexpr std::size_t kBatchTokens = 4096;

Result<void> predict_texts(const std::string& model, const std::string& file, const std::string& precision) {
  PELLUCID_TRY(const auto classifier, load_classifier(model, {.precision = precision_of(precision)}));
  PELLUCID_TRY(const std::vector<std::string> texts, read_texts(file));
  return repeat([&](const std::string&) -> Result<nlohmann::json> {
    std::vector<std::int32_t> labels;
    std::size_t pieces = 0;
    for (std::size_t first = 0; first < texts.size(); first += kChunkTexts) {
      std::vector<std::vector<std::int32_t>> ids;
      for (std::size_t i = first; i < std::min(texts.size(), first + kChunkTexts); ++i) {
        ids.push_back(classifier->tokenizer().encode(texts[i], classifier->max_length()).ids);
        pieces += ids.back().size();
      }
      const std::vector<float> logits = predict(*classifier, ids, kBatchTokens);
      const std::size_t classes = classifier->labels().size();
      for (std::size_t i = 0; i < ids.size(); ++i) {
        labels.push_back(argmax(std::span(logits).subspan(i * classes, classes)));
      }
    }
    return nlohmann::json{{"pieces", pieces}, {"labels", labels}};
  });
}

}  // namespace
}  // namespace pellucid::bench

int main(int argc, char** argv) {
  pellucid::shorten_spins(argv);
  return pellucid::bench::run_program(argc, argv, pellucid::bench::predict_texts);
}
