// Plans of studies: what is read, and what a mistake says.
#include "study/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "temporary_folder.h"

namespace pellucid::study {
namespace {

// Options as the program's parser would take them, without the program.
Result<train::Options> reader(std::span<const compare::Option> options) {
  train::Options read;
  for (const compare::Option& option : options) {
    if (option.name == "learning-rate") {
      read.learning_rate = std::stod(option.value);
    } else if (option.name == "epochs") {
      read.epochs = std::stol(option.value);
    } else if (option.name == "class-weights") {
      read.balanced_class_weights = true;
    } else if (option.name == "sampling") {
      read.balanced_sampling = true;
    } else if (option.name == "logit-adjustment") {
      read.logit_adjustment = std::stod(option.value);
    } else {
      return fail(ErrorCode::usage, "expected an option of pellucid train", "--" + option.name);
    }
  }
  return read;
}

class StudyPlanFile : public testing::Test {
 protected:
  Result<StudyPlan> read(const std::string& kind, const std::string& text) const {
    std::ofstream(folder_ / "plan.toml") << "data = \"train.csv\"\ntest = \"test.csv\"\n" << text;
    return read_study_plan(folder_ / "plan.toml", *find_kind(kind), {}, reader);
  }
  std::string error_of(const std::string& kind, const std::string& text) const {
    const auto plan = read(kind, text);
    if (plan) return "(no error)";
    EXPECT_EQ(plan.error().code, ErrorCode::usage);
    return describe(plan.error()).substr((folder_ / "").string().size());
  }

  TemporaryFolder folder_;
};

TEST_F(StudyPlanFile, ValuesAreSortedAndTheReferenceIsTheFirstUnlessNamed) {
  const auto plan = read("learning-rate", "values = [3e-4, 1e-5, 5e-5]\nseeds = [0, 1]\n[options]\nepochs = 2\n");
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_EQ(plan->values[0].argument, "1e-05");
  EXPECT_EQ(plan->values[2].number, 3e-4);
  EXPECT_EQ(plan->reference, 2U);
  EXPECT_EQ(plan->method(), "expected-decomposition");
  EXPECT_EQ(plan->common.faithfulness->limit, 100U) << "measured whether the table is there or not";
  EXPECT_EQ(plan->groups, std::vector<std::string>{""});
  const auto named = read("learning-rate", "values = [3e-4, 1e-5, 5e-5]\nreference = 5e-5\n");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->reference, 1U);
}

TEST_F(StudyPlanFile, AValueOrATreatmentIsAnOptionOfTraining) {
  const auto plan = read("learning-rate", "values = [1e-5, 5e-5]\n");
  ASSERT_TRUE(plan);
  const auto options = compare::options_of(plan->common, plan->system(), setting_of(*plan, 0, 1), reader);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->learning_rate, 5e-5);

  const auto imbalance = read("imbalance", "values = [1, 4]\n");
  ASSERT_TRUE(imbalance) << describe(imbalance.error());
  ASSERT_EQ(imbalance->groups.size(), 4U) << "every treatment, unless some are named";
  const auto treated = [&](std::size_t group) {
    return *compare::options_of(imbalance->common, imbalance->system(), setting_of(*imbalance, group, 1), reader);
  };
  EXPECT_TRUE(setting_of(*imbalance, 0, 1).empty());
  EXPECT_TRUE(treated(1).balanced_class_weights);
  EXPECT_TRUE(treated(2).balanced_sampling);
  EXPECT_EQ(treated(3).logit_adjustment, 1);
}

TEST_F(StudyPlanFile, GroupsShareTheReferenceWhereItChangesNothing) {
  const auto zero = read("shuffle", "values = [0, 0.5]\n");
  EXPECT_TRUE(zero->is_reference(0, 0));
  EXPECT_TRUE(zero->is_reference(2, 0)) << "unmoved is unmoved at every level";
  const auto half = read("shuffle", "values = [0.5, 1]\nreference = 0.5\n");
  EXPECT_TRUE(half->is_reference(0, 0));
  EXPECT_FALSE(half->is_reference(1, 0)) << "other words moved than sentences";
  const auto imbalance = read("imbalance", "values = [1, 2]\n");
  EXPECT_FALSE(imbalance->is_reference(1, 0)) << "trained otherwise";
}

