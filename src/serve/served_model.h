// One loaded model, with what requests need to know of it. Requests keep the one that they began with while another
// takes its place.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "record/decision.h"
#include "runtime/classifier.h"

namespace pellucid {

struct ModelOptions {
  std::string model = {};  // a folder, or a bundled name
  LoadOptions load = {};
  LogText log_text = LogText::full;
};

struct ServedModel {
  std::unique_ptr<Classifier> classifier;  // computes in the engine's thread alone; tokenizer and labels are for all
  ModelIdentity identity;
  DecisionRecorder recorder;
};

Result<std::shared_ptr<ServedModel>> load_served_model(const ModelOptions& options);

}  // namespace pellucid
