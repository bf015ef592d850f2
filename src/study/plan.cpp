#include "study/plan.h"

#include <algorithm>
#include <cmath>

#include "attribution/method.h"
#include "compare/plan_parts.h"
#include "error/listed.h"
#include "study/plan_claims.h"

namespace pellucid::study {
namespace {

namespace fs = std::filesystem;
using compare::Option;
using compare::PlanTable;
using compare::Setting;

constexpr std::int64_t kMostTexts = 1'000'000'000;

// Options that an imbalance's treatments set.
constexpr std::string_view kTreating[] = {"class-weights", "sampling", "logit-adjustment"};

Result<Value> value_in(const PlanTable& reader, const toml::node& node, const char* key, const Kind& kind) {
  Value value{.line = compare::line_of(node)};
  const bool all = kind.scale == Scale::count && node.is_string() && node.as_string()->get() == "all";
  if (all) {
    value.number = kAll;
    value.argument = "all";
    return value;
  }
  value.number = node.value<double>().value_or(-1);
  const bool is_number = kind.scale == Scale::count ? node.is_integer() : node.is_number();
  const bool inside = value.number >= kind.least && value.number <= kind.most;  // not where it is NaN
  if (!is_number || !inside) {
    return reader.wrong(node, key, std::string(kind.expected));
  }
  value.argument = *compare::argument_of(node);
  return value;
}

Result<void> read_values(PlanTable& reader, StudyPlan& plan) {
  const Kind& kind = *plan.kind;
  const toml::node* node = reader.find("values");
  if (node == nullptr) {
    return reader.wrong(0, "expected values = [...], each " + std::string(kind.expected) + "; found none");
  }
  const std::string two = "a list of two values or more, each " + std::string(kind.expected);
  if (!node->is_array() || node->as_array()->size() < 2) return reader.wrong(*node, "values", two);
  for (const toml::node& one : *node->as_array()) {
    PELLUCID_TRY(Value value, value_in(reader, one, "values", kind));
    if (std::ranges::find(plan.values, value.number, &Value::number) != plan.values.end()) {
      return reader.wrong(value.line, "values: expected different values, found " + value.argument + " twice");
    }
    plan.values.push_back(std::move(value));
  }
  double reference = plan.values.front().number;
  if (const toml::node* given = reader.find("reference"); given != nullptr) {
    PELLUCID_TRY(const Value value, value_in(reader, *given, "reference", kind));
    reference = value.number;
    if (std::ranges::find(plan.values, reference, &Value::number) == plan.values.end()) {
      return reader.wrong(*given, "reference", "one of values (" + listed(plan.values, &Value::argument) + ")");
    }
  }
  std::ranges::sort(plan.values, {}, &Value::number);
  plan.reference =
      static_cast<std::size_t>(std::ranges::find(plan.values, reference, &Value::number) - plan.values.begin());
  return {};
}

// A list of names; empty where it is not there.
Result<std::vector<std::string>> names_in(PlanTable& reader, const char* key) {
  const toml::node* node = reader.find(key);
  if (node == nullptr) return std::vector<std::string>();
  PELLUCID_TRY(std::vector<std::string> names, reader.strings(*node, key));
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) {
      return reader.wrong(compare::line_of(*node),
                          std::string(key) + ": expected different names, found \"" + *name + "\" twice");
    }
  }
  return names;
}

Result<void> read_groups(PlanTable& reader, StudyPlan& plan) {
  const Kind& kind = *plan.kind;
  plan.groups = {""};
  if (kind.groups_key == nullptr) return {};
  PELLUCID_TRY(plan.groups, names_in(reader, kind.groups_key));
  for (const std::string& name : plan.groups) {
    if (std::ranges::find(kind.groups, name) != kind.groups.end()) continue;
    return reader.wrong(
        compare::line_of(*reader.find(kind.groups_key)),
        std::string(kind.groups_key) + ": expected a list of " + listed(kind.groups) + "; found \"" + name + "\"");
  }
  if (plan.groups.empty()) plan.groups.assign(kind.groups.begin(), kind.groups.end());
  if (kind.name != "imbalance") return {};
  PELLUCID_TRY(plan.minority, names_in(reader, "minority"));
  if (const toml::node* node = reader.find("minority"); node != nullptr) {
    plan.minority_line = compare::line_of(*node);
  }
  return {};
}

