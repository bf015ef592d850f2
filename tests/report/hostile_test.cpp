// Texts, ids and labels that want to be markup, terminal commands or a mess, in every report.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "data/utf8.h"
#include "report/evaluation.h"
#include "sample.h"
#include "well_formed.h"

namespace pellucid {
namespace {

const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts = {
      "",
      " ",
      "\n\n",
      "<script>alert(1)</script>",
      "\"><img src=x onerror='alert(1)'>",
      "' onmouseover='alert(1)' x='",
      "--></style></title><svg onload=alert(1)>",
      "]]> &amp; &lt;b&gt; &#x3c;script&#x3e; &nope",
      "\x1b]0;title\x07 \x1b[2J \xC2\x9B"
      "31m \x08\x7f",
      "\u202Etxt.exe\u202C \u2066a\u2069 \u061C",
      std::string("nul \0 inside", 12),
      "\xff\xfe\xC3 \xED\xA0\x80 \xF0\x9F",
      "\uFFFE \uFFFF \U0001FFFE",
      "مرحبا بالعالم 株価は上昇した e\u0301\u0301\u0301 👩‍👩‍👧",
      std::string(50000, 'x'),
      [] {
        std::string many;
        while (many.size() < 50000) many += "<b>word</b> & ";
        return many;
      }()};
  return texts;
}

// Everything that comes from outside is `text`.
Explanation with(const std::string& text) {
  Explanation e = sample(text);
  e.id = text;
  e.label = e.target = text;
  e.gold = "other" + text;
  e.method = text;  // of a decision log that somebody has changed
  e.against = "against" + text;
  e.classes = {text, "a" + text, "b" + text};
  e.dropped_pieces = 3;
  return e;
}

// Tags and attributes that the reports use; a text adds none.
void expect_ours(const MarkupReader& reader) {
  EXPECT_EQ(reader.fault(), "");
  for (const char* tag : {"script", "img", "b", "iframe", "object", "link", "form", "base"}) {
    EXPECT_FALSE(reader.tags().contains(tag)) << tag;
  }
  for (const std::string& attribute : reader.attributes()) EXPECT_FALSE(attribute.starts_with("on")) << attribute;
}

TEST(Hostile, PagesStayWellFormed) {
  for (const std::string& text : hostile_texts()) {
    const std::vector<Explanation> explanations = {with(text), with(text), sample("another")};
    expect_ours(MarkupReader(to_html(explanations, "title " + text.substr(0, 200))));
  }
}

TEST(Hostile, PicturesStayWellFormed) {
  for (const std::string& text : hostile_texts()) {
    const MarkupReader picture(to_svg(with(text)));
    expect_ours(picture);
    EXPECT_FALSE(picture.tags().contains("style"));
  }
}

TEST(Hostile, EvaluationPagesStayWellFormed) {
  for (const std::string& text : hostile_texts()) {
    Evaluation evaluation = sample_evaluation();
    evaluation.data_file = text;
    for (std::string& name : evaluation.classes) name += text;
    const std::vector<Explanation> explanations = {with(text)};
    expect_ours(MarkupReader(to_html(evaluation, explanations, text)));
  }
}

// Only newlines control; with colour, also our own "ESC [ digits m".
std::string without_our_colours(std::string_view terminal) {
  std::string rest;
  for (std::size_t at = 0; at < terminal.size(); ++at) {
    if (terminal.substr(at, 2) == "\x1b[") {
      const std::size_t end = terminal.find_first_not_of("0123456789;", at + 2);
      if (end != terminal.npos && terminal[end] == 'm') {
        at = end;
        continue;
      }
    }
    rest += terminal[at];
  }
  return rest;
}

void expect_harmless(const std::string& terminal) {
  EXPECT_EQ(first_invalid_utf8(terminal), std::string::npos);
  for (const char c : terminal) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) {
      FAIL() << "control character " << static_cast<int>(c);
    }
  }
  for (const char* control : {"\xC2\x9B", "\u202E", "\u2066", "\u061C"}) {
    EXPECT_EQ(terminal.find(control), std::string::npos);
  }
}

TEST(Hostile, TerminalsAreNotSteered) {
  for (const std::string& text : hostile_texts()) {
    const Explanation e = with(text);
    expect_harmless(to_terminal(e, {.colour = false}));
    Explanation incomplete = e;
    incomplete.complete = false;
    expect_harmless(to_terminal(incomplete, {.colour = false}));
    const std::string coloured = to_terminal(e, {.colour = true});
    expect_harmless(without_our_colours(coloured));
    // A text's own colour codes are spelt out: no code but ours.
    EXPECT_EQ(coloured.find("\x1b[2J"), std::string::npos);
    EXPECT_EQ(coloured.find("\x1b]"), std::string::npos);
    Evaluation evaluation = sample_evaluation();
    evaluation.data_file = evaluation.classes[0] = text;
    expect_harmless(to_terminal(evaluation, {.colour = false}));
  }
}

RC_GTEST_PROP(Hostile, AnyBytesAndAnyRangesAreShownSafely, (const std::string& text)) {
  Explanation e = with(text);
  // Ranges that are out of order, overlap or leave the text, as a damaged file might have them.
  for (ExplainedUnit& unit : e.units) {
    unit.range = {*rc::gen::inRange<std::size_t>(0, text.size() + 3),
                  *rc::gen::inRange<std::size_t>(0, text.size() + 3)};
  }
  RC_ASSERT(MarkupReader(to_html(std::vector{e}, "t")).fault().empty());
  RC_ASSERT(MarkupReader(to_svg(e)).fault().empty());
  RC_ASSERT(first_invalid_utf8(to_terminal(e, {})) == std::string::npos);
}

TEST(Hostile, ScoresThatAreNoNumbersDoNotSpoilTheOthers) {
  Explanation e = sample("one two three");
  e.units[0].score = std::numeric_limits<double>::quiet_NaN();
  e.units[1].score = -std::numeric_limits<double>::infinity();
  const std::string page = to_html(std::vector{e}, "t");
  EXPECT_EQ(MarkupReader(page).fault(), "");
  EXPECT_NE(page.find(R"(style="--s:1.00")"), std::string::npos);  // the third, the only one
  EXPECT_EQ(MarkupReader(to_svg(e)).fault(), "");
}

}  // namespace
}  // namespace pellucid
