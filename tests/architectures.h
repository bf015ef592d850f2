// The tiny models of tests/oracles/encoders.py, one of each architecture beside BERT.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "tiny_model.h"

namespace pellucid {

// Folders of tests/fixtures/encoders; "xlm-roberta" is roberta's under another name.
inline const std::string kArchitectures[] = {"deberta-v2", "deberta-v2-positions", "distilbert", "electra",
                                             "modernbert", "modernbert-biases",    "mpnet",      "roberta",
                                             "xlm-roberta"};

inline std::string fixture_of(const std::string& architecture) {
  return "encoders/" + (architecture == "xlm-roberta" ? "roberta" : architecture);
}

// The sequence classifier as transformers saved it, in `folder` for an architecture that has no fixture of its own.
inline std::filesystem::path plain_classifier(const std::string& architecture, const TemporaryFolder& folder) {
  std::filesystem::path fixture = kFixtures / fixture_of(architecture);
  if (architecture != "xlm-roberta") return fixture;
  using Copy = std::filesystem::copy_options;
  std::filesystem::copy(fixture, folder / "plain", Copy::recursive | Copy::overwrite_existing);
  std::stringstream text;
  text << std::ifstream(fixture / "config.json").rdbuf();
  std::string config = text.str();
  for (const auto& [from, to] : {std::pair{"\"roberta\"", "\"xlm-roberta\""}, {"\"Roberta", "\"XLMRoberta"}}) {
    config.replace(config.find(from), std::strlen(from), to);
  }
  std::filesystem::remove(folder / "plain/config.json");
  std::ofstream(folder / "plain/config.json") << config;
  return folder / "plain";
}

// Its encoder with our head, as `pellucid train` would save it.
inline std::filesystem::path our_classifier(const std::string& architecture, Adjust adjust,
                                            const TemporaryFolder& folder) {
  const ModelFolder plain = unwrap(open_model_folder(plain_classifier(architecture, folder).string()));
  const SafetensorsFile encoder = unwrap(SafetensorsFile::open(plain.path / "model.safetensors"));
  const SafetensorsFile head = unwrap(SafetensorsFile::open(kFixtures / "encoders/head.safetensors"));
  std::map<std::string, TensorView> tensors = encoder.tensors();
  tensors.insert(head.tensors().begin(), head.tensors().end());
  std::filesystem::create_directories(folder / "ours");
  unwrap(write_safetensors(folder / "ours/model.safetensors", tensors));
  unwrap(write_model_description(folder / "ours", plain, {adjust, tiny_labels()}, plain.max_length, "{}"));
  return folder / "ours";
}

// The names of tests that are parametrised by one.
inline std::string test_name(std::string architecture) {
  std::erase(architecture, '-');
  return architecture;
}

}  // namespace pellucid
