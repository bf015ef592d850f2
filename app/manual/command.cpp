#include "command.h"

#include <CLI/CLI.hpp>

namespace pellucid {
namespace {

// "TEXT:{auto,fp32}" -> "auto", "fp32"
std::vector<std::string> choices_of(const std::string& type) {
  const std::size_t begin = type.find('{');
  const std::size_t end = type.find('}', begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

ManualOption read_option(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  ManualOption found;
  for (const std::string& name : option.get_snames()) found.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) found.names.push_back("--" + name);
  found.name = option.get_positional() ? option.get_name(true) : type.substr(0, type.find_first_of(": "));
  found.summary = option.get_description();
  found.otherwise = option.get_default_str();
  found.choices = choices_of(type);
  found.takes_value = option.get_items_expected_max() > 0;
  found.required = option.get_required();
  found.repeated = option.get_items_expected_max() > 1;
  return found;
}

}  // namespace

std::string ManualCommand::joined(const char* between) const {
  return CLI::detail::join(path, between);
}

ManualCommand read_command(const CLI::App& app, std::vector<std::string> path) {
  path.push_back(app.get_name());
  ManualCommand command;
  command.path = path;
  command.summary = app.get_description();
  command.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    auto& list = option->get_positional() ? command.arguments : command.options;
    list.push_back(read_option(*option));
  }
  for (const CLI::App* one : app.get_subcommands([](const CLI::App*) { return true; })) {
    command.commands.push_back(read_command(*one, path));
  }
  return command;
}

std::vector<const ManualCommand*> with_descendants(const ManualCommand& command) {
  std::vector<const ManualCommand*> all = {&command};
  for (const ManualCommand& one : command.commands) {
    const std::vector<const ManualCommand*> more = with_descendants(one);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace pellucid
