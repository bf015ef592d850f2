// Explanations of all texts, tokenised before. A request is `[single] forward` (prediction alone) or
// `[single] METHOD [COUNT]`, a method of `pellucid explain`; COUNT fixes the steps of integrated-gradients
// and the samples of methods that draw some; single: a call for each text instead of one for all.
#include <limits>
#include <span>
#include <sstream>

#include "../app/short_spins.h"
#include "attribution/method.h"
#include "repetitions.h"
#include "runtime/predict.h"

namespace pellucid::bench {
namespace {

Result<void> explain_texts(const std::string& model, const std::string& file, const std::string& precision) {
  PELLUCID_TRY(const auto classifier, load_classifier(model, {.precision = precision_of(precision)}));
  PELLUCID_TRY(const std::vector<std::string> texts, read_texts(file));
  std::vector<std::vector<std::int32_t>> ids;
  std::vector<Encoding> encodings;
  std::vector<Units> units;
  for (const std::string& text : texts) {
    encodings.push_back(classifier->tokenizer().encode(text, classifier->max_length()));
    units.push_back(units_of(text, encodings.back(), Unit::word));
    ids.push_back(encodings.back().ids);
  }
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < texts.size(); ++i) inputs.push_back({&encodings[i], &units[i], Target{}});

  return repeat([&](const std::string& request) -> Result<nlohmann::json> {
    std::istringstream words(request);
    std::string name;
    words >> name;
    const bool single = name == "single";
    if (single) words >> name;
    const std::size_t together = single ? 1 : texts.size();

    MethodOptions options;
    if (name == "forward") {
      for (std::size_t i = 0; i < ids.size(); i += together) {
        predict(*classifier, std::span(ids).subspan(i, together), options.batch_tokens);
      }
      return nlohmann::json::object();
    }
    if (std::size_t count = 0; words >> count) {
      options.samples = options.steps = options.max_steps = count;
      options.tolerance = std::numeric_limits<double>::infinity();
    }
    PELLUCID_TRY(const Method* method, find_method(name));
    nlohmann::json scores = nlohmann::json::array();  // for the comparison with what another tool gives
    for (std::size_t i = 0; i < inputs.size(); i += together) {
      PELLUCID_TRY(const auto attributions,
                   method->explain(*classifier, std::span(inputs).subspan(i, together), options));
      for (const Attribution& attribution : attributions) scores.push_back(attribution.scores);
    }
    return nlohmann::json{{"scores", std::move(scores)}};
  });
}

}  // namespace
}  // namespace pellucid::bench

int main(int argc, char** argv) {
  pellucid::shorten_spins(argv);
  return pellucid::bench::run_program(argc, argv, pellucid::bench::explain_texts);
}
