#include "compare/plan.h"

#include <algorithm>

#include "attribution/method.h"
#include "compare/plan_table.h"
#include "error/listed.h"
#include "files/mapped_file.h"
#include "files/sha256.h"

namespace pellucid::compare {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestPlan = std::size_t{1} << 20;
// How files are read: the same for all systems.
constexpr const char* kReading[] = {"format", "text-column", "label-column", "skip-bad-rows"};

// The keys of a table that nobody asked for, as options of `pellucid train`.
Result<Setting> options_in(const PlanTable& reader, const toml::table& table) {
  Setting options;
  for (const std::string& key : reader.others()) {
    const toml::node& node = *table.get(key);
    std::optional<std::string> value = argument_of(node);
    if (!value) return reader.wrong(node, key, "a number, a string, true or false");
    options.push_back({key, *std::move(value), line_of(node)});
  }
  return options;
}

// Every combination of the values that the lists hold, the last list fastest.
Result<std::vector<Setting>> settings_in(const toml::table& table, const fs::path& file) {
  PlanTable reader(table, file, "tune.");
  std::vector<Setting> settings = {{}};
  for (const std::string& key : reader.others()) {
    const toml::node& node = *table.get(key);
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

Result<std::vector<std::string>> methods_in(PlanTable& reader, const char* key) {
  const toml::node* node = reader.find(key);
  if (node == nullptr || (node->is_string() && node->as_string()->get() == "all")) return std::vector<std::string>();
  PELLUCID_TRY(std::vector<std::string> names, reader.strings(*node, key));
  for (const std::string& name : names) {
    if (const auto method = find_method(name); !method || name == "random") {
      return reader.wrong(*node, key, "\"all\", or methods that `pellucid explain` knows (random is always there)");
    }
  }
  return names;
}

template <class T, class FromName>
Result<void> set_named(PlanTable& reader, const char* key, T& value, const FromName& from_name) {
  PELLUCID_TRY(const auto name, reader.string(key));
  if (!name) return {};
  const Result<T> found = from_name(*name);
  if (!found) return reader.wrong(line_of(*reader.find(key)), std::string(key) + ": " + found.error().message);
  value = *found;
  return {};
}

Result<FaithfulnessPlan> faithfulness_in(const toml::table& table, const fs::path& file,
                                         std::vector<std::string>& methods) {
  PlanTable reader(table, file, "faithfulness.");
  FaithfulnessPlan plan;
  PELLUCID_TRY(methods, methods_in(reader, "methods"));
  PELLUCID_TRY(const auto limit, reader.count("limit", 1));
  if (limit) plan.limit = *limit;
  PELLUCID_CHECK(set_named(reader, "removal", plan.removal, removal_from_name));
  PELLUCID_CHECK(set_named(reader, "bins", plan.bins, bins_from_name));
  PELLUCID_CHECK(set_named(reader, "unit", plan.unit, unit_from_name));
  PELLUCID_CHECK(reader.no_others());
  return plan;
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
    if (std::ranges::find(kReading, option.name) != std::end(kReading)) {
      return reader.wrong(option.line,
                          option.name + ": expected in [options], since files are read once for all systems");
    }
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

// A path of the plan, seen from the folder where the command runs.
fs::path beside(const fs::path& plan, const std::string& path) {
  return (plan.parent_path() / path).lexically_normal();
}

Result<void> read_texts(PlanTable& reader, const PlanOverrides& overrides, Plan& plan) {
  for (const auto& [key, given, target] : {std::tuple("data", &overrides.data, &plan.data),
                                           std::tuple("validation", &overrides.validation, &plan.validation),
                                           std::tuple("test", &overrides.test, &plan.test)}) {
    PELLUCID_TRY(const auto path, reader.string(key));
    if (!given->empty()) {
      *target = *given;
    } else if (path) {
      *target = beside(plan.file, *path);
    } else if (std::string_view(key) != "validation") {
      return reader.wrong(0, std::string("expected ") + key + " = \"FILE\", found none; --" + key + " gives it too");
    }
  }
  PELLUCID_TRY(const auto hold_out, reader.number("hold-out", 0.01, 0.9));
  if (hold_out) {
    if (!plan.validation.empty() && overrides.validation.empty()) {
      return reader.wrong(line_of(*reader.find("hold-out")), "expected hold-out or a validation file, found both");
    }
    plan.hold_out = *hold_out;
  }
  PELLUCID_TRY(const auto subset, reader.count("subset", 2));
  plan.subset = subset.value_or(0);
  PELLUCID_TRY(const auto model, reader.string("model"));
  if (!overrides.model.empty()) {
    plan.model = overrides.model;
  } else if (model) {
    std::error_code ignored;
    const fs::path folder = beside(plan.file, *model);
    plan.model = fs::is_directory(folder, ignored) ? folder.string() : *model;
  }
  return {};
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
  PELLUCID_TRY(const std::string text, read_file(file, kLongestPlan));
  const toml::parse_result parsed = toml::parse(text, file.string());
  if (!parsed) {
    return fail(ErrorCode::usage, "expected TOML, found: " + std::string(parsed.error().description()),
                file.string() + ":" + std::to_string(parsed.error().source().begin.line));
  }
  PlanTable table(parsed.table(), file, "");
  Plan plan;
  plan.file = file;
  plan.sha256 = sha256(text);
  PELLUCID_CHECK(read_texts(table, overrides, plan));
  PELLUCID_TRY(auto seeds, table.whole_numbers("seeds"));
  plan.seeds = seeds ? *std::move(seeds) : std::vector<std::uint64_t>{0};
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
