// Results as Markdown: what commands wrote as JSON comes back as tables, and what they did not write is refused.
#include "report/results.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "error/error.h"
#include "report/plausibility.h"
#include "sample.h"

namespace pellucid {
namespace {

TEST(Results, AnEvaluationIsItsFiguresAndATableOfMethods) {
  const Evaluation e = sample_evaluation();
  const auto section = results_section(to_json(e), "Test <1>", "e.json");
  ASSERT_TRUE(section) << describe(section.error());
  EXPECT_TRUE(section->starts_with("## Test \\<1\\>\n\n4 texts of ")) << *section;
  EXPECT_NE(section->find("Accuracy 0.500 [0.250, 0.750]"), std::string::npos) << *section;
  EXPECT_NE(section->find("seed 11"), std::string::npos);
  EXPECT_NE(section->find("Explanations of 40 of them"), std::string::npos);
  EXPECT_NE(section->find("0.125 [0.000, 0.250]"), std::string::npos);
  EXPECT_NE(section->find("| best |"), std::string::npos);
  std::size_t methods = 0;
  for (std::size_t at = section->find("\n| "); at != std::string::npos; at = section->find("\n| ", at + 1)) ++methods;
  EXPECT_EQ(methods, 3U) << "a heading and two methods\n" << *section;
}

TEST(Results, WhatVerdictsMeanAndHowStableExplanationsAreHaveTheirTables) {
  Evaluation e = sample_evaluation();
  const auto without = results_section(to_json(e), "t", "e.json");
  ASSERT_TRUE(without);
  EXPECT_EQ(without->find("verdict"), std::string::npos);
  EXPECT_EQ(without->find("Spearman"), std::string::npos);
  add_studies(e);
  const auto section = results_section(to_json(e), "t", "e.json");
  ASSERT_TRUE(section) << describe(section.error());
  EXPECT_NE(section->find("(decomposition); ok against the rest: p 0.012"), std::string::npos) << *section;
  EXPECT_NE(section->find("| weak | 8 | 2 | 0.250 [0.070, 0.590] |"), std::string::npos) << *section;
  EXPECT_NE(section->find("| confidence | 0.875 [0.700, 0.950] |"), std::string::npos);
  EXPECT_NE(section->find("| typos | random | 12 | -0.062 [-0.500, 0.500] | 0.500 [0.000, 0.000] | "
                          "0.250 [0.000, 0.000] | 0.125 [0.020, 0.500] |"),
            std::string::npos)
      << *section;
}

TEST(Results, FilesAreNamedWithoutTheirFolders) {
  Evaluation e = sample_evaluation();
  e.data_file = "/home/someone/secret/test.csv";
  const auto section = results_section(to_json(e), "t", "e.json");
  ASSERT_TRUE(section);
  EXPECT_EQ(section->find("secret"), std::string::npos);
  EXPECT_NE(section->find("test.csv"), std::string::npos);
}

TEST(Results, HowItWasMadeIsThereWithoutTheMachinesOwnPaths) {
  Evaluation e = sample_evaluation();
  e.tool = {.version = "0.1.0",
            .commit = "0123456789",
            .machine = "AMD EPYC, 2 CPUs",
            .command = "pellucid evaluate runs/m /home/someone/texts/test.csv '/home/a b/c.csv' --json=/tmp/e.json"};
  const auto section = results_section(to_json(e), "t", "e.json");
  ASSERT_TRUE(section) << describe(section.error());
  EXPECT_NE(section->find("pellucid 0.1.0 (commit 0123456789) on AMD EPYC, 2 CPUs.\n\n"
                          "    pellucid evaluate runs/m test.csv "),
            std::string::npos)
      << *section;
  EXPECT_NE(section->find("--json=e.json\n\n"), std::string::npos) << *section;
  EXPECT_EQ(section->find("someone"), std::string::npos) << *section;
  EXPECT_NE(section->find(" test.csv 'c.csv' --json"), std::string::npos) << *section;
  e.tool.command = "pellucid explain m --text 'and/or, it'\\''s /so' '--json=/home/some one/e.json'";
  EXPECT_NE(results_section(to_json(e), "t", "e.json")
                ->find("    pellucid explain m --text 'and/or, it'\\''s /so' '--json=e.json'\n"),
            std::string::npos);
}

TEST(Results, AKeptPageHasEachSectionOnceInItsPlace) {
  const std::string page = "# Title\n\nA note.\n\n## A\n\nold\n\n### part\n\n## B\n\nkept\n";
  const std::vector<std::string> sections = {"## C\n\nnew\n\n", "## A\n\nnew\n\n"};
  EXPECT_EQ(results_page(page, sections), "# Title\n\nA note.\n\n## A\n\nnew\n\n## B\n\nkept\n\n## C\n\nnew\n");
  EXPECT_EQ(results_page("# Title\n\nA note.\n", sections), "# Title\n\nA note.\n\n## C\n\nnew\n\n## A\n\nnew\n");
  EXPECT_EQ(results_page(page, {}), page);
}

TEST(Results, PlausibilityHasItsMeasures) {
  PlausibilityReport report;
  report.data_file = "movies.jsonl";
  report.data_sha256 = std::string(64, 'c');
  report.n = 7;
  report.unit = "word";
  report.long_texts = "window";
  report.marked_share = 0.25;
  report.weights_sha256 = std::string(64, 'd');
  report.rows = {
      {.method = "lime", .measure = "auprc", .value = 0.5, .interval = {0.4, 0.6}, .n = 7},
      {.method = "random", .measure = "auprc", .value = 0.25, .interval = {0.2, 0.3}, .n = 7, .p_value = 0.01},
      {.method = "random", .measure = "auroc", .value = 0.5, .interval = {0.4, 0.6}, .n = 7},
      {.method = "lime", .measure = "auroc", .value = 0.75, .interval = {0.7, 0.8}, .n = 7}};
  const auto section = results_section(to_json(report), "Movies", "m.json");
  ASSERT_TRUE(section) << describe(section.error());
  EXPECT_NE(section->find("| lime | 0.500 [0.400, 0.600] | 0.750 [0.700, 0.800] | best | 0.0 |"), std::string::npos)
      << *section;
  EXPECT_NE(section->find("| random | 0.250 [0.200, 0.300] | 0.500 [0.400, 0.600] | 0.010 | 0.0 |"), std::string::npos);
}

TEST(Results, WhatIsNotAResultIsRefusedWithItsPlace) {
  for (const char* text : {"", "[]", "{", R"({"schema": "pellucid.explanation/1"})", R"({"schema": 7})"}) {
    const auto section = results_section(text, "t", "wrong.json");
    ASSERT_FALSE(section) << text;
    EXPECT_EQ(exit_status(section.error()), 1);
    EXPECT_NE(describe(section.error()).find("wrong.json"), std::string::npos);
  }
  const auto cut = results_section(R"({"schema": "pellucid.evaluation/1", "data": {"n": 3}})", "t", "cut.json");
  ASSERT_FALSE(cut);
  EXPECT_NE(describe(cut.error()).find("pellucid.evaluation/1"), std::string::npos);
}

// Copied, a million brackets would end the program; an empty list has no first row; 1e300 is no number of texts.
TEST(Results, WhatNoCommandWritesIsRefused) {
  const auto said = [](const std::string& text) {
    const auto section = results_section(text, "t", "wrong.json");
    EXPECT_FALSE(section) << text.substr(0, 100);
    return section ? "" : describe(section.error());
  };
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_NE(said("{\"schema\": " + deep + "}").find("found no JSON object"), std::string::npos);
  EXPECT_LT(said(nlohmann::json{{"schema", std::string(1'000'000, 'x')}}.dump()).size(), 1000U);

  const auto with = [](nlohmann::json result, const char* member, const nlohmann::json& value) {
    result[nlohmann::json::json_pointer(member)] = value;
    return result.dump();
  };
  const auto evaluation = nlohmann::json::parse(to_json(sample_evaluation()));
  for (const nlohmann::json& n : {nlohmann::json(1e300), nlohmann::json(-1), nlohmann::json(0.5)}) {
    EXPECT_NE(said(with(evaluation, "/data/n", n)).find("expected a whole number from 0"), std::string::npos);
  }
  PlausibilityReport report;
  report.rows = {{.method = "lime", .measure = "auprc", .value = 0.5, .interval = {0.4, 0.6}, .n = 7}};
  const auto plausibility = nlohmann::json::parse(to_json(report));
  EXPECT_TRUE(results_section(plausibility.dump(), "t", "right.json"));
  EXPECT_NE(said(with(plausibility, "/plausibility", nlohmann::json::array())).find("pellucid.plausibility/1"),
            std::string::npos);
  const nlohmann::json planted = {{"schema", "pellucid.planted/1"},
                                  {"data", {{"file", "f"}, {"sha256", "a"}}},
                                  {"training", {{"texts", 1}, {"planted_share", 0.5}}},
                                  {"held_out", 1},
                                  {"followed", 1},
                                  {"planted", nlohmann::json::array()},
                                  {"seed", 0},
                                  {"tool", {{"version", "0.1.0"}}}};
  EXPECT_NE(said(planted.dump()).find("pellucid.planted/1"), std::string::npos);
}

}  // namespace
}  // namespace pellucid
