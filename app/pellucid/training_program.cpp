// pellucid train …: runs pellucid-train, as git runs its subcommands.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "commands.h"

namespace pellucid {
namespace {

struct TrainingCommand {
  const char* name;
  const char* summary;
};
constexpr std::array kCommands = {TrainingCommand{"train", "Fine-tune a classifier on labelled texts"}};

}  // namespace

void add_training_commands(CLI::App& app) {
  for (const TrainingCommand& command : kCommands) app.add_subcommand(command.name, command.summary);
}

bool run_training_program(int argc, char** argv) {
  if (argc < 2) return false;
  bool ours = false;
  for (const TrainingCommand& command : kCommands) ours = ours || std::strcmp(argv[1], command.name) == 0;
  if (!ours) return false;
  std::error_code failure;
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe", failure).parent_path() / "pellucid-train";
  ::execv(program.c_str(), argv);
  if (errno == ENOENT) {
    std::fprintf(stderr,
                 "pellucid: '%s' needs pellucid-train beside this program, found none at %s; build it with "
                 "scripts/setup && scripts/build (a build with --runtime has no training)\n",
                 argv[1], program.c_str());
  } else {
    std::fprintf(stderr, "pellucid: %s: cannot be run: %s\n", program.c_str(), std::strerror(errno));
  }
  return true;
}

}  // namespace pellucid
