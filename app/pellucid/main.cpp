// pellucid: predicts, explains, evaluates; without libtorch. Commands that train, and systems that need libtorch, are
// handed to pellucid-train.
#include <CLI/CLI.hpp>

#include <exception>

#include "../program.h"
#include "../short_spins.h"
#include "commands.h"
#include "progress/interrupt.h"

int main(int argc, char** argv) try {
  pellucid::shorten_spins(argv);
  if (pellucid::run_training_program(argc, argv)) return 1;
  pellucid::catch_interrupts();
  pellucid::catch_out_of_memory();
  CLI::App app(pellucid::kSummary, "pellucid");
  pellucid::add_version(app);
  app.require_subcommand(1);
  int status = 0;
  pellucid::add_training_commands(app);
  pellucid::add_commands(app, status);
  pellucid::hand_over_systems(app, argv);
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
