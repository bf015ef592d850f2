#include "compare/plan_parts.h"

#include "attribution/method.h"
#include "files/mapped_file.h"
#include "files/sha256.h"
#include "train/options.h"

namespace pellucid::compare {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestPlan = std::size_t{1} << 20;

template <class T, class FromName>
Result<void> set_named(PlanTable& reader, const char* key, T& value, const FromName& from_name) {
  PELLUCID_TRY(const auto name, reader.string(key));
  if (!name) return {};
  const Result<T> found = from_name(*name);
  if (!found) return reader.wrong(line_of(*reader.find(key)), std::string(key) + ": " + found.error().message);
  value = *found;
  return {};
}

// A path of the plan, seen from the folder where the command runs.
fs::path beside(const fs::path& plan, const std::string& path) {
  return (plan.parent_path() / path).lexically_normal();
}

}  // namespace

Result<toml::table> parse_plan(const fs::path& file, Plan& plan) {
  PELLUCID_TRY(const std::string text, read_file(file, kLongestPlan));
  PELLUCID_TRY(toml::table parsed, parse_toml(text, file));
  plan.file = file;
  plan.sha256 = sha256(text);
  return parsed;
}

Result<void> read_common(PlanTable& reader, const PlanOverrides& overrides, Plan& plan) {
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
  PELLUCID_TRY(auto seeds, reader.whole_numbers("seeds", train::kLargestSeed));
  plan.seeds = seeds ? *std::move(seeds) : std::vector<std::uint64_t>{0};
  return {};
}

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

}  // namespace pellucid::compare
