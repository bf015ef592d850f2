// What plans of comparisons and of studies have in common: texts, encoder, seeds, options, how explanations are
// measured. Internal to what reads plans.
#pragma once

#include "compare/plan.h"
#include "compare/plan_table.h"

namespace pellucid::compare {

// Sets the plan's file and hash.
Result<toml::table> parse_plan(const std::filesystem::path& file, Plan& plan);

// data, validation, test, hold-out, subset, model, seeds. Paths are relative to the plan's folder.
Result<void> read_common(PlanTable& reader, const PlanOverrides& overrides, Plan& plan);

// The keys of a table that nobody asked for, as options of `pellucid train`.
Result<Setting> options_in(const PlanTable& reader, const toml::table& table);

// Empty: "all", or no such key.
Result<std::vector<std::string>> methods_in(PlanTable& reader, const char* key);

// [faithfulness]; `methods`: as methods_in has them.
Result<FaithfulnessPlan> faithfulness_in(const toml::table& table, const std::filesystem::path& file,
                                         std::vector<std::string>& methods);

}  // namespace pellucid::compare
