// pellucid: predicts, explains, evaluates; without libtorch. Commands that train, and systems that need libtorch, are
// handed to pellucid-train.
#include <CLI/CLI.hpp>

#include <exception>

#include "../program.h"
#include "../short_spins.h"
#include "commands.h"
#include "progress/interrupt.h"
#include "usage.h"

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
  pellucid::check_values(app);
  const int understood = pellucid::parse(app, {argv + 1, argv + argc});
  return understood == 0 ? status : understood;
} catch (const std::exception&) {
  return pellucid::failure();
}
