// An evaluation as JSON, terminal text and page.
#include "report/evaluation.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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
  e.faithfulness.clear();
  EXPECT_EQ(json::parse(to_json(e))["faithfulness"], json::array());
  EXPECT_EQ(to_html(e, {}, "t").find("Faithfulness"), std::string::npos);
  EXPECT_EQ(to_terminal(e, {}).find("sufficiency"), std::string::npos);
}

TEST(FaithfulnessTable, SortsByDifferenceAndKnowsTheBestOfEachMeasure) {
  Evaluation e = sample_evaluation();
  std::swap(e.faithfulness[0].method, e.faithfulness[1].method);  // random is now best in comprehensiveness
  const std::vector<MethodRow> rows = method_rows(e.faithfulness);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].method, "decomposition");
  EXPECT_FALSE(is_best(*rows[0].measures.at("comprehensiveness"), e.faithfulness));
  EXPECT_TRUE(is_best(*rows[0].measures.at("difference"), e.faithfulness));
  EXPECT_TRUE(is_best(*rows[1].measures.at("comprehensiveness"), e.faithfulness));
}

TEST(EvaluationTerminal, FlagsWhatIsUndefined) {
  const std::string out = to_terminal(sample_evaluation(), {.colour = false});
  EXPECT_NE(out.find("market          "), std::string::npos) << out;
  EXPECT_EQ(count_of(out, "0.000*"), 2U) << out;
  EXPECT_NE(out.find("* undefined"), std::string::npos);
  EXPECT_NE(out.find("accuracy                    0.500  [0.250, 0.750]"), std::string::npos) << out;
  EXPECT_NE(out.find("<0.001"), std::string::npos);
  EXPECT_NE(out.find("40 texts; unit word, removal mask, bins deciles"), std::string::npos);
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
        "40 texts; unit word, removal mask, bins deciles", "0.500 to 0.750", "p &lt;0.001", "best", "12.3",
        "macro average", "Explanations", "Why match"}) {
    EXPECT_NE(reader.text().find(part), std::string::npos) << part;
  }
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
