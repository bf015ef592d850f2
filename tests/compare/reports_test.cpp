// A comparison as JSON, in a terminal, as Markdown, as a page.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "compare/table.h"
#include "report/results.h"
#include "report/well_formed.h"
#include "sample.h"

namespace pellucid::compare {
namespace {

using nlohmann::json;

TEST(ComparisonReports, JsonHasTheDocumentedShape) {
  const json found = json::parse(to_json(sample_comparison()));
  EXPECT_EQ(found["schema"], "pellucid.comparison/1");
  EXPECT_EQ(found["reference"], "ours");
  EXPECT_EQ(found["seeds"], json({0, 1, 2}));
  EXPECT_EQ(found["test"]["seen_in_training"], 3);
  ASSERT_EQ(found["systems"].size(), 2U);
  const json& cnn = found["systems"][0];
  EXPECT_EQ(cnn["accuracy"]["value"], 0.7);
  EXPECT_EQ(cnn["accuracy"]["p"], 0.04);
  EXPECT_EQ(cnn["accuracy"]["of_seeds"].size(), 3U);
  EXPECT_EQ(cnn["confusion"], json({{8, 2}, {1, 9}}));
  EXPECT_EQ(cnn["tried"][0]["chosen"], true);
  EXPECT_EQ(cnn["faithfulness"]["method"], "decomposition");
  EXPECT_FALSE(found["systems"][1]["accuracy"].contains("p")) << "the reference is not tested against itself";
  EXPECT_EQ(found["explained"]["n"], 20);
}

TEST(ComparisonReports, BelowThreeSeedsNoSpreadIsShown) {
  Figure figure{.value = 0.5, .of_seeds = {0.4, 0.6}};
  EXPECT_EQ(spread_text(figure), "2 seeds");
  figure.of_seeds = {0.5};
  EXPECT_EQ(spread_text(figure), "1 seed");
  figure.spread = 0.0123;
  EXPECT_EQ(spread_text(figure), "0.0123");
}

TEST(ComparisonReports, TheTerminalShowsEachSystemAndWhatItWasTestedOn) {
  const std::string shown = to_terminal(sample_comparison(), {.colour = false});
  for (const char* part : {"CNN | <b>", "0.700", "[0.600, 0.800]", "0.040", "reference", "<0.001", "22.7 M", "2 min",
                           "decomposition", "subset of 100 of the 1,000", "of which 3 stand word for word"}) {
    EXPECT_NE(shown.find(part), std::string::npos) << part << "\n" << shown;
  }
}

TEST(ComparisonReports, TheSectionOfResultsIsATableWhateverNamesHold) {
  const auto section = results_section(to_json(sample_comparison()), "Table 1", "table1.json");
  ASSERT_TRUE(section) << describe(section.error());
  const std::string& markdown = *section;
  std::size_t columns = 0;
  for (std::size_t begin = markdown.find("| system"), end = 0; markdown[begin] == '|'; begin = end + 1) {
    end = markdown.find('\n', begin);
    std::size_t bars = 0;
    for (std::size_t i = begin; i < end; ++i) bars += markdown[i] == '|' && markdown[i - 1] != '\\' ? 1 : 0;
    if (columns == 0) columns = bars;
    EXPECT_EQ(bars, columns) << markdown.substr(begin, end - begin);
  }
  EXPECT_NE(markdown.find("CNN \\| \\<b\\>"), std::string::npos);
  EXPECT_NE(markdown.find("models made by 0.0.9 (commit 0123456789)"), std::string::npos) << markdown;
  EXPECT_NE(markdown.find("system cnn, learning-rate 0.001"), std::string::npos);
  EXPECT_NE(markdown.find("| system | explained by |"), std::string::npos) << "best: not of one method";
  EXPECT_NE(markdown.find("| 0.700 [0.600, 0.800] | 0.0100 | 0.040 |"), std::string::npos) << markdown;
  EXPECT_NE(markdown.find("| ours | 0.800 [0.700, 0.900] | 0.0100 | reference |"), std::string::npos) << markdown;
}

TEST(ComparisonReports, ThePageIsWellFormedWithUniqueIds) {
  const std::string page = to_html(sample_comparison());
  const MarkupReader reader(page);
  EXPECT_EQ(reader.fault(), "");
  std::set<std::string> ids;
  for (std::size_t at = page.find(" id=\""); at != std::string::npos; at = page.find(" id=\"", at + 1)) {
    const std::size_t begin = at + 5;
    EXPECT_TRUE(ids.insert(page.substr(begin, page.find('"', begin) - begin)).second) << page.substr(begin, 30);
  }
  EXPECT_NE(page.find("CNN | &lt;b&gt;"), std::string::npos);
  Comparison without = sample_comparison();
  without.explained_texts = 0;
  for (ComparedSystem& one : without.systems) one.faithfulness.reset();
  EXPECT_EQ(MarkupReader(to_html(without)).fault(), "");
}

}  // namespace
}  // namespace pellucid::compare
