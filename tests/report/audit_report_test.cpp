// An audit as JSON, in a terminal, on a page: with labels and without, and with texts that try something.
#include "report/audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/bag.h"
#include "report/results.h"
#include "well_formed.h"

namespace pellucid {
namespace {

using nlohmann::json;

AuditReport report_of(std::vector<Example> texts) {
  std::map<std::string, std::vector<float>> weights = topic_weights(0.8F);
  weights["wonder"] = {9, 0, 0};
  Bag classifier(weights);
  AuditReport report;
  report.options = bag_options();
  report.options.others = {unwrap(find_method("random"))};
  report.options.examples = 3;
  report.n = 1234;
  report.audit = unwrap(audit_texts(classifier, std::move(texts), report.options));
  report.data_file = "texts.csv";
  report.data_sha256 = std::string(64, 'a');
  report.weights_sha256 = std::string(64, 'b');
  report.classes = tiny_labels().names();
  report.precision = "fp32";
  report.tool = {
      .version = "0.1.0", .commit = "abc1234567", .machine = "AMD <EPYC>, 2 CPUs", .command = "pellucid audit m t"};
  return report;
}

const std::vector<PlantedWord> kPlanted = {{"wonder", 0, 8}};

TEST(AuditReport, JsonHasTheMembersOfItsSchema) {
  const json object = json::parse(to_json(report_of(bag_texts(240, kPlanted, 1))));
  EXPECT_EQ(object["schema"], "pellucid.audit/1");
  EXPECT_EQ(object["data"]["n"], 1234);
  EXPECT_EQ(object["data"]["audited"], 240);
  EXPECT_EQ(object["data"]["labelled"], 240);
  EXPECT_EQ(object["words"]["predicted"].size(), 3U);
  EXPECT_EQ(object["words"]["gold"].size(), 3U);
  EXPECT_EQ(object["words"]["predicted"][0]["words"][0]["word"], "wonder");
  EXPECT_EQ(object["distributions"]["classes"][1]["bars"].size(), kBars);
  EXPECT_EQ(object["distributions"]["tests"].size(), 3U);
  EXPECT_GE(object["shortcuts"]["drive"], 1);
  const json& word = object["shortcuts"]["words"][0];
  EXPECT_EQ(word["word"], "wonder");
  EXPECT_EQ(word["label"], "film");
  EXPECT_EQ(word["drives"], true);
  EXPECT_TRUE(word["reading"].is_string());
  EXPECT_LE(word["swap"]["p"], 0.05);
  ASSERT_EQ(word["examples"].size(), 3U);
  EXPECT_NE(word["examples"][0]["text"].get<std::string>().find("wonder"), std::string::npos);
  EXPECT_EQ(word["examples"][0]["becomes"], "film");
  EXPECT_EQ(object["contested"]["methods"], json({"occlusion", "random"}));
  EXPECT_EQ(object["contested"]["close"].size(), 3U);
  EXPECT_EQ(object["contested"]["disputed"][0]["top"].size(), 2U);
  EXPECT_EQ(object["label_errors"]["labelled"], 240);
  EXPECT_EQ(object["label_errors"]["thresholds"].size(), 3U);
}

TEST(AuditReport, IsASectionOfAPageOfResults) {
  const auto section = results_section(to_json(report_of(bag_texts(240, kPlanted, 1))), "Audit", "a.json");
  ASSERT_TRUE(section) << describe(section.error());
  EXPECT_TRUE(section->starts_with("## Audit\n\n240 of 1,234 texts of texts.csv (SHA-256 aaaaaaaaaaaa)")) << *section;
  for (const char* part : {"| film | ", "wonder ", "| entropy | ", "tested words drive a class", "| wonder | film | ",
                           "Agreement of 2 methods on 240 texts", "of 240 labelled texts."}) {
    EXPECT_NE(section->find(part), std::string::npos) << part << "\n" << *section;
  }
  std::vector<Example> texts = bag_texts(240, kPlanted, 1);
  for (Example& text : texts) text.label.reset();
  const auto without = results_section(to_json(report_of(std::move(texts))), "Audit", "a.json");
  ASSERT_TRUE(without) << describe(without.error());
  EXPECT_EQ(without->find("labelled texts."), std::string::npos);
}

TEST(AuditReport, WithoutLabelsItSaysWhatIsLeftOut) {
  std::vector<Example> texts = bag_texts(240, kPlanted, 1);
  for (Example& text : texts) text.label = {};
  const AuditReport report = report_of(std::move(texts));
  const json object = json::parse(to_json(report));
  EXPECT_EQ(object["data"]["labelled"], 0);
  EXPECT_FALSE(object.contains("label_errors"));
  EXPECT_FALSE(object["words"].contains("gold"));
  EXPECT_FALSE(object["shortcuts"]["words"][0].contains("association"));
  EXPECT_NE(to_terminal(report, {.colour = false}).find("Without labels"), std::string::npos);
  const std::string page = to_html(report, "An audit");
  EXPECT_NE(page.find("The texts have no labels"), std::string::npos);
  EXPECT_EQ(page.find("Likely label errors"), std::string::npos);
  EXPECT_EQ(page.find("weight, labels"), std::string::npos);
}

TEST(AuditReport, TerminalIsAScreenful) {
  const std::string out = to_terminal(report_of(bag_texts(240, kPlanted, 1)), {.colour = false});
  EXPECT_NE(out.find("240 texts of 1,234, 240 labelled"), std::string::npos) << out;
  EXPECT_NE(out.find("wonder"), std::string::npos);
  EXPECT_NE(out.find("drive a class (false discovery rate 5.0%)"), std::string::npos);
  EXPECT_NE(out.find("fewer than there are if the model was trained on them"), std::string::npos);
  EXPECT_LT(std::ranges::count(out, '\n'), 50);
}

TEST(AuditReport, WhatNoTextCouldTellIsNotZero) {
  AuditReport report = report_of(bag_texts(240, kPlanted, 1));
  report.audit.contested.compared = 0;  // all shorter than five words
  report.audit.contested.disputed.clear();
  const json contested = json::parse(to_json(report))["contested"];
  EXPECT_TRUE(contested["agreement"].is_null());
  EXPECT_TRUE(contested["interval"].is_null());
  EXPECT_NE(to_terminal(report, {.colour = false}).find("agreement of methods: no text has five words"),
            std::string::npos);
  const std::string page = to_html(report, "An audit");
  EXPECT_NE(page.find("no text has five words"), std::string::npos);
  EXPECT_EQ(page.find("should be relied on"), std::string::npos);
}

TEST(AuditReport, PageIsWellFormedAndLoadsNothing) {
  const std::string page = to_html(report_of(bag_texts(240, kPlanted, 1)), "An audit");
  const MarkupReader reader(page);
  EXPECT_EQ(reader.fault(), "");
  EXPECT_FALSE(reader.attributes().contains("src"));
  EXPECT_FALSE(reader.tags().contains("script"));
  EXPECT_EQ(page.find("http:"), std::string::npos);
  for (const char* part : {"h-words", "h-distributions", "h-shortcuts", "h-contested", "h-labels"}) {
    EXPECT_NE(page.find("id=\"" + std::string(part) + "\""), std::string::npos) << part;
    EXPECT_NE(page.find("href=\"#" + std::string(part) + "\""), std::string::npos) << part;
  }
  EXPECT_NE(page.find("this list is biased"), std::string::npos);
}

TEST(AuditReport, HostileAndLongTextsAreShownAndCut) {
  std::vector<Example> texts = bag_texts(60, {}, 2);
  for (std::size_t t = 0; t < texts.size(); ++t) {
    texts[t].text += " <script>alert(1)</script> \x1b[31m & \" \xE2\x80\xAE 日本 " + std::string(2000, 'x');
    texts[t].id = "<b>" + std::to_string(t);
  }
  AuditReport report = report_of(std::move(texts));
  for (std::string& name : report.classes) {
    name.insert(0, "\x1b]0;<b>");
    name += '\a';
  }
  const MarkupReader reader(to_html(report, "An audit"));
  EXPECT_EQ(reader.fault(), "");
  EXPECT_FALSE(reader.tags().contains("script"));
  EXPECT_EQ(reader.text().find(std::string(1000, 'x')), std::string::npos);
  EXPECT_EQ(to_terminal(report, {.colour = false}).find('\x1b'), std::string::npos);
  const json written = json::parse(to_json(report));
  for (const json& text : written["contested"]["close"]) {
    EXPECT_LT(text["text"].get<std::string>().size(), 1300U);
  }
}

}  // namespace
}  // namespace pellucid
