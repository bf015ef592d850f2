// Plans: what is read, and what a mistake says.
#include "compare/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "compare/cell.h"
#include "temporary_folder.h"

namespace pellucid::compare {
namespace {

// Options as the program's parser would take them, without the program.
Result<train::Options> reader(std::span<const Option> options) {
  train::Options read;
  for (const Option& option : options) {
    if (option.name == "system") {
      if (option.value != "cnn" && option.value != "ours")
        return fail(ErrorCode::usage, "expected cnn or ours", "--system");
      read.system = option.value;
    } else if (option.name == "learning-rate") {
      read.learning_rate = std::stod(option.value);
    } else if (option.name == "epochs") {
      read.epochs = std::stol(option.value);
    } else {
      return fail(ErrorCode::usage, "expected an option of pellucid train", "--" + option.name);
    }
  }
  return read;
}

class PlanFile : public testing::Test {
 protected:
  Result<Plan> read(const std::string& text, const PlanOverrides& overrides = {}) const {
    std::ofstream(folder_ / "plan.toml") << text;
    return read_plan(folder_ / "plan.toml", overrides, reader);
  }
  std::string error_of(const std::string& text) const {
    const auto plan = read(text);
    if (plan) return "(no error)";
    EXPECT_EQ(plan.error().code, ErrorCode::usage);
    return describe(plan.error()).substr((folder_ / "").string().size());
  }

