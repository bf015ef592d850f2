// Charts: round axes, marks that need no colour, names that do not cover each other.
#include "report/chart.h"

#include <gtest/gtest.h>

#include <set>

#include "well_formed.h"

namespace pellucid {
namespace {

ChartLine line(const std::string& name, const std::string& style, double low, double high) {
  return {.name = name,
          .style = style,
          .points = {{0, low, {low - 0.01, low + 0.01}}, {1, high, {high - 0.01, high + 0.01}}},
          .band = true,
          .short_name = name};
}

TEST(Chart, TheAxisIsRoundAndHoldsEverything) {
  const std::vector<ChartLine> lines = {line("a", "line-1", 0.873, 0.912)};
  const ChartAxis axis = axis_around(lines, std::vector<ChartLevel>{{"floor", 0, 0.851}});
  EXPECT_NEAR(axis.low, 0.84, 1e-9);
  EXPECT_NEAR(axis.high, 0.94, 1e-9);
  ASSERT_GE(axis.ticks.size(), 4U);
  EXPECT_EQ(axis.ticks.front().text, "0.84");
  EXPECT_EQ(axis.ticks.back().text, "0.94");
  const ChartAxis negative = axis_around(std::vector<ChartLine>{line("a", "line-1", -0.4, 0.5)});
  EXPECT_LE(negative.low, -0.41);
  EXPECT_GE(negative.high, 0.51);
  bool zero = false;
  for (const Tick& tick : negative.ticks) zero = zero || tick.text == "0.0";
  EXPECT_TRUE(zero);
}

TEST(Chart, WhatIsTheSameEverywhereIsNotBlownUp) {
  ChartLine flat{.name = "a", .style = "line-1", .points = {{0, 0.5, {0.5, 0.5}}, {1, 0.5, {0.5, 0.5}}}};
  const ChartAxis axis = axis_around(std::vector<ChartLine>{flat});
  EXPECT_LT(axis.low, 0.5);
  EXPECT_GT(axis.high, 0.5);
  EXPECT_EQ(axis_around({}).high, 1);
}

TEST(Chart, LinesHaveMarksOfTheirOwnAndNamesApart) {
  // Four lines that end in one place.
  Chart chart{.name = "A <chart>",
              .description = "numbers",
              .x = {.name = "share", .ticks = {{0, "0%"}, {1, "100%"}}},
              .y = {},
              .lines = {line("one", "line-1", 0.5, 0.8), line("two", "line-2", 0.5, 0.8),
                        line("three", "line-3", 0.5, 0.8), line("four", "line-4", 0.5, 0.8)},
              .levels = {{"floor", 2, 0.8}},
              .marked = true};
  Markup page;
  write_chart(page, chart);
  write_legend(page, chart.lines, true);
  const std::string svg = page.finish();
  EXPECT_EQ(MarkupReader("<!doctype html>" + svg).fault(), "");
  std::set<std::string> heights;
  for (const char* name : {">one<", ">two<", ">three<", ">four<", ">floor<"}) {
    const std::size_t at = svg.find(name);
    ASSERT_NE(at, std::string::npos) << name;
    const std::size_t y = svg.rfind("y=\"", at) + 3;
    EXPECT_TRUE(heights.insert(svg.substr(y, svg.find('"', y) - y)).second) << name << " covers another";
  }
  EXPECT_NE(svg.find("class=\"level line-3\""), std::string::npos);
  EXPECT_NE(svg.find("class=\"marker hollow line-3\""), std::string::npos);
  EXPECT_NE(svg.find("A &lt;chart&gt;"), std::string::npos);
}

}  // namespace
}  // namespace pellucid
