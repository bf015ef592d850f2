#include "report/markdown.h"

#include <gtest/gtest.h>

namespace pellucid {
namespace {

TEST(MarkdownText, IsNoMarkup) {
  EXPECT_EQ(markdown_text("a|b *c* [d](e)\n# <f>"), "a\\|b \\*c\\* \\[d\\](e) \\# \\<f\\>");
  EXPECT_EQ(markdown_text("\x1b"), "\\<U+001B\\>");
}

TEST(MarkdownTable, NumbersStandRightAndWordsLeft) {
  EXPECT_EQ(markdown_table({{"system", "accuracy", "explained by", "p", "1 seed"},
                            {"plain", "0.9 [0.8, 1.0]", "occlusion", "reference", "–"},
                            {"ours", "-0.1", "decomposition", "<0.001", ""}}),
            "| system | accuracy | explained by | p | 1 seed |\n"
            "|---|---:|---|---:|---|\n"
            "| plain | 0.9 [0.8, 1.0] | occlusion | reference | – |\n"
            "| ours | -0.1 | decomposition | <0.001 |  |\n");
}

}  // namespace
}  // namespace pellucid
