// An evaluation as JSON, terminal text and page.
#include "report/evaluation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "report/faithfulness_table.h"
#include "sample.h"
#include "well_formed.h"

namespace pellucid {
namespace {

using nlohmann::json;

TEST(EvaluationJson, HasTheMembersOfItsSchema) {
  const Evaluation e = sample_evaluation();
  const json object = json::parse(to_json(e));
  EXPECT_EQ(object["schema"], "pellucid.evaluation/1");
  EXPECT_EQ(object["data"]["n"], 4);
  EXPECT_EQ(object["data"]["sha256"], e.data_sha256);
  EXPECT_EQ(object["labels"], json({"film", "market", "match"}));
  const json& found = object["classification"];
  EXPECT_EQ(found["accuracy"], 0.5);
  EXPECT_EQ(found["accuracy_interval"], json({0.25, 0.75}));
  EXPECT_EQ(found["macro_f1_interval"], json({0.125, 0.5}));
  EXPECT_EQ(found["negative_log_likelihood_interval"], json({0.5, 1.5}));
  EXPECT_EQ(found["confusion"], json({{2, 0, 0}, {1, 0, 1}, {0, 0, 0}}));
  EXPECT_EQ(found["macro"]["f1"].get<double>(), e.classification.macro.f1);
  EXPECT_EQ(found["negative_log_likelihood"].get<double>(), e.classification.negative_log_likelihood);
  EXPECT_EQ(found["classes"]["market"]["precision_undefined"], true);
  EXPECT_EQ(found["classes"]["match"]["recall_undefined"], true);
  EXPECT_EQ(found["classes"]["film"]["precision_undefined"], false);
  ASSERT_EQ(object["faithfulness"].size(), 6U);
  const json& row = object["faithfulness"][3];
  EXPECT_EQ(row["method"], "decomposition");
  EXPECT_EQ(row["measure"], "sufficiency");
  EXPECT_EQ(row["value"], 0.125);
  EXPECT_EQ(row["interval"], json({0.0, 0.25}));
  EXPECT_EQ(row["n"], 40);
  EXPECT_EQ(row["p"], 0.25);
  EXPECT_EQ(object["seed"], 11);
  EXPECT_EQ(object["precision"], "bf16");
}

TEST(EvaluationJson, FaithfulnessIsEmptyWhereNotAskedFor) {
  Evaluation e = sample_evaluation();
  e.faithfulness = {};
  EXPECT_EQ(json::parse(to_json(e))["faithfulness"], json::array());
  EXPECT_EQ(to_html(e, {}, "t").find("Faithfulness"), std::string::npos);
  EXPECT_EQ(to_terminal(e, {}).find("sufficiency"), std::string::npos);
}

TEST(EvaluationJson, HasCurvesPartsAndTheCostOfMeasures) {
  Evaluation e = sample_evaluation();
  e.faithfulness.rows[0].parts = {{"head", 0.5, {0.25, 0.75}}};
  const json object = json::parse(to_json(e));
  EXPECT_EQ(object["faithfulness"][0]["better"], "higher");
  EXPECT_EQ(object["faithfulness"][2]["better"], "lower");
  EXPECT_EQ(object["faithfulness"][0]["parts"], json({{{"name", "head"}, {"value", 0.5}, {"interval", {0.25, 0.75}}}}));
  EXPECT_FALSE(object["faithfulness"][1].contains("parts"));
  ASSERT_EQ(object["curves"].size(), 2U);
  EXPECT_EQ(object["curves"][1]["method"], "random");
  EXPECT_EQ(object["curves"][0]["deletion"].size(), 11U);
  EXPECT_EQ(object["curves"][0]["insertion"][10]["share"], 1.0);
  EXPECT_EQ(object["curves"][0]["insertion"][10]["value"], 1.0);
  EXPECT_EQ(object["cost"]["measures"]["comprehensiveness"], 0.25);
}

TEST(Evaluation, ShowsWhatVerdictsMeanAndHowStableExplanationsAre) {
  Evaluation e = sample_evaluation();
  EXPECT_FALSE(json::parse(to_json(e)).contains("quality"));
  EXPECT_FALSE(json::parse(to_json(e)).contains("stability"));
  add_studies(e);
  const json object = json::parse(to_json(e));
  EXPECT_EQ(object["quality"]["verdicts"][1]["verdict"], "weak");
  EXPECT_EQ(object["quality"]["verdicts"][0]["n"], 30);
  EXPECT_EQ(object["quality"]["p"], 0.0123);
  EXPECT_EQ(object["quality"]["warnings"][0]["auroc"], 0.875);
  EXPECT_EQ(object["stability"][0]["change"], "typos");
  EXPECT_EQ(object["stability"][0]["spearman"], -0.0625);
  EXPECT_EQ(object["stability"][0]["predictions_changed_interval"], json({0.02, 0.5}));
  const std::string out = to_terminal(e, {.colour = false});
  const MarkupReader reader(to_html(e, {}, "t"));
  ASSERT_EQ(reader.fault(), "");
  for (const char* part : {"weak", "25.0%", "0.012", "confidence", "0.875", "typos", "12.5%"}) {
    EXPECT_NE(out.find(part), std::string::npos) << part;
    EXPECT_NE(reader.text().find(part), std::string::npos) << part;
  }
}

TEST(FaithfulnessTable, SortsByTheMeasureAskedForAndKnowsTheBestOfEach) {
  Evaluation e = sample_evaluation();
  std::swap(e.faithfulness.rows[0].method, e.faithfulness.rows[1].method);  // random is best in comprehensiveness
  EXPECT_EQ(measure_columns(e), (std::vector<std::string>{"difference", "comprehensiveness", "sufficiency"}));
  std::vector<MethodRow> rows = method_rows(e);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].method, "decomposition");
  EXPECT_TRUE(is_best(*rows[0].measures[0], e.faithfulness.rows));
  EXPECT_FALSE(is_best(*rows[0].measures[1], e.faithfulness.rows));
  EXPECT_TRUE(is_best(*rows[1].measures[1], e.faithfulness.rows));
  EXPECT_EQ(measure_heading(*rows[0].measures[2]), "sufficiency ↓");
  e.sort_by = "comprehensiveness";
  EXPECT_EQ(measure_columns(e).front(), "comprehensiveness");
  rows = method_rows(e);
  EXPECT_EQ(rows[0].method, "random");
  EXPECT_EQ(rows[0].measures[0]->measure, "comprehensiveness");
}