TEST_F(StudyPlanFile, ValuesAreWhatTheFactorTakes) {
  EXPECT_TRUE(read("training-size", "values = [100, \"all\"]\nreference = \"all\"\n"));
  EXPECT_EQ(read("training-size", "values = [100, \"all\"]\nleast-seen = 250\n")->least_seen, 250U);
  EXPECT_TRUE(read("typos", "values = [0, 1]\n"));
  const struct {
    std::string kind, plan, begins, holds;
  } mistakes[] = {
      {"typos", "", "plan.toml: expected values = [...]", "from 0 to 1"},
      {"typos", "values = [0.5]\n", "plan.toml:3: values: expected a list of two values or more", ""},
      {"typos", "values = 0.5\n", "plan.toml:3: values: expected a list", "found 0.5"},
      {"typos", "values = [0, 1.5]\n", "plan.toml:3: values: expected a share of words", "found 1.5"},
      {"typos", "values = [0,\n \"much\"]\n", "plan.toml:4: values: expected a share", "found \"much\""},
      {"typos", "values = [0, nan]\n", "plan.toml:3: values: expected a share", ""},
      {"typos", "values = [0, 0.5, 0.5]\n", "plan.toml:3: values: expected different values", "0.5 twice"},
      {"typos", "values = [0, 0.5]\nreference = 0.3\n", "plan.toml:4: reference: expected one of values (0, 0.5)",
       "found 0.3"},
      {"learning-rate", "values = [0, 1e-5]\n", "plan.toml:3: values: expected a number from 1e-9", "found 0"},
      {"imbalance", "values = [0.5, 1]\n", "plan.toml:3: values: expected a number from 1", ""},
      {"imbalance", "values = [1, 2]\ntreatments = [\"prayer\"]\n", "plan.toml:4: treatments: expected a list of none",
       "found \"prayer\""},
      {"imbalance", "values = [1, 2]\nminority = [\"a\", \"a\"]\n", "plan.toml:4: minority: expected different", ""},
      {"shuffle", "values = [0, 1]\nlevels = [\"letter\"]\n", "plan.toml:4: levels: expected a list of sentence", ""},
      {"shuffle", "values = [0, 1]\ntreatments = [\"none\"]\n", "plan.toml:4: expected a key of ", "levels"},
      {"training-size", "values = [100, 1000.5]\n", "plan.toml:3: values: expected a whole number", "found 1000.5"},
      {"training-size", "values = [100, \"most\"]\n", "plan.toml:3: values: ", "or \"all\""},
      {"training-size", "values = [100, 200]\nleast-seen = 0.5\n",
       "plan.toml:4: least-seen: expected a number of texts", "found 0.5"},
      {"typos", "values = [0, 1]\nleast-seen = 100\n", "plan.toml:4: expected a key of ", "least-seen"},
      {"learning-rate", "values = [1e-5, 1e-4]\n[options]\nlearning-rate = 1\n",
       "plan.toml:5: options.learning-rate: expected no such key", "varies"},
      {"imbalance", "values = [1, 2]\n[options]\nsampling = \"plain\"\n", "plan.toml:5: options.sampling: ", "varies"},
      {"typos", "values = [0, 1]\n[options]\nepoch = 1\n", "plan.toml:5: epoch: expected an option", ""},
      {"typos", "values = [0, 1]\n[faithfulness]\nmethods = [\"lime\", \"decomposition\"]\n",
       "plan.toml:5: faithfulness.methods: expected a list of one method", ""},
      {"typos", "values = [0, 1]\n[faithfulness]\nmethods = \"all\"\n", "plan.toml:5: faithfulness.methods: ", "one"},
      {"typos", "values = [0, 1]\n[[system]]\nname = \"a\"\n", "plan.toml:4: expected a key of ", "system"},
  };
  for (const auto& mistake : mistakes) {
    const std::string found = error_of(mistake.kind, mistake.plan);
    EXPECT_TRUE(found.starts_with(mistake.begins)) << found << "\nexpected: " << mistake.begins;
    EXPECT_NE(found.find(mistake.holds), std::string::npos) << found;
  }
}

TEST_F(StudyPlanFile, ClaimsNameValuesAsTablesDo) {
  const auto plan = read("shuffle", R"(values = [0, 0.5, 1]
seeds = [0, 1]
levels = ["word"]
[[claim]]
says = "Order matters"
measure = "f1"
at = "100%, word"
below = "0%, word"
margin = 0.01
[[claim]]
says = "So do explanations"
measure = "rank-correlation"
at = "50%, word"
near = "noise floor"
margin = 0.1
)");
  ASSERT_TRUE(plan) << describe(plan.error());
  ASSERT_EQ(plan->claims.size(), 2U);
  EXPECT_EQ(plan->claims[0].says, "Order matters");
  EXPECT_EQ(plan->claims[0].measure, Measure::f1);
  EXPECT_EQ(plan->claims[0].at, "100%, word");
  EXPECT_EQ(plan->claims[0].than, "0%, word");
  EXPECT_EQ(plan->claims[0].relation, Relation::below);
  EXPECT_EQ(plan->claims[0].margin, 0.01);
  EXPECT_EQ(plan->claims[1].relation, Relation::near);
  EXPECT_EQ(plan->claims[1].than, kNoiseFloor);
}

