#include "config_file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "../pellucid/usage.h"
#include "commands.h"
#include "compare/plan_table.h"
#include "error/listed.h"
#include "files/mapped_file.h"

namespace pellucid {
namespace {

constexpr std::size_t kLongestFile = std::size_t{1} << 20;

// What follows `name` or `name=`; nullopt where it is not given.
std::optional<std::string> given(const std::vector<std::string>& arguments, const std::string& name) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with(name + "=")) return arguments[i].substr(name.size() + 1);
    if (arguments[i] == name) return i + 1 < arguments.size() ? arguments[i + 1] : "";
  }
  return std::nullopt;
}

Result<std::string> argument_in(const toml::node& node, const std::string& key, CLI::App& train,
                                const compare::PlanTable& table) {
  CLI::Option* option = train.get_option_no_throw("--" + key);
  if (option == nullptr || key == "help" || key == "config") {
    std::vector<std::string> known;
    for (const CLI::Option* one : train.get_options()) known.push_back(one->get_lnames().front());
    std::erase_if(known, [](const std::string& name) { return name == "help" || name == "config"; });
    return table.wrong(compare::line_of(node),
                       key + ": expected an option of pellucid train: one of " + listed(known) + "; found this");
  }
  const std::optional<std::string> value = compare::argument_of(node);
  const bool is_flag = option->get_expected_max() == 0;
  if (!value || node.is_boolean() != is_flag) return table.wrong(node, key, is_flag ? "true or false" : "one value");
  try {
    if (!is_flag) {
      option->add_result(*value);
      option->run_callback();
    }
  } catch (const CLI::ParseError& error) {
    return table.wrong(compare::line_of(node),
                       "expected what pellucid train takes there, found \"" + *value + "\": " + error.what());
  }
  return "--" + key + "=" + *value;
}

}  // namespace

Result<std::vector<std::string>> with_config(std::vector<std::string> arguments) {
  const std::optional<std::string> file = given(arguments, "--config");
  if (arguments.empty() || arguments.front() != "train" || !file || file->empty()) return arguments;
  PELLUCID_TRY(const std::string text, read_file(*file, kLongestFile));
  PELLUCID_TRY(const toml::table options, compare::parse_toml(text, *file));
  CLI::App scratch;  // says what a value may be; what it would run is never called
  int ignored = 0;
  add_train(scratch, ignored);
  check_values(scratch);
  CLI::App& train = *scratch.get_subcommand("train");
  const compare::PlanTable table(options, *file, "");
  for (const std::string& key : table.others()) {
    PELLUCID_TRY(std::string argument, argument_in(*options.get(key), key, train, table));
    if (!given(arguments, "--" + key)) arguments.push_back(std::move(argument));
  }
  return arguments;
}

}  // namespace pellucid
