// Explanations of all texts, tokenised before. A request is `forward` (prediction alone) or
// `METHOD [STEPS]`, a method of `pellucid explain`; STEPS fixes those of integrated-gradients.
#include <limits>
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
    MethodOptions options;
    if (request == "forward") {
      predict(*classifier, ids, options.batch_tokens);
      return nlohmann::json::object();
    }
    std::istringstream words(request);
    std::string name;
    words >> name;
    if (std::size_t steps = 0; words >> steps) {
      options.steps = options.max_steps = steps;
      options.tolerance = std::numeric_limits<double>::infinity();
    }
    PELLUCID_TRY(const Method* method, find_method(name));
    PELLUCID_TRY(const auto attributions, method->explain(*classifier, inputs, options));
    // The scores of the first text, for the comparison with what another tool gives.
    return nlohmann::json{{"first_scores", attributions.front().scores}};
  });
}

}  // namespace
}  // namespace pellucid::bench

int main(int argc, char** argv) {
  pellucid::shorten_spins(argv);
  return pellucid::bench::run_program(argc, argv, pellucid::bench::explain_texts);
}