TEST(EvaluationTerminal, ManyMeasuresMakeSeveralNarrowTables) {
  Evaluation e = sample_evaluation();
  for (int i = 0; i < 9; ++i) {
    FaithfulnessRow row = e.faithfulness.rows[0];
    row.measure = "a-measure-with-a-name-" + std::to_string(i);
    e.faithfulness.rows.push_back(row);
    row.method = "random";
    e.faithfulness.rows.push_back(row);
  }
  const std::string out = to_terminal(e, {.colour = false});
  std::istringstream lines(out);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
  EXPECT_LT(widest, 170U) << out;  // bytes; arrows have three
  for (int i = 0; i < 9; ++i) EXPECT_EQ(count_of(out, "a-measure-with-a-name-" + std::to_string(i) + " ↑"), 1U);
}

TEST(EvaluationTerminal, FlagsWhatIsUndefined) {
  const std::string out = to_terminal(sample_evaluation(), {.colour = false});
  EXPECT_NE(out.find("market          "), std::string::npos) << out;
  EXPECT_EQ(count_of(out, "0.000*"), 2U) << out;
  EXPECT_NE(out.find("* undefined"), std::string::npos);
  EXPECT_NE(out.find("accuracy                    0.500  [0.250, 0.750]"), std::string::npos) << out;
  EXPECT_NE(out.find("<0.001"), std::string::npos);
  EXPECT_NE(out.find("40 texts; unit word, removal mask, bins deciles, explained in fp32; sorted by difference"),
            std::string::npos);
  Evaluation defined = sample_evaluation();
  for (ClassMetrics& one : defined.classification.classes) one.precision_undefined = one.recall_undefined = false;
  EXPECT_EQ(to_terminal(defined, {.colour = false}).find("undefined"), std::string::npos);
}

TEST(EvaluationPage, HasEveryPart) {
  Evaluation e = sample_evaluation();
  e.truncated_texts = 2;
  e.dropped_pieces = 1500;
  const std::string page = to_html(e, std::vector{sample("up and away")}, "Evaluation on test.csv");
  const MarkupReader reader(page);
  ASSERT_EQ(reader.fault(), "");
  for (const char* part :
       {"Evaluation on test.csv", "test.csv", "bf16", "4, 2 cut (1,500 pieces not read)", "95% interval 0.250 to 0.750",
        "95% interval 0.125 to 0.500", "NLL", "ECE", "Brier score", "Confusion matrix", "Faithfulness of explanations",
        "40 texts; unit word, removal mask, bins deciles, explained in fp32", "0.500 to 0.750", "p &lt;0.001", "best",
        "12.3", "macro average", "Explanations", "Why match"}) {
    EXPECT_NE(reader.text().find(part), std::string::npos) << part;
  }
  for (const char* part : {"Deletion: lower is better", "Insertion: higher is better",
                           "decomposition 0.500, random 0.500", "The curves in numbers", "What the measures mean"}) {
    EXPECT_NE(reader.text().find(part), std::string::npos) << part;
  }
  EXPECT_EQ(count_of(page, "<desc>"), 2U);
  EXPECT_EQ(count_of(page, "class=\"band line-1\""), 2U);
  EXPECT_EQ(count_of(page, "class=\"band control\""), 2U);
  EXPECT_EQ(count_of(page, ">undefined</abbr>"), 2U);
  EXPECT_EQ(count_of(page, "no text was predicted to be of this class"), 1U);
  EXPECT_NE(page.find("title=\"50.0% of market\">1</td>"), std::string::npos);
  EXPECT_EQ(count_of(page, "<caption"), count_of(page, "<table"));
  EXPECT_EQ(count_of(page, "<h1"), 1U);
}

TEST(EvaluationPage, WithoutExplanations) {
  const MarkupReader reader(to_html(sample_evaluation(), {}, "t"));
  EXPECT_EQ(reader.fault(), "");
  EXPECT_FALSE(reader.tags().contains("article"));
}

}  // namespace
}  // namespace pellucid
