// Explanations in a terminal, and the wrapping they share with pictures.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "report/explanation.h"
#include "report/wrapping.h"
#include "sample.h"
#include "well_formed.h"

namespace pellucid {
namespace {

std::string joined(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) {
    for (const Run& run : line) text += run.text;
    text += '|';
  }
  return text;
}

TEST(Wrap, BreaksAtSpacesAndInsideWhatIsTooLong) {
  EXPECT_EQ(joined(wrap(sample("one two three"), 7, terminal_columns)), "one two|three|");
  EXPECT_EQ(joined(wrap(sample("abcdefghij kl"), 4, terminal_columns)), "abcd|efgh|ij|kl|");
  EXPECT_EQ(joined(wrap(sample("a\n\nb"), 9, terminal_columns)), "a||b|");
  EXPECT_EQ(joined(wrap(sample("株価は上昇"), 4, terminal_columns)), "株価|は上|昇|");
  EXPECT_EQ(joined(wrap(sample(""), 9, terminal_columns)), "");
}

TEST(Wrap, RunsBelongToTheirUnits) {
  Explanation e = sample("ab cd");
  e.units = {{{0, 1}, 1.0}, {{3, 5}, 1.0}};
  const std::vector<Line> lines = wrap(e, 20, terminal_columns);
  ASSERT_EQ(lines.size(), 1U);
  ASSERT_EQ(lines[0].size(), 3U);
  EXPECT_EQ(lines[0][0].unit, 0U);
  EXPECT_EQ(lines[0][1].text, "b ");
  EXPECT_FALSE(lines[0][1].unit.has_value());
  EXPECT_EQ(lines[0][2].unit, 1U);
  EXPECT_EQ(lines[0][2].width, 2);
}

RC_GTEST_PROP(Wrap, NoLineIsTooLongAndNoLetterIsLost, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::element('a', 'b', ' ', '\n'));
  const auto width = *rc::gen::inRange(1, 12);
  const auto letters = [](std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '|'; });
    return text;
  };
  const std::vector<Line> lines = wrap(sample(text), width, terminal_columns);
  for (const Line& line : lines) {
    double used = 0;
    for (const Run& run : line) {
      RC_ASSERT(run.width == width_of(run.text, terminal_columns));
      used += run.width;
    }
    RC_ASSERT(used <= width);
  }
  RC_ASSERT(letters(joined(lines)) == letters(text));
}

TEST(Terminal, WithoutColourWordsAreMarked) {
  const std::string out = to_terminal(sample("up and away"), {.colour = false, .width = 60});
  EXPECT_NE(out.find("  [+]up [-]and [+]away\n"), std::string::npos) << out;
  EXPECT_NE(out.find("match 75.0%"), std::string::npos);
  EXPECT_NE(out.find("  -0.500  --------"), std::string::npos) << out;
  EXPECT_NE(out.find("scores +0.833, bias +0.250, residual +1.2e-07: together +1.083"), std::string::npos);
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
}

TEST(Terminal, ScoresWithoutACompleteSumHaveNone) {
  Explanation e = sample("up and away");
  e.method = "rollout";
  e.complete = false;
  const std::string out = to_terminal(e, {.colour = false, .width = 60});
  EXPECT_EQ(out.find("residual"), std::string::npos) << out;
  EXPECT_NE(out.find("logit of match − mean of all logits; the scores of rollout do not add up to it"),
            std::string::npos)
      << out;
}

TEST(Terminal, ColourIsBySignAndStrength) {
  const std::string out = to_terminal(sample("up and away"), {.colour = true, .width = 60});
  EXPECT_NE(out.find("\x1b[38;5;16;48;5;196mup\x1b[0m"), std::string::npos);
  EXPECT_NE(out.find("\x1b[4;38;5;16;48;5;75mand\x1b[0m"), std::string::npos);  // underlined: against
  EXPECT_EQ(out.find("[+]"), std::string::npos);
}

TEST(Terminal, LinesKeepToTheWidth) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "several words ";
  for (const std::size_t width : {40U, 72U, 120U}) {
    const std::string out = to_terminal(sample(text), {.colour = false, .width = width});
    for (std::size_t at = 0; at < out.size();) {
      const std::size_t end = out.find('\n', at);
      const std::string line = out.substr(at, end - at);
      // Headings and the sum have their own length.
      const bool own_length = !line.starts_with("  ") || line.find("residual") != std::string::npos;
      EXPECT_TRUE(own_length || width_of(line, terminal_columns) <= static_cast<double>(width)) << line;
      at = end + 1;
    }
  }
}

TEST(Terminal, EmptyAndCutTextsSaySo) {
  EXPECT_NE(to_terminal(sample(""), {.colour = false}).find("(no words to explain by)"), std::string::npos);
  Explanation e = sample("up and away");
  e.units.pop_back();
  e.dropped_pieces = 2;
  const std::string out = to_terminal(e, {.colour = false});
  EXPECT_NE(out.find("[+]up [-]and …\n"), std::string::npos) << out;
  EXPECT_NE(out.find("did not read the last 2 pieces"), std::string::npos);
}

TEST(Picture, ShowsTextProbabilitiesAndSum) {
  const MarkupReader picture(to_svg(sample("up and away")));
  EXPECT_EQ(picture.fault(), "");
  for (const char* part :
       {"up", "away", "75.0%", "market", "scores +0.833   bias +0.250   residual +1.2e−07   =   +1.083",
        "logit of match − mean of all logits", "for match", "against match"}) {
    EXPECT_NE(picture.text().find(part), std::string::npos) << part;
  }
  EXPECT_NE(to_svg(sample("up and")).find("stroke-dasharray"), std::string::npos);
  EXPECT_EQ(to_svg(sample("up")).find("stroke-dasharray"), std::string::npos);  // nothing against
}

}  // namespace
}  // namespace pellucid