TEST_F(StudyPlanFile, AMistakeInAClaimIsNamed) {
  const std::string begin = "values = [0, 0.5, 1]\nseeds = [0, 1]\n[[claim]]\n";
  const struct {
    std::string claim, begins, holds;
  } mistakes[] = {
      {"measure = \"f1\"\nat = \"50%\"\nbelow = \"0%\"\n", "plan.toml:5: expected says", ""},
      {"says = \"a\"\n", "plan.toml:5: expected a measure", "accuracy, precision"},
      {"says = \"a\"\nmeasure = \"beauty\"\n", "plan.toml:7: claim.measure: expected one of", "found \"beauty\""},
      {"says = \"a\"\nmeasure = \"minority-recall\"\n", "plan.toml:7: claim.measure: ", ""},
      {"says = \"a\"\nmeasure = \"f1\"\n", "plan.toml:5: expected at", "\"0%\", \"50%\", \"100%\""},
      {"says = \"a\"\nmeasure = \"f1\"\nat = \"20%\"\n", "plan.toml:8: claim.at: expected one of \"0%\", ", "\"20%\""},
      {"says = \"a\"\nmeasure = \"f1\"\nat = \"50%\"\n", "plan.toml:5: expected below, above or near", "none"},
      {"says = \"a\"\nmeasure = \"f1\"\nat = \"50%\"\nbelow = \"0%\"\nabove = \"100%\"\n",
       "plan.toml:5: expected below, above or near", "found 2"},
      {"says = \"a\"\nmeasure = \"f1\"\nat = \"50%\"\nbelow = \"50%\"\n", "plan.toml:9: claim.below: expected another",
       ""},
      {"says = \"a\"\nmeasure = \"f1\"\nat = \"50%\"\nbelow = \"noise floor\"\n", "plan.toml:9: claim.below: ", ""},
      {"says = \"a\"\nmeasure = \"overlap\"\nat = \"0%\"\nbelow = \"50%\"\n",
       "plan.toml:8: claim.at: ", "of \"50%\", \"100%\""},
      {"says = \"a\"\nmeasure = \"f1\"\nat = \"50%\"\nnear = \"0%\"\n", "plan.toml:5: expected a margin above 0",
       "none"},
      {"says = \"a\"\nmeasure = \"f1\"\nat = \"50%\"\nbelow = \"0%\"\nmargin = -1\n",
       "plan.toml:10: claim.margin: expected a number from 0", ""},
      {"says = \"a\"\nmeasure = \"f1\"\nat = \"50%\"\nbelow = \"0%\"\nwhy = \"so\"\n", "plan.toml:10: ", "why"},
  };
  for (const auto& mistake : mistakes) {
    const std::string found = error_of("typos", begin + mistake.claim);
    EXPECT_TRUE(found.starts_with(mistake.begins)) << found << "\nexpected: " << mistake.begins;
    EXPECT_NE(found.find(mistake.holds), std::string::npos) << found;
  }
  EXPECT_TRUE(
      error_of("typos", "values = [0, 1]\n[claim]\nsays = \"a\"\n").starts_with("plan.toml:4: claim: expected"));
}

TEST(StudyKinds, ValuesAreShownAsPeopleReadThem) {
  const auto shown = [](const char* kind, double value) { return text_of(*find_kind(kind), value); };
  EXPECT_EQ(shown("learning-rate", 3e-5), "3e-5");
  EXPECT_EQ(shown("learning-rate", 1.5e-4), "1.5e-4");
  EXPECT_EQ(shown("learning-rate", 0.001), "0.001");
  EXPECT_EQ(shown("dropout", 0), "0");
  EXPECT_EQ(shown("imbalance", 16), "1:16");
  EXPECT_EQ(shown("shuffle", 0.2), "20%");
  EXPECT_EQ(shown("training-size", 3000), "3,000");
  EXPECT_EQ(shown("training-size", kAll), "all");
  EXPECT_EQ(find_kind("weather"), nullptr);
}

TEST(StudyKinds, ThePlansThatAreShippedAreRead) {
  const auto any = [](std::span<const compare::Option>) -> Result<train::Options> { return train::Options(); };
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(PELLUCID_SOURCE_DIR) / "plans")) {
    const std::string name = entry.path().stem().string();
    if (!name.starts_with("study-")) continue;
    const auto kind = std::ranges::find_if(
        kinds(), [&](const Kind& one) { return name.starts_with("study-" + std::string(one.name)); });
    ASSERT_NE(kind, kinds().end()) << name;
    const auto plan = read_study_plan(entry.path(), *kind, {}, any);
    EXPECT_TRUE(plan) << name << ": " << describe(plan.error());
  }
}

}  // namespace
}  // namespace pellucid::study
