// A difference as JSON, in a terminal, on a page: with labels and without, and with texts that try something.
#include "report/diff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "diff/releases.h"
#include "well_formed.h"

namespace pellucid {
namespace {

using nlohmann::json;

DiffReport report_of(std::vector<Example> texts, const std::string& method = "occlusion") {
  std::map<std::string, std::vector<float>> weights = topic_weights(0.8F);
  Bag before(weights);
  weights["oil"] = {0, 0, 3};
  weights["bank"] = {0, 0.1F, 0};
  Bag after(weights);
  DiffReport report;
  report.options = diff_options(method);
  report.options.examples = 3;
  report.diff = diff_of(before, after, std::move(texts), report.options);
  report.gate = check_gate({.max_changed = 0.01, .min_overlap = 0.1}, report.diff);
  report.a = {.folder = "runs/before", .weights_sha256 = std::string(64, 'b')};
  report.b = {.folder = "runs/after", .weights_sha256 = std::string(64, 'c'), .truncated_texts = 3};
  report.data_file = "texts.csv";
  report.data_sha256 = std::string(64, 'a');
  report.classes = tiny_labels().names();
  report.precision = "fp32";
  report.tool = {
      .version = "0.1.0", .commit = "abc1234567", .machine = "AMD <EPYC>, 2 CPUs", .command = "pellucid audit m t"};
  return report;
}

TEST(DiffReport, JsonHasTheMembersOfItsSchema) {
  const DiffReport report = report_of(bag_texts(120, {}, 1), "random");
  const json object = json::parse(to_json(report));
  EXPECT_EQ(object["schema"], "pellucid.diff/1");
  EXPECT_EQ(object["data"]["n"], 120);
  EXPECT_EQ(object["labels"], json({"film", "market", "match"}));
  EXPECT_EQ(object["gate"].size(), 2U);
  EXPECT_EQ(object["gate"][0]["option"], "--max-changed");
  EXPECT_EQ(object["gate"][0]["kept"], false);
  EXPECT_EQ(object["gate"][1]["kept"], true);
  EXPECT_EQ(object["predictions"]["changed"], report.diff.labels.changed);
  EXPECT_EQ(object["predictions"]["table"].size(), 3U);
  EXPECT_EQ(object["predictions"]["probability"]["quantiles"].size(), kSummaryQuantiles.size());
  EXPECT_EQ(object["gold"]["n"], 120);
  EXPECT_EQ(object["gold"]["change"]["accuracy"]["value"], report.diff.gold->accuracy.value);
  const json& explanations = object["explanations"];
  EXPECT_EQ(explanations["method"], "random");
  EXPECT_EQ(explanations["top"], 2);
  EXPECT_TRUE(explanations["itself"].is_object());
  EXPECT_EQ(explanations["classes"].size(), 3U);
  EXPECT_EQ(explanations["moved_words"].size(), 3U);
  EXPECT_EQ(explanations["least_alike"].size(), 3U);
  ASSERT_EQ(object["changed"].size(), 3U);
  EXPECT_EQ(object["changed"][0]["a"]["label"], "market");
  EXPECT_EQ(object["changed"][0]["b"]["label"], "match");
  EXPECT_LE(object["changed"][0]["a"]["words"].size(), 5U);
  EXPECT_EQ(object["models"]["b"]["folder"], "runs/after");
  EXPECT_EQ(object["models"]["b"]["truncated_texts"], 3);
  EXPECT_TRUE(json::parse(to_json(report_of(bag_texts(30, {}, 1))))["explanations"]["itself"].is_null());
}

TEST(DiffReport, WithoutLabelsItSaysWhatIsLeftOut) {
  std::vector<Example> texts = bag_texts(120, {}, 1);
  for (Example& text : texts) text.label = {};
  const DiffReport report = report_of(std::move(texts));
  EXPECT_FALSE(json::parse(to_json(report)).contains("gold"));
  EXPECT_NE(to_terminal(report, {.colour = false}).find("Without labels"), std::string::npos);
  const std::string page = to_html(report, "A difference");
  EXPECT_NE(page.find("The texts have no labels"), std::string::npos);
  EXPECT_EQ(page.find("McNemar"), std::string::npos);
}

TEST(DiffReport, TerminalIsAScreenful) {
  const std::string out = to_terminal(report_of(bag_texts(120, {}, 1)), {.colour = false});
  EXPECT_NE(out.find("A runs/before → B runs/after"), std::string::npos) << out;
  EXPECT_NE(out.find("market → match"), std::string::npos) << out;
  EXPECT_NE(out.find("--max-changed: crossed; expected at most 0.0100 of the texts with another label, found 0."),
            std::string::npos)
      << out;
  EXPECT_NE(out.find("--min-overlap: kept"), std::string::npos) << out;
  EXPECT_LT(std::ranges::count(out, '\n'), 60);
}

TEST(DiffReport, AGateShowsDigitsThatTellWhatWasFoundFromItsLimit) {
  const GateCheck crossed{
      .option = "--max-changed", .what = "of the texts", .limit = 0.01, .found = 0.01004, .n = 25000};
  EXPECT_EQ(in_words(crossed), "expected at most 0.01000 of the texts, found 0.01004 over 25,000 texts");
  const GateCheck kept{.option = "--max-changed", .what = "of the texts", .limit = 0.01, .found = 0.01, .n = 100};
  EXPECT_EQ(in_words(kept), "expected at most 0.0100 of the texts, found 0.0100 over 100 texts");
}

TEST(DiffReport, PageIsWellFormedAndLoadsNothing) {
  const std::string page = to_html(report_of(bag_texts(120, {}, 1)), "A difference");
  const MarkupReader reader(page);
  EXPECT_EQ(reader.fault(), "");
  EXPECT_FALSE(reader.attributes().contains("src"));
  EXPECT_FALSE(reader.tags().contains("script"));
  EXPECT_EQ(page.find("http:"), std::string::npos);
  for (const char* part : {"labels", "gold", "drift"}) {
    EXPECT_NE(page.find("id=\"h-" + std::string(part) + "\""), std::string::npos) << part;
    EXPECT_NE(page.find("href=\"#h-" + std::string(part) + "\""), std::string::npos) << part;
  }
  for (const char* part : {"h-gate", "h-words", "h-changed", "h-unlike"}) {
    EXPECT_NE(page.find("id=\"" + std::string(part) + "\""), std::string::npos) << part;
  }
  EXPECT_NE(page.find("✗ crossed"), std::string::npos);
}

TEST(DiffReport, HostileAndLongTextsAreShownAndCut) {
  std::vector<Example> texts = bag_texts(60, {}, 2);
  for (std::size_t t = 0; t < texts.size(); ++t) {
    texts[t].text += " <script>alert(1)</script> \x1b[31m & \" \xE2\x80\xAE 日本 " + std::string(2000, 'x');
    texts[t].id = "<b>" + std::to_string(t);
  }
  DiffReport report = report_of(std::move(texts));
  report.a.folder = "\x1b[31m<b>";
  report.classes[1] = "<i>market\x1b[2J";
  const MarkupReader reader(to_html(report, "A difference"));
  EXPECT_EQ(reader.fault(), "");
  EXPECT_FALSE(reader.tags().contains("script"));
  EXPECT_FALSE(reader.tags().contains("b"));
  EXPECT_EQ(reader.text().find(std::string(1000, 'x')), std::string::npos);
  EXPECT_EQ(to_terminal(report, {.colour = false}).find('\x1b'), std::string::npos);
  const json written = json::parse(to_json(report));
  for (const json& text : written["changed"]) {
    EXPECT_LT(text["text"].get<std::string>().size(), 1300U);
  }
}

}  // namespace
}  // namespace pellucid
