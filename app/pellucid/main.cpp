// pellucid: predicts, explains, evaluates; without libtorch. Commands that train, and systems that need libtorch, are
// handed to pellucid-train.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <new>

#include "../short_spins.h"
#include "commands.h"
#include "kernels/precision.h"
#include "progress/interrupt.h"
#include "report/tool.h"

int main(int argc, char** argv) try {
  pellucid::shorten_spins(argv);
  if (pellucid::run_training_program(argc, argv)) return 1;
  pellucid::catch_interrupts();
  CLI::App app("Text classifiers that show their evidence.", "pellucid");
  app.set_version_flag("--version",
                       [] { return "pellucid " + text_of(pellucid::this_tool()) + ", " + pellucid::platform(); });
  app.require_subcommand(1);
  int status = 0;
  pellucid::add_training_commands(app);
  pellucid::add_predict(app, status);
  pellucid::add_explain(app, status);
  pellucid::add_evaluate(app, status);
  pellucid::add_audit(app, status);
  pellucid::add_diff(app, status);
  pellucid::add_plausibility(app, status);
  pellucid::add_serve(app, status);
  pellucid::add_record(app, status);
  pellucid::add_planted(app, status);
  pellucid::add_results(app, status);
  pellucid::hand_over_systems(app, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return status;
} catch (const std::bad_alloc&) {
  std::fprintf(stderr,
               "pellucid: expected more memory, found that the system gives none; a smaller --batch-tokens or "
               "fewer --threads need less\n");
  return 1;
} catch (const std::exception& bug) {  // Errors are values; what is thrown is a bug.
  std::fprintf(stderr, "pellucid: %s\n", bug.what());
  return 1;
}
