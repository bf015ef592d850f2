// What strangers write is shown, never obeyed.
#include "text/visible.h"

#include <gtest/gtest.h>

namespace pellucid {
namespace {

using namespace std::string_literals;

TEST(Visible, SpellsOutWhatControls) {
  EXPECT_EQ(visible("a\tb\nc"), "a\tb\nc");
  EXPECT_EQ(visible("\x1b[31m"), "<U+001B>[31m");
  EXPECT_EQ(visible("a\0b"s), "a<U+0000>b");
  EXPECT_EQ(visible("\x7f\xC2\x9B"), "<U+007F><U+009B>");
  EXPECT_EQ(visible("\u202Etxt\u2069\u061C"), "<U+202E>txt<U+2069><U+061C>");
  EXPECT_EQ(visible("\uFFFE\U0010FFFF"), "<U+FFFE><U+10FFFF>");
  EXPECT_EQ(visible("a\r\nb\rc"), "a\nb<U+000D>c");
  EXPECT_EQ(visible("naïve 株価 👍🏽"), "naïve 株価 👍🏽");
}

TEST(Visible, ReplacesBrokenUtf8) {
  EXPECT_EQ(visible("a\xff\xC3"), "a\uFFFD\uFFFD");
  EXPECT_EQ(visible("\xED\xA0\x80").find('\xED'), std::string::npos);  // a surrogate
}

TEST(OneLine, IsAllOfItOnOneLine) {
  EXPECT_EQ(one_line("a\nb\tc\r\nd"), "a b c d");
  EXPECT_EQ(one_line("\x1b[2J\u2028\xff"), "<U+001B>[2J<U+2028>\uFFFD");
  const std::string text(1000, 'x');
  EXPECT_EQ(one_line(text + "\n" + text), text + " " + text);
  EXPECT_EQ(one_line(""), "");
}

TEST(Excerpt, IsOneLineOfSoManyCharacters) {
  EXPECT_EQ(excerpt("a\nb\tc", 9), "a b c");
  EXPECT_EQ(excerpt("äöü", 3), "äöü");
  EXPECT_EQ(excerpt("äöüß", 3), "äöü…");
  EXPECT_EQ(excerpt("\xff\xff", 1), "\uFFFD…");
  EXPECT_EQ(excerpt("", 3), "");
}

}  // namespace
}  // namespace pellucid
