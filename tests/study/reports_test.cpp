// A study as JSON, in a terminal, as Markdown, as a page.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "report/results.h"
#include "report/well_formed.h"
#include "study/table.h"

namespace pellucid::study {
namespace {

using compare::Figure;
using nlohmann::json;

Figure figure(double value) {
  return {.value = value,
          .interval = {value - 0.02, value + 0.02},
          .spread = 0.01,
          .of_seeds = {value, value - 0.01, value + 0.01}};
}

StudyRow row(const std::string& group, double value, const std::string& text, bool reference) {
  StudyRow one;
  one.group = group;
  one.value = value;
  one.text = text;
  one.reference = reference;
  one.accuracy = one.precision = one.recall = one.f1 = figure(0.9 - 0.01 * value);
  one.comprehensiveness = figure(0.6);
  one.sufficiency = figure(0.1);
  one.difference = figure(0.5);
  one.random = 0.05;
  if (!reference) {
    one.accuracy.p_value = 0.04;
    one.difference.p_value = 0.0001;
    one.consistency = Consistency{.n = 57, .rank_correlation = figure(0.7), .overlap = figure(0.8)};
  }
  one.minority = Minority{.recall = figure(0.65), .against = figure(0.3), .n = 21};
  one.runs = {{.seed = 0, .minority = "good & <new>", .folder = "runs/x", .training_texts = 90, .accuracy = 0.9}};
  return one;
}

Study sample() {
  Study study;
  study.plan_file = "plans/<study>.toml";
  study.plan_sha256 = std::string(64, 'a');
  study.data_file = "/somewhere/train.csv";
  study.test_file = "test.csv";
  study.data_sha256 = study.test_sha256 = std::string(64, 'b');
  study.data_texts = 1000;
  study.train_texts = 90;
  study.validation_texts = 10;
  study.test_texts = 200;
  study.labels = {"good & <new>", "bad"};
  study.seeds = {0, 1, 2};
  study.explained_texts = 20;
  study.unit = "word";
  study.removal = "mask";
  study.bins = "deciles";
  study.tool = {
      .version = "0.0.0", .commit = "abc1234567", .machine = "AMD <EPYC>, 2 CPUs", .command = "pellucid audit m t"};
  study.kind = find_kind("imbalance");
  study.options = "max-length 128";
  study.method = "expected-decomposition";
  study.groups = {"none", "class-weights"};
  study.minority = {"good & <new>"};
  for (const std::string& group : study.groups) {
    study.rows.push_back(row(group, 1, "1:1", group == "none"));
    study.rows.push_back(row(group, 16, "1:16", false));
  }
  study.claims = {{.claim = {.says = "Fewer texts, <less> recall",
                             .measure = Measure::minority_recall,
                             .at = "1:16, none",
                             .than = "1:1, none",
                             .relation = Relation::below,
                             .margin = 0.05},
                   .difference = figure(-0.25),
                   .verdict = Verdict::confirmed}};
  study.floor = Consistency{.n = 60, .rank_correlation = figure(0.61), .overlap = figure(0.71)};
  return study;
}

TEST(StudyReports, JsonHasTheDocumentedShape) {
  const json found = json::parse(to_json(sample()));
  EXPECT_EQ(found["schema"], "pellucid.study/1");
  EXPECT_EQ(found["kind"], "imbalance");
  EXPECT_EQ(found["groups"], json({"none", "class-weights"}));
  EXPECT_EQ(found["noise_floor"]["rank_correlation"]["value"], 0.61);
  EXPECT_EQ(found["explained"]["n"], 20);
  ASSERT_EQ(found["rows"].size(), 4U);
  const json& reference = found["rows"][0];
  EXPECT_EQ(reference["reference"], true);
  EXPECT_TRUE(reference["consistency"].is_null());
  EXPECT_FALSE(reference["accuracy"].contains("p"));
  const json& other = found["rows"][1];
  EXPECT_EQ(other["text"], "1:16");
  EXPECT_EQ(other["value"], 16);
  EXPECT_EQ(other["accuracy"]["p"], 0.04);
  EXPECT_EQ(other["macro"]["f1"]["of_seeds"].size(), 3U);
  EXPECT_EQ(other["faithfulness"]["difference"]["value"], 0.5);
  EXPECT_EQ(other["faithfulness"]["random"], 0.05);
  EXPECT_EQ(other["consistency"]["n"], 57);
  EXPECT_EQ(other["minority"]["evidence_against"]["value"], 0.3);
  EXPECT_EQ(other["runs"][0]["minority"], "good & <new>");
  ASSERT_EQ(found["claims"].size(), 1U);
  const json& claim = found["claims"][0];
  EXPECT_EQ(claim["measure"], "minority-recall");
  EXPECT_EQ(claim["at"], "1:16, none");
  EXPECT_EQ(claim["relation"], "below");
  EXPECT_EQ(claim["than"], "1:1, none");
  EXPECT_EQ(claim["margin"], 0.05);
  EXPECT_EQ(claim["comparison"], "minority-recall at 1:16, none: below that at 1:1, none by more than 0.05");
  EXPECT_EQ(claim["difference"]["value"], -0.25);
  EXPECT_EQ(claim["verdict"], "confirmed");
}

TEST(StudyReports, ASizeOfAllIsNull) {
  Study study = sample();
  study.kind = find_kind("training-size");
  study.rows.front().value = kAll;
  EXPECT_TRUE(json::parse(to_json(study))["rows"][0]["value"].is_null());
}

TEST(StudyReports, TheTerminalShowsEachRow) {
  const std::string shown = to_terminal(sample(), {.colour = false});
  for (const char* part :
       {"1:16, class-weights", "0.740 [0.720, 0.760]", "reference", "0.040", "<0.001", "rank correlation",
        "Noise floor", "0.610 [0.590, 0.630]", "subset of 100 of the 1,000", "minority recall", "against 1:1, none",
        "Fewer texts, <less> recall", "-0.250 [-0.270, -0.230]", "confirmed"}) {
    EXPECT_NE(shown.find(part), std::string::npos) << part << "\n" << shown;
  }
}

TEST(StudyReports, TheSectionOfResultsIsTablesWhateverNamesHold) {
  const auto section = results_section(to_json(sample()), "Figure 5", "study.json");
  ASSERT_TRUE(section) << describe(section.error());
  EXPECT_NE(section->find("| 1:16, class-weights | 0.740 [0.720, 0.760] | 0.0100 | 0.040 |"), std::string::npos)
      << *section;
  EXPECT_NE(section->find("| 1:1, none | 0.890 [0.870, 0.910] | 0.0100 | reference |"), std::string::npos) << *section;
  EXPECT_NE(section->find("| 1:16, none | 0.650 [0.630, 0.670] | 0.0100 | 0.300 [0.280, 0.320] | 21 |"),
            std::string::npos)
      << *section;
  EXPECT_NE(section->find(
                "minority-recall at 1:16, none: below that at 1:1, none by more than 0.05 | -0.250 [-0.270, -0.230] | "
                "confirmed |"),
            std::string::npos)
      << *section;
  EXPECT_EQ(section->find("somewhere"), std::string::npos);
}

TEST(StudyReports, ThePageIsWellFormedWithAPictureOfEachGroup) {
  for (const bool whole : {true, false}) {
    Study study = sample();
    if (!whole) {
      study.floor.reset();
      study.minority.clear();
      study.claims.clear();
      for (StudyRow& one : study.rows) {
        one.minority.reset();
        one.consistency.reset();
      }
    }
    const std::string page = to_html(study);
    EXPECT_EQ(MarkupReader(page).fault(), "");
    std::set<std::string> ids;
    for (std::size_t at = page.find(" id=\""); at != std::string::npos; at = page.find(" id=\"", at + 1)) {
      const std::size_t begin = at + 5;
      EXPECT_TRUE(ids.insert(page.substr(begin, page.find('"', begin) - begin)).second) << page.substr(begin, 30);
    }
    std::size_t figures = 0;
    for (std::size_t at = page.find("<figure>"); at != std::string::npos; at = page.find("<figure>", at + 1)) ++figures;
    EXPECT_EQ(figures, whole ? 6U : 4U);
    EXPECT_EQ(page.find("class=\"level") != std::string::npos, whole);
    EXPECT_EQ(page.find("<new>"), std::string::npos);
  }
}

TEST(StudyReports, ThePictureHoldsTheChartsOfThePageAndNeedsNoPage) {
  Study study = sample();
  study.groups.back() = "class & <weights>";
  for (StudyRow& one : study.rows) {
    if (one.group == "class-weights") one.group = study.groups.back();
  }
  const std::string picture = to_svg(study);
  const MarkupReader read(picture);
  EXPECT_EQ(read.fault(), "");
  for (const char* of_a_page : {"figure", "ul", "script", "a", "image"}) EXPECT_FALSE(read.tags().contains(of_a_page));
  EXPECT_EQ(picture.find("var("), std::string::npos);  // converters know no variables
  for (const char* name :
       {"Labels: none", "Explanations: none", "Minority class: none", "Labels: class &amp; &lt;weights&gt;", "macro F1",
        "noise floor", "200 test texts, 3 seeds"}) {
    EXPECT_NE(read.text().find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace pellucid::study
