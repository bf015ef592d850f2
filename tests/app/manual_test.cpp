// Man pages and completions: every command and every option that --help knows, and shells that can read them.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "program.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
const fs::path kShare = fs::path(PELLUCID_BINARY_DIR) / "share";

std::string read(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// What a command's --help lists.
struct Help {
  std::set<std::string> options, commands;
};

Help help_of(const TemporaryFolder& folder, std::vector<std::string> command) {
  command.emplace_back("--help");
  const Finished done = run(folder, command);
  EXPECT_EQ(done.status, 0) << done.err;
  Help help;
  const std::regex option("^  (?:-[a-z],)?(--[a-z-]+)"), name("^  ([a-z][a-z-]*) ");
  std::istringstream lines(done.out);
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (!line.empty() && line[0] != ' ') section = line;
    if (section == "Options:" && std::regex_search(line, found, option)) help.options.insert(found[1]);
    if (section == "Subcommands:" && std::regex_search(line, found, name)) help.commands.insert(found[1]);
  }
  return help;
}

std::string in_roff(const std::string& option) {
  return std::regex_replace(option, std::regex("-"), "\\-");
}

// What bash offers for the last of `words`.
std::set<std::string> offered_by_bash(const TemporaryFolder& folder, const std::string& words, int last) {
  const std::string script = "source " + (kShare / "bash-completion/completions/pellucid").string() + "; COMP_WORDS=(" +
                             words + "); COMP_CWORD=" + std::to_string(last) +
                             "; _pellucid; printf '%s\\n' \"${COMPREPLY[@]}\"";
  const Finished done = Program(folder, {"--norc", "-c", script}, "", false, "/bin/bash").wait();
  EXPECT_EQ(done.err, "");
  std::set<std::string> offered;
  std::istringstream lines(done.out);
  for (std::string line; std::getline(lines, line);) offered.insert(line);
  return offered;
}

void check_command(const TemporaryFolder& folder, const std::vector<std::string>& command, int& checked) {
  std::string joined = "pellucid";
  for (const std::string& word : command) joined += " " + word;
  SCOPED_TRACE(joined);
  const Help help = help_of(folder, command);
  ASSERT_FALSE(help.options.empty());
  const std::string page = read(kShare / "man/man1" / ("pellucid" + (command.empty() ? "" : "-" + command[0]) + ".1"));
  const std::string zsh = read(kShare / "zsh/vendor-completions/_pellucid");
  const std::string fish = read(kShare / "fish/vendor_completions.d/pellucid.fish");
  const std::size_t in_zsh = zsh.find("    '" + joined + "')\n");
  ASSERT_NE(in_zsh, std::string::npos);
  const std::string of_zsh = zsh.substr(in_zsh, zsh.find(";;", in_zsh) - in_zsh);
  const std::string last = command.empty() ? "" : "__fish_seen_subcommand_from " + command.back();
  const std::set<std::string> bash = offered_by_bash(folder, joined + " -", static_cast<int>(command.size()) + 1);
  for (const std::string& option : help.options) {
    SCOPED_TRACE(option);
    ++checked;
    EXPECT_NE(page.find(in_roff(option) + "\\fR"), std::string::npos);
    EXPECT_TRUE(bash.contains(option));
    EXPECT_TRUE(std::regex_search(of_zsh, std::regex("'\\*?" + option + "[=\\[]")));
    EXPECT_TRUE(std::regex_search(fish, std::regex(last + "[^\\n]* -l " + option.substr(2) + " ")));
  }
  const std::set<std::string> names = offered_by_bash(folder, joined + " ''", static_cast<int>(command.size()) + 1);
  for (const std::string& name : help.commands) {
    EXPECT_TRUE(names.contains(name)) << name;
    EXPECT_NE(fish.find(" -a " + name + " "), std::string::npos) << name;
    std::vector<std::string> next = command;
    next.push_back(name);
    // Training's own commands are known where they are built.
    const bool here = fs::exists(kProgram.parent_path() / "pellucid-train");
    if (!here && (name == "train" || name == "compare" || name == "study")) continue;
    check_command(folder, next, checked);
  }
}

TEST(Manual, HasEveryCommandAndOption) {
  const TemporaryFolder folder;
  int checked = 0;
  check_command(folder, {}, checked);
  EXPECT_GT(checked, 100);
}

TEST(Manual, BashOffersValuesAndLeavesFilesToTheShell) {
  const TemporaryFolder folder;
  EXPECT_EQ(offered_by_bash(folder, "pellucid predict --precision b", 3), (std::set<std::string>{"bf16"}));
  EXPECT_EQ(offered_by_bash(folder, "pellucid record sh", 2), (std::set<std::string>{"show"}));
  EXPECT_EQ(offered_by_bash(folder, "pellucid predict mod", 2), (std::set<std::string>{""}));
}

TEST(Manual, ShellsAndManReadWhatIsThere) {
  const TemporaryFolder folder;
  const auto reads = [&](const char* program, std::vector<std::string> arguments) {
    if (!fs::exists(program)) return;
    const Finished done = Program(folder, std::move(arguments), "", false, program).wait();
    EXPECT_EQ(done.status, 0) << program;
    EXPECT_EQ(done.err, "") << program;
  };
  reads("/usr/bin/zsh", {"-n", (kShare / "zsh/vendor-completions/_pellucid").string()});
  reads("/usr/bin/fish", {"--no-execute", (kShare / "fish/vendor_completions.d/pellucid.fish").string()});
  for (const auto& page : fs::directory_iterator(kShare / "man/man1")) {
    reads("/usr/bin/groff", {"-man", "-ww", "-Kutf8", "-Tutf8", "-z", page.path().string()});
  }
}

}  // namespace
}  // namespace pellucid
