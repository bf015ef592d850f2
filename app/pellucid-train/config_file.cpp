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
  std::vector<std::string> known = option_names(train);
  std::erase_if(known, [](const std::string& name) { return name == "config" || name == "parent"; });
  if (std::ranges::find(known, key) == known.end()) {
    return table.wrong(compare::line_of(node),
                       key + ": expected an option of pellucid train: one of " + listed(known) + "; found this");
  }
  CLI::Option& option = *train.get_option("--" + key);
  const std::optional<std::string> value = compare::argument_of(node);
  const bool is_flag = option.get_expected_max() == 0;
  if (!value || node.is_boolean() != is_flag) {
    return table.wrong(node, key, is_flag ? "true or false" : "a number or a string");
  }
  if (const std::string wrong = is_flag ? "" : set_option(option, *value); !wrong.empty()) {
    return table.wrong(compare::line_of(node),
                       "expected what pellucid train takes there, found \"" + *value + "\": " + wrong);
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
  std::vector<std::string> all = {arguments.front()};
  for (const std::string& key : table.others()) {
    PELLUCID_TRY(std::string argument, argument_in(*options.get(key), key, train, table));
    if (!given(arguments, "--" + key)) all.push_back(std::move(argument));
  }
  all.insert(all.end(), arguments.begin() + 1, arguments.end());
  return all;
}

}  // namespace pellucid
