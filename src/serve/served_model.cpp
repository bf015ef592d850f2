#include "serve/served_model.h"

namespace pellucid {

Result<std::shared_ptr<ServedModel>> load_served_model(const ModelOptions& options) {
  LoadOptions load = options.load;
  load.weights = FileBytes::copied;  // another model may be written over this one while it answers
  PELLUCID_TRY(auto classifier, load_classifier(options.model, load));
  PELLUCID_TRY(ModelIdentity identity, identify(options.model, *classifier));
  PELLUCID_TRY(DecisionRecorder recorder, DecisionRecorder::create(identity, *classifier, options.log_text));
  return std::make_shared<ServedModel>(ServedModel{std::move(classifier), std::move(identity), std::move(recorder)});
}

}  // namespace pellucid
