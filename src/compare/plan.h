// What `pellucid compare` is asked to do: systems, seeds and texts, as a TOML file says. docs/formats.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attribution/units.h"
#include "error/error.h"
#include "evaluate/bins.h"
#include "train/options.h"

namespace pellucid::compare {

// A long option of `pellucid train`, without its dashes, and where the plan gives it.
struct Option {
  std::string name;
  std::string value;
  std::size_t line = 0;
};
using Setting = std::vector<Option>;

std::string describe(const Setting& setting);  // "learning-rate 0.001, layers 2"; empty for none

struct PlannedSystem {
  std::string name;                       // as tables show it
  Setting options;                        // the plan's common ones, then its own, `system` among them
  std::vector<Setting> settings;          // what tuning tries, in the plan's order; one, empty, where nothing is tuned
  std::vector<std::string> methods = {};  // that explain it; empty: all that apply
  std::size_t line = 0;
};

// How explanations are measured: comprehensiveness − sufficiency.
struct FaithfulnessPlan {
  std::size_t limit = 100;  // test texts, drawn with the first seed
  Removal removal = Removal::mask;
  Bins bins = Bins::deciles;
  Unit unit = Unit::word;
};

struct Plan {
  std::filesystem::path file;
  std::string sha256;  // of the file
  std::filesystem::path data, validation, test;
  double hold_out = 0.1;   // the part of `data` that is held out where no validation file is given
  std::size_t subset = 0;  // texts of `data` that are used, stratified; 0: all
  std::string model = "minilm";
  std::vector<std::uint64_t> seeds;
  std::string reference;  // the system that others are tested against
  std::optional<FaithfulnessPlan> faithfulness;
  std::vector<PlannedSystem> systems;
};

// What the command line gives instead; empty: what the plan says.
struct PlanOverrides {
  std::filesystem::path data, validation, test;
  std::string model;
};

// Options of `pellucid train` as it would take them; errors name the option, "--epochs".
using OptionsReader = std::function<Result<train::Options>(std::span<const Option>)>;

// Paths of the plan are relative to its folder. An error is one message with file, line, key, what was expected and
// what was found; every system's every setting goes through `reader`.
Result<Plan> read_plan(const std::filesystem::path& file, const PlanOverrides& overrides, const OptionsReader& reader);

// One setting of a system as train::train takes it, without texts, seed and folder.
Result<train::Options> options_of(const Plan& plan, const PlannedSystem& system, const Setting& setting,
                                  const OptionsReader& reader);

}  // namespace pellucid::compare
