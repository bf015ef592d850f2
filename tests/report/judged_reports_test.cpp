// Plausibility and planted evidence as JSON and in a terminal.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/planted.h"
#include "report/plausibility.h"

namespace pellucid {
namespace {

using nlohmann::json;

std::vector<JudgedRow> rows(const std::string& first, const std::string& second) {
  const auto row = [](const char* method, const std::string& measure, double value, double p) {
    return JudgedRow{method, measure, value, {value - 0.125, value + 0.125}, 40, p, 0.0123, 2};
  };
  return {row("decomposition", first, 0.75, 1), row("random", first, 0.25, 0.0002), row("random", second, 0.625, 1),
          row("decomposition", second, 0.5, 0.25)};
}

PlausibilityReport plausibility_report() {
  return {.data_file = "movies.jsonl",
          .data_sha256 = std::string(64, 'a'),
          .n = 40,
          .left_out = 3,
          .truncated_texts = 12,
          .dropped_pieces = 3456,
          .unit = "word",
          .removal = "mask",
          .long_texts = "truncate",
          .marked_share = 0.3125,
          .share = {},
          .share_from = {},
          .rows = rows("auprc", "auroc"),
          .seed = 5,
          .precision = "fp32",
          .weights_sha256 = std::string(64, 'b'),
          .tool = {.version = "0.1.0", .machine = "a machine", .command = "pellucid test"},
          .seconds = 2.5};
}

TEST(PlausibilityReport, JsonHasTheMembersOfItsSchema) {
  PlausibilityReport report = plausibility_report();
  json object = json::parse(to_json(report));
  EXPECT_EQ(object["schema"], "pellucid.plausibility/1");
  EXPECT_EQ(object["data"]["n"], 40);
  EXPECT_EQ(object["data"]["left_out"], 3);
  EXPECT_EQ(object["data"]["truncated_pieces"], 3456);
  EXPECT_EQ(object["data"]["marked_share"], 0.3125);
  EXPECT_EQ(object["long"], "truncate");
  EXPECT_EQ(object["unit"], "word");
  EXPECT_EQ(object["removal"], "mask");
  EXPECT_EQ(object["rationale_share"], nullptr);
  ASSERT_EQ(object["plausibility"].size(), 4U);
  const json& row = object["plausibility"][1];
  EXPECT_EQ(row["method"], "random");
  EXPECT_EQ(row["measure"], "auprc");
  EXPECT_EQ(row["value"], 0.25);
  EXPECT_EQ(row["interval"], json({0.125, 0.375}));
  EXPECT_EQ(row["n"], 40);
  EXPECT_EQ(row["p"], 0.0002);
  EXPECT_EQ(row["seconds_per_text"], 0.0123);
  EXPECT_EQ(row["forward_equivalents"], 2);
  report.share = 0.0625;
  report.share_from = "dev.jsonl";
  object = json::parse(to_json(report));
  EXPECT_EQ(object["rationale_share"], 0.0625);
  EXPECT_EQ(object["rationale_share_from"], "dev.jsonl");
}

TEST(PlausibilityReport, TerminalPutsAMethodOnALine) {
  PlausibilityReport report = plausibility_report();
  const std::string out = to_terminal(report, {.colour = false});
  EXPECT_NE(out.find("  method         auprc    95% interval       p  auroc  ms/text  passes/text\n"
                     "  decomposition  0.750  [0.625, 0.875]    best  0.500     12.3          2.0\n"
                     "  random         0.250  [0.125, 0.375]  <0.001  0.625     12.3          2.0\n"),
            std::string::npos)
      << out;
  EXPECT_NE(out.find("40 texts, 3 left out"), std::string::npos) << out;
  EXPECT_NE(out.find("as long as the human one"), std::string::npos);
  EXPECT_NE(out.find("12 texts were cut: 3,456 pieces not read"), std::string::npos);
  report.share = 0.0625;
  report.truncated_texts = 0;
  const std::string other = to_terminal(report, {.colour = false});
  EXPECT_NE(other.find("a rationale is 6.2% of the text"), std::string::npos) << other;
  EXPECT_EQ(other.find("were cut"), std::string::npos);
}

TEST(PlantedReport, SaysWhatWasPlantedAndWhoFoundIt) {
  const PlantedReport report = {.data_file = "news.csv",
                                .data_sha256 = std::string(64, 'a'),
                                .options = {.texts = 2000, .held_out = 50, .share = 0.5, .max_length = 128, .seed = 9},
                                .removal = "delete",
                                .labels = {"film", "market"},
                                .words = {"ortiz", "psalms"},
                                .outcome = {50, 45, 40, rows("ranked-first", "reciprocal-rank")},
                                .model = "runs/planted/model",
                                .precision = "fp32",
                                .weights_sha256 = std::string(64, 'b'),
                                .tool = {.version = "0.1.0", .machine = "a machine", .command = "pellucid test"},
                                .training_seconds = 60,
                                .seconds = 75};
  const json object = json::parse(to_json(report));
  EXPECT_EQ(object["schema"], "pellucid.planted/1");
  EXPECT_EQ(object["words"], json({{"film", "ortiz"}, {"market", "psalms"}}));
  EXPECT_EQ(object["held_out"], 50);
  EXPECT_EQ(object["accuracy_without_word"], 0.9);
  EXPECT_EQ(object["followed"], 40);
  EXPECT_EQ(object["unit"], "word");
  EXPECT_EQ(object["removal"], "delete");
  EXPECT_EQ(object["planted"][0]["value"], 0.75);
  EXPECT_EQ(object["training"]["planted_share"], 0.5);
  EXPECT_EQ(object["model"]["folder"], "runs/planted/model");
  const std::string out = to_terminal(report, {.colour = false});
  EXPECT_NE(out.find("planted in 50.0% of 2,000 texts: ortiz for film, psalms for market"), std::string::npos) << out;
  EXPECT_NE(out.find("held out 50 texts: without the word 90.0% right; 40 (80.0%) take the label of the word"),
            std::string::npos)
      << out;
  EXPECT_NE(out.find("decomposition         0.750"), std::string::npos) << out;
  EXPECT_NE(out.find("unit word, removal delete"), std::string::npos) << out;
}

}  // namespace
}  // namespace pellucid