  TemporaryFolder folder_;
};

const std::string kFiles = "data = \"train.csv\"\ntest = \"test.csv\"\n";
const std::string kOurs = "[[system]]\nname = \"ours\"\nsystem = \"ours\"\n";

TEST_F(PlanFile, IsReadWithDefaultsAndPathsBesideIt) {
  const auto plan = read(kFiles + kOurs);
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_EQ(plan->data, folder_ / "train.csv");
  EXPECT_EQ(plan->seeds, std::vector<std::uint64_t>{0});
  EXPECT_EQ(plan->reference, "ours");
  EXPECT_EQ(plan->model, "minilm");
  EXPECT_FALSE(plan->faithfulness);
  ASSERT_EQ(plan->systems.front().settings.size(), 1U);
  EXPECT_TRUE(plan->systems.front().settings.front().empty());
}

TEST_F(PlanFile, EverythingItCanSay) {
  const auto plan = read(kFiles + R"(
validation = "dev.csv"
subset = 500
seeds = [3, 1]
reference = "ours"
model = "minilm"
[options]
epochs = 2
learning-rate = 1e-3
[faithfulness]
methods = ["decomposition", "lime"]
limit = 20
removal = "delete"
bins = "eraser"
unit = "sentence"
[[system]]
name = "CNN"
system = "cnn"
methods = "all"
tune = {learning-rate = [0.1, 1e-4], epochs = [1, 3]}
)" + kOurs + "epochs = 5\n");
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_EQ(plan->validation, folder_ / "dev.csv");
  EXPECT_EQ(plan->subset, 500U);
  EXPECT_EQ(plan->seeds, (std::vector<std::uint64_t>{3, 1}));
  ASSERT_TRUE(plan->faithfulness);
  EXPECT_EQ(plan->faithfulness->limit, 20U);
  EXPECT_EQ(plan->faithfulness->removal, Removal::erase);
  EXPECT_EQ(plan->faithfulness->bins, Bins::eraser);
  EXPECT_EQ(plan->faithfulness->unit, Unit::sentence);

  const PlannedSystem& cnn = plan->systems[0];
  EXPECT_TRUE(cnn.methods.empty());
  ASSERT_EQ(cnn.settings.size(), 4U);
  std::vector<std::string> described;
  for (const Setting& setting : cnn.settings) described.push_back(describe(setting));
  EXPECT_NE(std::ranges::find(described, "learning-rate 0.0001, epochs 3"), described.end()) << described.front();
  for (const Option& option : cnn.options)
    EXPECT_EQ(option.name, "system") << "what is tuned replaces the common value";

  const PlannedSystem& ours = plan->systems[1];
  EXPECT_EQ(ours.methods, (std::vector<std::string>{"decomposition", "lime"}));
  const auto options = options_of(*plan, ours, ours.settings.front(), reader);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->epochs, 5) << "a system's own value wins";
  EXPECT_EQ(options->learning_rate, 1e-3);
}

TEST_F(PlanFile, TheCommandLineWins) {
  std::ofstream(folder_ / "plan.toml") << kOurs;
  const auto plan =
      read_plan(folder_ / "plan.toml", {.data = "a.csv", .validation = {}, .test = "b.csv", .model = "m"}, reader);
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_EQ(plan->data, "a.csv");
  EXPECT_EQ(plan->test, "b.csv");
  EXPECT_EQ(plan->model, "m");
}

TEST_F(PlanFile, AMistakeIsNamedWithItsLine) {
  const struct {
    std::string plan, begins, holds;
  } mistakes[] = {
      {"data = ", "plan.toml:1: expected TOML", ""},
      {kOurs, "plan.toml: expected data = ", "--data"},
      {kFiles, "plan.toml: expected [[system]] tables", ""},
      {kFiles + "[system]\nname = \"a\"\n", "plan.toml:3: system: expected [[system]]", "found a table"},
      {kFiles + "seed = 3\n" + kOurs, "plan.toml:3: expected a key of ", "seeds"},
      {kFiles + "seeds = \"all\"\n" + kOurs, "plan.toml:3: seeds: expected a list", "found \"all\""},
      {kFiles + "seeds = [4294967296]\n" + kOurs, "plan.toml:3: seeds: ", "from 0 to 4294967295, found 4294967296"},
      {kFiles + "seeds = [1, 1]\n" + kOurs, "plan.toml:3: seeds: ", "1 twice"},
      {kFiles + "hold-out = 2\n" + kOurs, "plan.toml:3: hold-out: expected a number from 0.01", "found 2"},
      {kFiles + "validation = \"c\"\nhold-out = 0.1\n" + kOurs, "plan.toml:4: expected hold-out or", "both"},
      {kFiles + "reference = \"theirs\"\n" + kOurs, "plan.toml:3: reference: expected the name", "\"theirs\""},
      {kFiles + kOurs + kOurs, "plan.toml:6: expected systems with different names", "\"ours\" twice"},
      {kFiles + "[[system]]\nsystem = \"cnn\"\n", "plan.toml:3: expected a name", ""},
      {kFiles + "[[system]]\nname = \"a\"\n", "plan.toml:3: \"a\": expected system = ", ""},
      {kFiles + "[[system]]\nname = \"a\"\nsystem = \"svm\"\n", "plan.toml:5: system: expected cnn or ours",
       "system \"a\""},
      {kFiles + kOurs + "learning_rate = 1\n", "plan.toml:6: learning_rate: expected an option of pellucid train", ""},
      {kFiles + kOurs + "epochs = [1]\n", "plan.toml:6: system.epochs: expected a number", "found a list"},
      {kFiles + kOurs + "text-column = \"t\"\n", "plan.toml:6: text-column: expected in [options]", ""},
      {kFiles + kOurs + "tune = {epochs = 3}\n", "plan.toml:6: tune.epochs: expected a list", "found 3"},
      {kFiles + kOurs + "tune = {text-column = [\"a\", \"b\"]}\n", "plan.toml:6: text-column: expected in [options]",
       ""},
      {kFiles + kOurs + "methods = [\"magic\"]\n", "plan.toml:6: system.methods: expected \"all\"", ""},
      {kFiles + "[faithfulness]\nlimit = 0\n" + kOurs, "plan.toml:4: faithfulness.limit: expected a whole number",
       "found 0"},
      {kFiles + "[faithfulness]\nbins = \"many\"\n" + kOurs, "plan.toml:4: bins: ", "many"},
  };
  for (const auto& mistake : mistakes) {
    const std::string found = error_of(mistake.plan);
    EXPECT_TRUE(found.starts_with(mistake.begins)) << found << "\nexpected: " << mistake.begins;
    EXPECT_NE(found.find(mistake.holds), std::string::npos) << found;
  }
}

TEST_F(PlanFile, TunedSystemsHaveTheSameBudget) {
  const std::string cnn = "[[system]]\nname = \"CNN\"\nsystem = \"cnn\"\ntune = {epochs = [1, 2, 3]}\n";
  const std::string found = error_of(kFiles + cnn + kOurs + "tune = {epochs = [1, 2]}\n");
  EXPECT_TRUE(found.starts_with("plan.toml:7: \"ours\": expected 3 settings to try")) << found;
  EXPECT_TRUE(read(kFiles + cnn + kOurs));
  EXPECT_TRUE(read(kFiles + cnn + kOurs + "tune = {learning-rate = [1, 2, 3]}\n"));
}

TEST_F(PlanFile, ACellIsCalledByWhatDecidesItsTraining) {
  train::Options options;
  options.validation = "v.jsonl";
  const auto folder = [&](const std::string& texts) { return open_cell("out", options, texts, "encoder")->folder; };
  const auto first = folder("texts");
  EXPECT_EQ(folder("texts"), first);
  EXPECT_NE(folder("other texts"), first);
  options.epochs += 1;
  EXPECT_NE(folder("texts"), first);
  options.epochs -= 1;
  options.balanced_sampling = true;
  EXPECT_NE(folder("texts"), first);
  options.balanced_sampling = false;
  options.logit_adjustment = 1;
  EXPECT_NE(folder("texts"), first);
  options.logit_adjustment = 0;
  options.quiet = true;
  EXPECT_EQ(folder("texts"), first) << "progress decides nothing";
  options.precision = Precision::fp32;
  EXPECT_NE(folder("texts"), first) << "where the plan says it, it is not left to the machine";
  options.precision.reset();
  options.seed = 7;
  EXPECT_NE(folder("texts"), first);
}

}  // namespace
}  // namespace pellucid::compare
