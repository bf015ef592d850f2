#include "study/plan_claims.h"

#include <algorithm>

#include "error/listed.h"

namespace pellucid::study {
namespace {

using compare::PlanTable;

constexpr Relation kRelations[] = {Relation::below, Relation::above, Relation::near};

// What a measure can be claimed of, as the tables name it.
struct Named {
  std::vector<std::string> values;
  bool has(const std::string& name) const { return std::ranges::find(values, name) != values.end(); }
  // In quotes: some have commas in them.
  std::string all() const {
    return listed(values, [](const std::string& value) { return '"' + value + '"'; });
  }
};

Named named_values(const StudyPlan& plan, Measure measure) {
  Named named;
  for (std::size_t group = 0; group < plan.groups.size(); ++group) {
    for (std::size_t value = 0; value < plan.values.size(); ++value) {
      // Explanations are compared with the reference's; its own are not.
      if (compares_explanations(measure) && plan.is_reference(group, value)) continue;
      named.values.push_back(plan.name_of(group, value));
    }
  }
  return named;
}

Result<Measure> measure_in(PlanTable& reader, const StudyPlan& plan, std::size_t line) {
  std::vector<std::string> names;
  for (const NamedMeasure& one : named_measures()) {
    if (!is_of_minority(one.measure) || plan.kind->name == "imbalance") names.emplace_back(one.name);
  }
  PELLUCID_TRY(const auto name, reader.string("measure"));
  if (!name) return reader.wrong(line, "expected a measure in each [[claim]], found none; one of " + listed(names));
  if (std::ranges::find(names, *name) == names.end()) {
    return reader.wrong(*reader.find("measure"), "measure", "one of " + listed(names));
  }
  return *find_measure(*name);
}

Result<Claim> claim_in(PlanTable& reader, const StudyPlan& plan, std::size_t line) {
  Claim claim;
  PELLUCID_TRY(const auto says, reader.string("says"));
  if (!says) return reader.wrong(line, "expected says, the claim in words, in each [[claim]]; found none");
  claim.says = *says;
  PELLUCID_TRY(claim.measure, measure_in(reader, plan, line));

  Named named = named_values(plan, claim.measure);
  PELLUCID_TRY(const auto at, reader.string("at"));
  if (!at) return reader.wrong(line, "expected at in each [[claim]], one of " + named.all() + "; found none");
  if (!named.has(*at)) return reader.wrong(*reader.find("at"), "at", "one of " + named.all());
  claim.at = *at;

  if (compares_explanations(claim.measure) && plan.common.seeds.size() > 1) named.values.emplace_back(kNoiseFloor);
  std::size_t relations = 0;
  for (const Relation relation : kRelations) {
    const std::string key(name_of(relation));
    PELLUCID_TRY(const auto than, reader.string(key.c_str()));
    if (!than) continue;
    if (!named.has(*than) || *than == claim.at) {
      return reader.wrong(*reader.find(key.c_str()), key, "another one of " + named.all());
    }
    claim.relation = relation;
    claim.than = *than;
    ++relations;
  }
  if (relations != 1) {
    return reader.wrong(line, "expected below, above or near, one of them, in each [[claim]]; found " +
                                  (relations == 0 ? "none" : std::to_string(relations)));
  }
  PELLUCID_TRY(const auto margin, reader.number("margin", 0, 2));
  claim.margin = margin.value_or(0);
  if (claim.relation == Relation::near && claim.margin <= 0) {
    return reader.wrong(line,
                        "expected a margin above 0, within which near is; found " + std::string(margin ? "0" : "none"));
  }
  PELLUCID_CHECK(reader.no_others());
  return claim;
}

}  // namespace

Result<void> read_claims(PlanTable& table, const std::filesystem::path& file, StudyPlan& plan) {
  const toml::node* node = table.find("claim");
  if (node == nullptr) return {};
  if (!node->is_array()) return table.wrong(*node, "claim", "[[claim]] tables, with two brackets");
  for (const toml::node& one : *node->as_array()) {
    if (!one.is_table()) return table.wrong(one, "claim", "[[claim]] tables");
    PlanTable reader(*one.as_table(), file, "claim.");
    PELLUCID_TRY(Claim claim, claim_in(reader, plan, compare::line_of(one)));
    plan.claims.push_back(std::move(claim));
  }
  return {};
}

}  // namespace pellucid::study
