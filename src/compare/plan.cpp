#include "compare/plan.h"

#include <algorithm>

#include "compare/plan_parts.h"
#include "error/listed.h"

namespace pellucid::compare {
namespace {

namespace fs = std::filesystem;

// How files are read: the same for all systems.
constexpr const char* kReading[] = {"format", "text-column", "label-column", "skip-bad-rows"};

Result<void> check_not_reading(const PlanTable& reader, const std::string& name, std::size_t line) {
  if (std::ranges::find(kReading, name) == std::end(kReading)) return {};
  return reader.wrong(line, name + ": expected in [options], since files are read once for all systems");
}

// Every combination of the values that the lists hold, the last list fastest.
Result<std::vector<Setting>> settings_in(const toml::table& table, const fs::path& file) {
  PlanTable reader(table, file, "tune.");
  std::vector<Setting> settings = {{}};
  for (const std::string& key : reader.others()) {
    const toml::node& node = *table.get(key);
    PELLUCID_CHECK(check_not_reading(reader, key, line_of(node)));
    const toml::array* values = node.as_array();
    if (values == nullptr || values->empty()) return reader.wrong(node, key, "a list of values to try");
    std::vector<Setting> longer;
    for (const Setting& setting : settings) {
      for (const toml::node& one : *values) {
        std::optional<std::string> value = argument_of(one);
        if (!value) return reader.wrong(one, key, "a list of numbers or strings");
        longer.push_back(setting);
        longer.back().push_back({key, *std::move(value), line_of(one)});
      }
    }
    settings = std::move(longer);
  }
  return settings;
}

Result<PlannedSystem> system_in(const toml::table& table, const fs::path& file, const Setting& common,
                                const std::vector<std::string>& methods) {
  PlanTable reader(table, file, "system.");
  PlannedSystem system{.name = {}, .options = common, .settings = {{}}, .methods = methods, .line = line_of(table)};
  PELLUCID_TRY(const auto name, reader.string("name"));
  if (!name) return reader.wrong(system.line, "expected a name in each [[system]], found none");
  system.name = *name;
  if (table.contains("methods")) {
    PELLUCID_TRY(system.methods, methods_in(reader, "methods"));
  }
  PELLUCID_TRY(const toml::table* tune, reader.table("tune"));
  if (tune != nullptr) {
    PELLUCID_TRY(system.settings, settings_in(*tune, file));
  }
  if (!table.contains("system")) {
    return reader.wrong(system.line, "\"" + system.name +
                                         "\": expected system = \"…\", a name that pellucid train "
                                         "--system knows, found none");
  }
  PELLUCID_TRY(const Setting own, options_in(reader, table));
  for (const Option& option : own) {
    PELLUCID_CHECK(check_not_reading(reader, option.name, option.line));
    std::erase_if(system.options, [&](const Option& other) { return other.name == option.name; });
    system.options.push_back(option);
  }
  for (const Option& tuned : system.settings.front()) {
    std::erase_if(system.options, [&](const Option& other) { return other.name == tuned.name; });
  }
  return system;
}

Result<std::vector<PlannedSystem>> systems_in(PlanTable& reader, const fs::path& file, const Setting& common,
                                              const std::vector<std::string>& methods) {
  const toml::node* node = reader.find("system");
  if (node == nullptr) return reader.wrong(0, "expected [[system]] tables, found none");
  if (!node->is_array()) return reader.wrong(*node, "system", "[[system]] tables, with two brackets");
  std::vector<PlannedSystem> systems;
  for (const toml::node& one : *node->as_array()) {
    if (!one.is_table()) return reader.wrong(one, "system", "[[system]] tables");
    PELLUCID_TRY(PlannedSystem system, system_in(*one.as_table(), file, common, methods));
    if (std::ranges::find(systems, system.name, &PlannedSystem::name) != systems.end()) {
      return reader.wrong(system.line, "expected systems with different names, found \"" + system.name + "\" twice");
    }
    systems.push_back(std::move(system));
  }
  // A system that was searched for longer than its rivals looks better than it is.
  const PlannedSystem* first = nullptr;
  for (const PlannedSystem& system : systems) {
    if (system.settings.size() == 1) continue;
    if (first == nullptr) first = &system;
    if (system.settings.size() != first->settings.size()) {
      return reader.wrong(system.line, "\"" + system.name + "\": expected " + std::to_string(first->settings.size()) +
                                           " settings to try, as many as of \"" + first->name +
                                           "\", since all tuned systems have the same budget; found " +
                                           std::to_string(system.settings.size()));
    }
  }
  return systems;
}

}  // namespace

std::string describe(const Setting& setting) {
  return listed(setting, [](const Option& option) { return option.name + " " + option.value; });
}

Result<train::Options> options_of(const Plan& plan, const PlannedSystem& system, const Setting& setting,
                                  const OptionsReader& reader) {
  Setting all = system.options;
  all.insert(all.end(), setting.begin(), setting.end());
  Result<train::Options> options = reader(all);
  if (options) {
    options->model = plan.model;
    return options;
  }
  Error error = options.error();
  std::size_t line = system.line;
  std::string key;
  for (const Option& option : all) {
    if (error.where == "--" + option.name) {
      line = option.line;
      key = option.name + ": ";
    }
  }
  return fail(ErrorCode::usage, key + error.message + " (system \"" + system.name + "\")",
              plan.file.string() + ":" + std::to_string(line));
}

Result<Plan> read_plan(const fs::path& file, const PlanOverrides& overrides, const OptionsReader& reader) {
  Plan plan;
  PELLUCID_TRY(const toml::table parsed, parse_plan(file, plan));
  PlanTable table(parsed, file, "");
  PELLUCID_CHECK(read_common(table, overrides, plan));
  PELLUCID_TRY(const toml::table* common, table.table("options"));
  Setting options;
  if (common != nullptr) {
    PELLUCID_TRY(options, options_in(PlanTable(*common, file, "options."), *common));
  }
  std::vector<std::string> methods;
  PELLUCID_TRY(const toml::table* faithfulness, table.table("faithfulness"));
  if (faithfulness != nullptr) {
    PELLUCID_TRY(plan.faithfulness, faithfulness_in(*faithfulness, file, methods));
  }
  PELLUCID_TRY(plan.systems, systems_in(table, file, options, methods));
  PELLUCID_TRY(const auto reference, table.string("reference"));
  plan.reference = reference.value_or(plan.systems.front().name);
  if (std::ranges::find(plan.systems, plan.reference, &PlannedSystem::name) == plan.systems.end()) {
    return table.wrong(*table.find("reference"), "reference", "the name of a [[system]]");
  }
  PELLUCID_CHECK(table.no_others());
  for (const PlannedSystem& system : plan.systems) {
    for (const Setting& setting : system.settings) PELLUCID_CHECK(options_of(plan, system, setting, reader));
  }
  return plan;
}

}  // namespace pellucid::compare
