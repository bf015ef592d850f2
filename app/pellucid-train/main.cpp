// pellucid-train: the commands that need libtorch. `pellucid train …` and the like run it from beside itself.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

#include "../short_spins.h"
#include "commands.h"
#include "progress/interrupt.h"
#include "version/version.h"

int main(int argc, char** argv) try {
  pellucid::shorten_spins(argv);
  pellucid::catch_interrupts();
  CLI::App app("Trains pellucid's classifiers.", "pellucid");
  app.set_version_flag("--version", "pellucid " + std::string(pellucid::version()));
  app.require_subcommand(1);
  int status = 0;
  pellucid::add_train(app, status);
  pellucid::add_compare(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return status;
} catch (const std::exception& bug) {  // Errors are values; what is thrown is a bug, or memory that ran out.
  std::fprintf(stderr, "pellucid: %s\n", bug.what());
  return 1;
}
