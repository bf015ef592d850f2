// What strangers write does not mark up.
#include "report/escape.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "data/utf8.h"

namespace pellucid {
namespace {

TEST(EscapeMarkup, LeavesNothingThatMarksUp) {
  EXPECT_EQ(escape_markup("<a href=\"x\">'&amp;'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(escape_markup("\x1b"), "&lt;U+001B&gt;");
}

RC_GTEST_PROP(EscapeMarkup, AnyBytesBecomeHarmless, (const std::string& bytes)) {
  const std::string escaped = escape_markup(bytes);
  RC_ASSERT(escaped.find_first_of("<>\"'") == std::string::npos);
  RC_ASSERT(first_invalid_utf8(escaped) == std::string::npos);
  for (const char c : escaped) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n');
}

}  // namespace
}  // namespace pellucid
