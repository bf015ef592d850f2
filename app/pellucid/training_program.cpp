// pellucid train …, pellucid compare …, pellucid study …: runs pellucid-train, as git runs its subcommands.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "checkpoint/model_folder.h"
#include "commands.h"
#include "files/system_error.h"
#include "progress/interrupt.h"

namespace pellucid {
namespace {

struct TrainingCommand {
  const char* name;
  const char* summary;
};
constexpr std::array kCommands = {
    TrainingCommand{"train", "Fine-tune a classifier on labelled texts"},
    TrainingCommand{"compare", "Train and test several systems with several seeds on one split"},
    TrainingCommand{"study", "Vary one factor, and see what it does to labels and explanations"}};

std::filesystem::path training_program() {
  std::error_code failure;
  return std::filesystem::read_symlink("/proc/self/exe", failure).parent_path() / "pellucid-train";
}

constexpr const char* kHowToBuild =
    "build it with scripts/setup && scripts/build (a build with --runtime has no training)";

// Returns where it cannot be run, after saying why.
void become_training_program(const std::string& what, char** argv) {
  const std::filesystem::path program = training_program();
  ::execv(program.c_str(), argv);
  if (errno == ENOENT) {
    std::fprintf(stderr, "pellucid: %s needs pellucid-train beside this program, found none at %s; %s\n", what.c_str(),
                 program.c_str(), kHowToBuild);
  } else {
    std::fprintf(stderr, "pellucid: %s: cannot be run: %s\n", program.c_str(), std::strerror(errno));
  }
}

}  // namespace

void add_training_commands(CLI::App& app) {
  for (const TrainingCommand& command : kCommands) app.add_subcommand(command.name, command.summary);
}

bool run_training_program(int argc, char** argv) {
  if (argc < 2) return false;
  bool ours = false;
  for (const TrainingCommand& command : kCommands) ours = ours || std::strcmp(argv[1], command.name) == 0;
  if (!ours) return false;
  become_training_program("'" + std::string(argv[1]) + "'", argv);
  return true;
}

void hand_over_systems(CLI::App& app, char** argv) {
  for (const char* name : {"predict", "explain", "evaluate"}) {
    CLI::App* command = app.get_subcommand(name);
    command->parse_complete_callback([command, argv] {
      const std::string system = system_of(command->get_option("model")->as<std::string>());
      if (system.empty()) return;
      become_training_program("the system \"" + system + "\"", argv);
      std::exit(1);
    });
  }
}

Result<void> run_training(std::vector<std::string> arguments) {
  const std::filesystem::path program = training_program();
  if (!std::filesystem::exists(program)) {
    return fail(ErrorCode::not_found,
                std::string("expected pellucid-train beside this program, found none; ") + kHowToBuild,
                program.string());
  }
  arguments.insert(arguments.begin(), {program.string(), "train", "--parent", std::to_string(::getpid())});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::signal(SIGCHLD, SIG_DFL);  // where our own parent ignores it, we do, too, and no status could be asked for
  const pid_t child = ::fork();
  if (child < 0) return system_failure(errno, program.string(), "to run it");
  if (child == 0) {
    // A group of its own: the terminal's Ctrl-C comes through us, once.
    ::setpgid(0, 0);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    ::execv(argv[0], argv.data());
    std::fprintf(stderr, "pellucid: %s: cannot be run: %s\n", program.c_str(), std::strerror(errno));
    ::_exit(127);
  }
  int status = 0;
  for (bool told = false; ::waitpid(child, &status, WNOHANG) == 0;) {
    if (interrupted() && !std::exchange(told, true)) ::kill(child, SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  PELLUCID_CHECK(check_interrupted("interrupted in training; the same command goes on from there"));
  if (WIFEXITED(status)) {
    const int code = WEXITSTATUS(status);
    return fail(code == 2 ? ErrorCode::usage : code == 130 ? ErrorCode::interrupted : ErrorCode::io, "");
  }
  return fail(ErrorCode::io, "training was ended by signal " + std::to_string(WTERMSIG(status)), program.string());
}

}  // namespace pellucid
