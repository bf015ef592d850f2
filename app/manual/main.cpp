// manual FOLDER: writes pellucid's man pages and completions below FOLDER, laid out as under /usr/share. Run by the
// build.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "../pellucid/commands.h"
#include "../program.h"
#include "command.h"
#include "files/atomic_file.h"
#ifdef PELLUCID_TRAIN
#include "../pellucid-train/commands.h"
#endif

namespace pellucid {
namespace {

Result<void> write(const std::filesystem::path& file, const std::string& text) {
  std::error_code failure;
  std::filesystem::create_directories(file.parent_path(), failure);
  return write_file(file, text);
}

Result<void> write_manual(const std::filesystem::path& folder, const ManualCommand& program) {
  std::vector<std::string> pages = {program.joined("-")};
  for (const ManualCommand& command : program.commands) pages.push_back(command.joined("-"));
  const auto page = [&](const ManualCommand& command) {
    std::vector<std::string> others = pages;
    std::erase(others, command.joined("-"));
    return write(folder / "man/man1" / (command.joined("-") + ".1"), man_page(command, others));
  };
  PELLUCID_CHECK(page(program));
  for (const ManualCommand& command : program.commands) PELLUCID_CHECK(page(command));
  PELLUCID_CHECK(write(folder / "bash-completion/completions/pellucid", bash_completion(program)));
  PELLUCID_CHECK(write(folder / "zsh/vendor-completions/_pellucid", zsh_completion(program)));
  return write(folder / "fish/vendor_completions.d/pellucid.fish", fish_completion(program));
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: manual FOLDER\n");
    return 2;
  }
  CLI::App app(pellucid::kSummary, "pellucid");
  pellucid::add_version(app);
  int status = 0;
#ifdef PELLUCID_TRAIN
  pellucid::add_train(app, status);
  pellucid::add_compare(app, status);
  pellucid::add_study(app, status);
#else
  pellucid::add_training_commands(app);
#endif
  pellucid::add_commands(app, status);
  const auto written = pellucid::write_manual(argv[1], pellucid::read_command(app));
  if (!written) std::fprintf(stderr, "manual: %s\n", describe(written.error()).c_str());
  return written ? 0 : 1;
} catch (const std::exception&) {
  return pellucid::failure();
}
