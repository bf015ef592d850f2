// Pages: self-contained, readable without colour, grouped by text.
#include <gtest/gtest.h>

#include "report/explanation.h"
#include "sample.h"
#include "well_formed.h"

namespace pellucid {
namespace {

std::string page_of(const std::vector<Explanation>& explanations) {
  return to_html(explanations, "A page");
}

TEST(Page, LoadsNothingAndRunsNothing) {
  const std::string page = page_of({sample("up and away")});
  EXPECT_NE(page.find("default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;"), std::string::npos);
  const MarkupReader reader(page);
  EXPECT_FALSE(reader.attributes().contains("src"));
  EXPECT_EQ(page.find("url("), std::string::npos);
  EXPECT_EQ(page.find("@import"), std::string::npos);
  EXPECT_EQ(page.find("http:"), std::string::npos);
  EXPECT_EQ(page.find("https:"), std::string::npos);
}

TEST(Page, FragmentsShareAPage) {
  const std::vector<Explanation> two = {sample("up and away"), sample("$up$ again")};
  const std::string first = to_fragment(two, "a");
  for (const std::string& fragment : {first, to_fragment(two, "b")}) {
    const MarkupReader reader(fragment);
    EXPECT_EQ(reader.fault(), "");
    for (const char* tag : {"html", "head", "body", "script", "link"}) EXPECT_FALSE(reader.tags().contains(tag)) << tag;
  }
  // Every id, and what refers to one, is its own.
  std::size_t ids = 0;
  for (const char* reference : {" id=\"", "labelledby=\"", "href=\"#"}) {
    for (std::size_t at = first.find(reference); at != first.npos; at = first.find(reference, at + 1)) {
      EXPECT_EQ(first.substr(at + std::string_view(reference).size(), 2), "a-");
      ++ids;
    }
  }
  EXPECT_GT(ids, 10U);
}

TEST(Page, WordsCarryScoreMeaningAndRank) {
  const std::string page = page_of({sample("up and away")});
  EXPECT_NE(page.find(R"(<mark class="for" style="--s:1.00" title="+1.000 for match, rank 1 of 3">up)"),
            std::string::npos);
  EXPECT_NE(page.find(R"(<mark class="against" style="--s:0.50" title="−0.500 against match, rank 2 of 3">and)"),
            std::string::npos);
}

TEST(Page, AgainstAClassTheOtherSideHasItsName) {
  Explanation e = sample("up and away");
  e.against = "film";
  const std::string page = page_of({e});
  EXPECT_NE(page.find("−0.500 for film"), std::string::npos);
  EXPECT_NE(page.find("match rather than film"), std::string::npos);
  EXPECT_EQ(page.find("against match"), std::string::npos);
}

TEST(Page, TextBetweenUnitsStays) {
  Explanation e = sample("up,  and away");
  e.units = {{{0, 2}, 1.0}, {{9, 13}, -1.0}};
  EXPECT_NE(MarkupReader(page_of({e})).text().find("up (+1.000 for match),  and away (−1.000 against match)"),
            std::string::npos);
}

TEST(Page, TwentyUnitsThenTheRestFolded) {
  std::string text;
  for (int i = 0; i < 25; ++i) text += "w" + std::to_string(i) + " ";
  const std::string page = page_of({sample(text)});
  const std::size_t rest = page.find("The other 5");
  ASSERT_NE(rest, std::string::npos);
  EXPECT_NE(page.find("20 strongest of 25 words"), std::string::npos);
  EXPECT_EQ(count_of(page.substr(0, rest), "<td class=\"rank\">"), 20U);
  EXPECT_EQ(count_of(page, "<td class=\"rank\">"), 25U);
  EXPECT_EQ(page_of({sample("few words")}).find("<details>"), std::string::npos);
}

TEST(Page, ExplanationsOfOneTextShareACard) {
  Explanation first = sample("up and away");
  Explanation other = sample("another text");
  other.id = "8";
  Explanation second = first;
  second.method = "occlusion";
  second.complete = false;
  const std::string page = page_of({first, other, second});
  EXPECT_EQ(count_of(page, "<article"), 2U);
  EXPECT_EQ(count_of(page, "<section"), 3U);
  EXPECT_LT(page.find(">occlusion</span>"), page.find("another text</div>"));
  EXPECT_NE(page.find("href=\"#text-2\""), std::string::npos);
  EXPECT_NE(page.find("id=\"text-2\""), std::string::npos);
  // The same id in another file is another text.
  other.id = first.id;
  EXPECT_EQ(count_of(page_of({first, other}), "<article"), 2U);
}

TEST(Page, SumLineAndProbabilities) {
  const std::string text = MarkupReader(page_of({sample("up and away")})).text();
  EXPECT_NE(text.find("scores+0.833+bias+0.250+residual+1.2e−07=explained+1.083"), std::string::npos) << text;
  EXPECT_NE(text.find("logit of match − mean of all logits"), std::string::npos);
  for (const char* p : {"film 10.0%", "market 15.0%", "match 75.0%"}) EXPECT_NE(text.find(p), std::string::npos) << p;
}

TEST(Page, SaysWhenScoresDoNotAddUpAndWhenTheTextWasCut) {
  Explanation e = sample("up and away");
  EXPECT_EQ(page_of({e}).find("do not add up"), std::string::npos);
  EXPECT_EQ(page_of({e}).find("did not read"), std::string::npos);
  e.complete = false;
  e.units.pop_back();
  e.dropped_pieces = 1234;
  const std::string page = page_of({e});
  EXPECT_NE(page.find("do not add up"), std::string::npos);
  EXPECT_EQ(page.find("residual"), std::string::npos);
  EXPECT_NE(page.find("did not read the last 1,234 pieces"), std::string::npos);
  EXPECT_NE(page.find("title=\"not read by the model\"> away</span>"), std::string::npos);
}

TEST(Page, EmptyTextAndEmptyPage) {
  const std::string page = page_of({sample("")});
  EXPECT_NE(page.find("(empty text)"), std::string::npos);
  EXPECT_EQ(page.find("<table"), std::string::npos);
  EXPECT_NE(page_of({}).find("No text was explained."), std::string::npos);
}

TEST(Page, ManyClassesAreFolded) {
  Explanation e = sample("up");
  e.classes.clear();
  e.probabilities.clear();
  for (int c = 0; c < 30; ++c) {
    e.classes.push_back("c" + std::to_string(c));
    e.probabilities.push_back(c == 29 ? 0.71 : 0.01);
  }
  e.label = "c29";
  const std::string page = page_of({e});
  EXPECT_NE(page.find("22 less probable classes"), std::string::npos);
  EXPECT_LT(page.find("<span>c29</span>"), page.find("<details>"));
  EXPECT_EQ(count_of(page, "<li "), 30U);
}

TEST(Page, GoldIsShownWhereKnown) {
  Explanation e = sample("up");
  EXPECT_EQ(MarkupReader(page_of({e})).text().find("labelled"), std::string::npos);
  e.gold = "film";
  EXPECT_NE(page_of({e}).find("✗ labelled film"), std::string::npos);
  e.gold = "match";
  EXPECT_NE(page_of({e}).find("✓ as labelled"), std::string::npos);
}

}  // namespace
}  // namespace pellucid
