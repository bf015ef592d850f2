// What `pellucid study` is asked to do: a comparison's plan of one system, and the values of one factor.
// docs/formats.md.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compare/plan.h"
#include "error/error.h"
#include "study/claim.h"
#include "study/kind.h"

namespace pellucid::study {

struct Value {
  double number = 0;          // kAll for all
  std::string argument = {};  // as the plan has it
  std::size_t line = 0;
};

struct StudyPlan {
  const Kind* kind = nullptr;
  compare::Plan common = {};               // of one system, explained by one method
  std::vector<Value> values = {};          // ascending
  std::size_t reference = 0;               // among them
  std::vector<std::string> groups = {};    // of the kind; one, empty, where it has none
  std::vector<std::string> minority = {};  // labels; empty: all
  std::size_t minority_line = 0;
  std::size_t least_seen = 0;  // texts: a training size below is gone through in more epochs, until so many were seen
  std::vector<Claim> claims = {};

  const compare::PlannedSystem& system() const { return common.systems.front(); }
  const std::string& method() const { return system().methods.front(); }
  bool is_reference(std::size_t group, std::size_t value) const {
    const bool unchanged = kind->varies == Varies::test_texts && values[reference].number == 0;
    return value == reference && (group == 0 || unchanged);  // unchanged texts are the same in every group
  }
  std::string name_of(std::size_t group, std::size_t value) const {
    return row_name(text_of(*kind, values[value].number), groups[group]);
  }
  std::uint64_t seed() const {
    return common.seeds.front();
  }  // of what all models share: splits, changes of test texts
};

Result<StudyPlan> read_study_plan(const std::filesystem::path& file, const Kind& kind,
                                  const compare::PlanOverrides& overrides, const compare::OptionsReader& reader);

// What a value and its group change of the options.
compare::Setting setting_of(const StudyPlan& plan, std::size_t group, std::size_t value);

// Through so many training texts: the plan's epochs, or more where they are few.
std::int64_t epochs_of(const StudyPlan& plan, std::int64_t epochs, std::size_t training_texts);

}  // namespace pellucid::study