Result<void> read_least_seen(PlanTable& reader, StudyPlan& plan) {
  if (plan.kind->name != "training-size") return {};
  const toml::node* node = reader.find("least-seen");
  if (node == nullptr) return {};
  const std::int64_t texts = node->is_integer() ? node->value<std::int64_t>().value_or(0) : 0;
  if (texts < 1 || texts > kMostTexts) {
    return reader.wrong(*node, "least-seen", "a number of texts, 1 to " + std::to_string(kMostTexts));
  }
  plan.least_seen = static_cast<std::size_t>(texts);
  return {};
}

Result<compare::PlannedSystem> system_in(PlanTable& table, const fs::path& file, const Kind& kind) {
  compare::PlannedSystem system{.name = "ours", .options = {}, .settings = {{}}};
  PELLUCID_TRY(const toml::table* options, table.table("options"));
  if (options != nullptr) {
    const PlanTable reader(*options, file, "options.");
    PELLUCID_TRY(system.options, compare::options_in(reader, *options));
    system.line = compare::line_of(*options);
    for (const Option& option : system.options) {
      const bool varied =
          (kind.varies == Varies::option && option.name == kind.name) ||
          (kind.name == "imbalance" && std::ranges::find(kTreating, option.name) != std::end(kTreating));
      if (varied) {
        return table.wrong(option.line, "options." + option.name +
                                            ": expected no such key, since the study varies it; found " + option.value);
      }
      if (option.name == "system") system.name = option.value;
    }
  }
  return system;
}

Result<void> read_faithfulness(PlanTable& table, const fs::path& file, StudyPlan& plan) {
  std::vector<std::string>& methods = plan.common.systems.front().methods;
  PELLUCID_TRY(const toml::table* faithfulness, table.table("faithfulness"));
  plan.common.faithfulness.emplace();
  if (faithfulness != nullptr) {
    PELLUCID_TRY(plan.common.faithfulness, compare::faithfulness_in(*faithfulness, file, methods));
    const toml::node* given = faithfulness->get("methods");
    if (given != nullptr && methods.size() != 1) {
      return table.wrong(*given, "faithfulness.methods", "a list of one method, which explains all models alike");
    }
  }
  if (methods.empty()) methods = {std::string(kReportMethod)};
  return {};
}

}  // namespace

Result<StudyPlan> read_study_plan(const fs::path& file, const Kind& kind, const compare::PlanOverrides& overrides,
                                  const compare::OptionsReader& reader) {
  StudyPlan plan{.kind = &kind};
  PELLUCID_TRY(const toml::table parsed, compare::parse_plan(file, plan.common));
  PlanTable table(parsed, file, "");
  PELLUCID_CHECK(compare::read_common(table, overrides, plan.common));
  PELLUCID_TRY(compare::PlannedSystem system, system_in(table, file, kind));
  plan.common.systems.push_back(std::move(system));
  PELLUCID_CHECK(read_faithfulness(table, file, plan));
  PELLUCID_CHECK(read_values(table, plan));
  PELLUCID_CHECK(read_groups(table, plan));
  PELLUCID_CHECK(read_least_seen(table, plan));
  PELLUCID_CHECK(read_claims(table, file, plan));
  PELLUCID_CHECK(table.no_others());
  for (std::size_t group = 0; group < plan.groups.size(); ++group) {
    for (std::size_t value = 0; value < plan.values.size(); ++value) {
      PELLUCID_CHECK(compare::options_of(plan.common, plan.system(), setting_of(plan, group, value), reader));
    }
  }
  return plan;
}

Setting setting_of(const StudyPlan& plan, std::size_t group, std::size_t value) {
  const Value& own = plan.values[value];
  if (plan.kind->varies == Varies::option) return {{std::string(plan.kind->name), own.argument, own.line}};
  const std::string& treatment = plan.groups[group];
  if (treatment == "class-weights") return {{"class-weights", "balanced", own.line}};
  if (treatment == "balanced-sampling") return {{"sampling", "balanced", own.line}};
  if (treatment == "logit-adjustment") return {{"logit-adjustment", "1", own.line}};
  return {};
}

std::int64_t epochs_of(const StudyPlan& plan, std::int64_t epochs, std::size_t training_texts) {
  return std::max(epochs, static_cast<std::int64_t>((plan.least_seen + training_texts - 1) / training_texts));
}

}  // namespace pellucid::study
