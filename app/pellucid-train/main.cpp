// pellucid-train: what needs libtorch, training, comparing and studying systems, and predicting and explaining by those
// other than BERT. `pellucid` runs it from beside itself.
#include <omp.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "../pellucid/commands.h"
#include "../program.h"
#include "../short_spins.h"
#include "commands.h"
#include "progress/interrupt.h"
#include "train/tensor_memory.h"
#include "train/threads.h"
#include "train/trained_classifier.h"

namespace {

pellucid::Result<std::unique_ptr<pellucid::Classifier>> load(const std::string& model,
                                                             const pellucid::LoadOptions& options) {
  PELLUCID_CHECK(pellucid::train::use_threads(omp_get_max_threads()));  // libtorch counts its own
  return pellucid::train::load_trained(model, options);
}

}  // namespace

int main(int argc, char** argv) try {
  pellucid::shorten_spins(argv);
  pellucid::catch_interrupts();
  pellucid::catch_out_of_memory();
  pellucid::train::use_malloc_for_tensors();
  CLI::App app("Trains pellucid's classifiers, and runs those that need libtorch.", "pellucid");
  pellucid::add_version(app);
  app.require_subcommand(1);
  int status = 0;
  pellucid::add_train(app, status);
  pellucid::add_compare(app, status);
  pellucid::add_study(app, status);
  pellucid::add_predict(app, status, load);
  pellucid::add_explain(app, status, load);
  pellucid::add_evaluate(app, status, load);
  pellucid::refuse_not_finite(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return status;
} catch (const std::exception&) {
  return pellucid::failure();
}
