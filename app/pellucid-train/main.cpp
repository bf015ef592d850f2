// pellucid-train: what needs libtorch, training, comparing and studying systems, and predicting and explaining by those
// other than BERT. `pellucid` runs it from beside itself.
#include <omp.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "../pellucid/commands.h"
#include "../pellucid/usage.h"
#include "../program.h"
#include "../short_spins.h"
#include "commands.h"
#include "config_file.h"
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
  pellucid::check_values(app);
  std::vector<std::string> arguments(argv + 1, argv + argc);
  pellucid::run_command(
      [&]() -> pellucid::Result<void> {
        PELLUCID_TRY(arguments, pellucid::with_config(arguments));
        return {};
      },
      status);
  if (status != 0) return status;
  const int understood = pellucid::parse(app, std::move(arguments));
  return understood == 0 ? status : understood;
} catch (const std::exception&) {
  return pellucid::failure();
}
