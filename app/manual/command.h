// What man pages and completions say of a command, as its CLI11 definition has it.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace pellucid {

struct ManualOption {
  std::vector<std::string> names;  // "-h", "--help"; empty for a positional argument
  std::string name;                // of the positional argument, or what names the value: "TEXT"
  std::string summary;
  std::string otherwise;             // the default; empty for none
  std::vector<std::string> choices;  // all values that it takes, where they are few
  bool takes_value = true;
  bool required = false;
  bool repeated = false;
};

struct ManualCommand {
  std::vector<std::string> path;  // {"pellucid", "record", "show"}
  std::string summary, footer;
  std::vector<ManualOption> arguments, options;
  std::vector<ManualCommand> commands;

  std::string joined(const char* between) const;  // "pellucid record show"
};

ManualCommand read_command(const CLI::App& app, std::vector<std::string> path = {});

// The command and all beneath it.
std::vector<const ManualCommand*> with_descendants(const ManualCommand& command);

// A page for the program, and one for each of its commands with theirs: roff of man(7).
std::string man_page(const ManualCommand& command, const std::vector<std::string>& others);

std::string bash_completion(const ManualCommand& program);
std::string zsh_completion(const ManualCommand& program);
std::string fish_completion(const ManualCommand& program);

}  // namespace pellucid
