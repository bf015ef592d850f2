// The texts of tests/fixtures/captum on a tiny classifier, with the targets that every oracle of a method explains
// (tests/oracles/captum_methods.py).
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "attribution/method.h"
#include "tiny_texts.h"

namespace pellucid {

class OracleTexts {
 public:
  explicit OracleTexts(const std::string& head) : classifier(load_tiny_classifier(head)) {
    std::ifstream file(kFixtures / "captum" / "texts.txt");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    own_ = std::make_unique<TinyInputs>(*classifier, lines);
    texts = own_->inputs();
    const Expected expected("captum");
    const auto labels = expected.operator[]<std::int32_t>("label");
    const auto against = expected.operator[]<std::int32_t>("against");
    if (labels.size() != texts.size()) throw std::runtime_error("captum's texts are not those of texts.txt");
    for (std::size_t t = 0; t < texts.size(); ++t) {
      texts[t].target = {labels[t], against[t] < 0 ? kMean : against[t]};
    }
  }

  std::vector<Attribution> explain(const char* method, const MethodOptions& options = {}) const {
    return unwrap(unwrap(find_method(method))->explain(*classifier, texts, options));
  }

  std::unique_ptr<Classifier> classifier;
  std::vector<Input> texts;

 private:
  std::unique_ptr<TinyInputs> own_;
};

}  // namespace pellucid
