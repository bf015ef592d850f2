#include <gtest/gtest.h>

#include "data/reading.h"

namespace pellucid {
namespace {

std::vector<ByteRange> evidence_of(const std::string& record) {
  const auto examples = read("a.jsonl", record + "\n");
  return examples ? examples->front().evidence : std::vector<ByteRange>{{~0u, 0}};
}

std::string marked(const std::string& record) {
  const auto examples = read("a.jsonl", record + "\n");
  if (!examples) return error_of(examples);
  std::string text;
  for (const ByteRange& range : examples->front().evidence) {
    text += "<" + examples->front().text.substr(range.begin, range.end - range.begin) + ">";
  }
  return text;
}

TEST(Jsonl, ReadsOneObjectALine) {
  EXPECT_EQ(
      rows(read(
          "a.jsonl",
          "{\"text\": \"good \\\"film\\\"\\n\\u00e9\", \"label\": \"pos\"}\r\n\n {\"label\":\"neg\",\"text\":\"\"}")),
      (Rows{"1|pos|good \"film\"\né", "3|neg|"}));
}

TEST(Jsonl, LabelsMayBeStringsIntegersBooleans) {
  EXPECT_EQ(rows(read("a.jsonl",
                      "{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\",\"label\":-2}\n{\"text\":\"c\",\"label\":true}\n"
                      "{\"text\":\"d\",\"label\":null}\n{\"text\":\"e\",\"label\":\"\"}\n{\"text\":\"f\"}\n")),
            (Rows{"1|1|a", "2|-2|b", "3|true|c", "4|-|d", "5|-|e", "6|-|f"}));
  EXPECT_EQ(error_of(read("a.jsonl", "{\"text\":\"a\",\"label\":1.5}\n")),
            "a.jsonl:1: expected \"label\" as a string, an integer or a boolean, found number");
  EXPECT_EQ(error_of(read("a.jsonl", "{\"text\":\"a\",\"label\":[\"x\"]}\n")),
            "a.jsonl:1: expected \"label\" as a string, an integer or a boolean, found array");
}

TEST(Jsonl, ClassNameGoesBeforeLabelForTheWholeFile) {
  const std::string named = "{\"label\":1,\"class_name\":\"ham\",\"text\":\"a\"}\n",
                    numbered = "{\"label\":1,\"text\":\"b\"}\n";
  EXPECT_EQ(rows(read("a.jsonl", named + numbered)), (Rows{"1|ham|a", "2|-|b"}));
  EXPECT_EQ(rows(read("a.jsonl", numbered + named)), (Rows{"1|1|b", "2|1|a"}));
  EXPECT_EQ(error_of(read("a.jsonl", named + numbered, {.labels_required = true})),
            "a.jsonl:2: expected a label in \"class_name\", found the names \"label\", \"text\"; name it with "
            "--label-column");
  EXPECT_EQ(rows(read("a.jsonl", named, {.label_column = "label"})), Rows{"1|1|a"});
}

TEST(Jsonl, IdsMayBeStringsOrIntegers) {
  EXPECT_EQ(rows(read("a.jsonl",
                      "{\"text\":\"a\",\"id\":\"x/1\"}\n{\"text\":\"b\",\"id\":17}\n{\"text\":\"c\",\"id\":\"\"}\n")),
            (Rows{"x/1|-|a", "17|-|b", "3|-|c"}));
  EXPECT_EQ(error_of(read("a.jsonl", "{\"text\":\"a\",\"id\":{}}\n")),
            "a.jsonl:1: expected \"id\" as a string or an integer, found object");
}

TEST(Jsonl, TextColumnMayBeNamed) {
  const ReadOptions options{.text_column = "body", .label_column = "y"};
  EXPECT_EQ(rows(read("a.jsonl", "{\"body\":\"a\",\"y\":\"p\",\"text\":\"no\"}\n", options)), Rows{"1|p|a"});
}

TEST(Jsonl, EvidenceInBytes) {
  EXPECT_EQ(marked("{\"text\":\"a bé cd\",\"evidence\":[{\"begin\":6,\"end\":8},{\"begin\":2,\"end\":5}]}"),
            "<bé><cd>");
  EXPECT_TRUE(evidence_of("{\"text\":\"a\",\"evidence\":[]}").empty());
  EXPECT_TRUE(evidence_of("{\"text\":\"a\",\"evidence\":null}").empty());
}

TEST(Jsonl, EvidenceInTokensAsEraserHasIt) {
  EXPECT_EQ(marked("{\"tokens_text\":\"it 's a fïne film .\",\"evidence\":[[4,6],[0,2],[3,3]]}"), "<it 's><film .>");
  // Two spaces in a row enclose an empty token, and it counts.
  EXPECT_EQ(marked("{\"text\":\"a  b c\",\"evidence\":[[2,3]]}"), "<b>");
}

TEST(Jsonl, EvidenceThatDoesNotFit) {
  const auto error = [](const std::string& evidence) {
    const std::string text = error_of(read("a.jsonl", "{\"text\":\"é b\",\"evidence\":" + evidence + "}\n"));
    return text.starts_with("a.jsonl:1: evidence: expected ") ? text.substr(30) : text;
  };
  EXPECT_EQ(error("3"), "a list, found 3");
  EXPECT_EQ(error("[3]"), "{\"begin\": …, \"end\": …} in bytes or [start, end] in tokens, found 3");
  EXPECT_EQ(error("[[0,3]]"), "a range that ends no sooner than it begins, within 2 tokens, found [0,3]");
  EXPECT_EQ(error("[[-1,2]]"), "a range that ends no sooner than it begins, within 2 tokens, found [-1,2]");
  EXPECT_EQ(error("[{\"begin\":2,\"end\":5}]"),
            "a range that ends no sooner than it begins, within 4 bytes, found {\"begin\":2,\"end\":5}");
  EXPECT_EQ(error("[{\"begin\":3,\"end\":2}]"),
            "a range that ends no sooner than it begins, within 4 bytes, found {\"begin\":3,\"end\":2}");
  EXPECT_EQ(error("[{\"begin\":1,\"end\":3}]"), "bytes between two characters, found {\"begin\":1,\"end\":3}");
}

TEST(JsonlErrors, InvalidJsonNamesTheByte) {
  EXPECT_EQ(error_of(read("a.jsonl", "{\"text\":\"a\"}\n{\"text\": a}\n")),
            "a.jsonl:2: expected one JSON object a line, found invalid JSON at offset 9 of the line");
  EXPECT_EQ(error_of(read("a.jsonl", "{\"text\":\"a\"} {}\n")),
            "a.jsonl:1: expected one JSON object a line, found invalid JSON at offset 13 of the line");
  EXPECT_EQ(error_of(read("a.jsonl", "{\"text\":\"\\ud800\"}\n")).substr(0, 63),
            "a.jsonl:1: expected one JSON object a line, found invalid JSON ");
  EXPECT_EQ(error_of(read("a.jsonl", "[{\"text\":\"a\"}]\n")),
            "a.jsonl:1: expected one JSON object a line, found a list; convert with jq -c '.[]'");
  EXPECT_EQ(error_of(read("a.jsonl", "3\n")), "a.jsonl:1: expected one JSON object a line, found number");
}

// Found by fuzzing: JSON, but no number that a double holds, which the library throws as another kind of mistake.
TEST(JsonlErrors, NumbersTooLarge) {
  EXPECT_EQ(error_of(read("a.jsonl", "{\"text\":\"a\",\"n\":1e999}\n")),
            "a.jsonl:1: expected numbers of double precision, found number overflow parsing '1e999'");
  EXPECT_LT(error_of(read("a.jsonl", "{\"text\":\"a\",\"n\":1" + std::string(9999, '0') + "}\n")).size(), 300U);
}

TEST(JsonlErrors, MissingTextListsTheNames) {
  EXPECT_EQ(error_of(read("a.jsonl", "{\"body\":\"a\",\"label\":1}\n")),
            "a.jsonl:1: expected a string \"text\", found the names \"body\", \"label\"; name it with --text-column");
  EXPECT_EQ(error_of(read("a.jsonl", "{\"text\":7}\n")),
            "a.jsonl:1: expected a string \"text\", found number; name it with --text-column");
}

TEST(JsonlErrors, MissingLabelWhereLabelsAreNeeded) {
  EXPECT_EQ(error_of(read("a.jsonl", "{\"text\":\"a\"}\n", {.labels_required = true})),
            "a.jsonl:1: expected a label in \"label\" or \"class_name\", found the names \"text\"; name it with "
            "--label-column");
}

TEST(JsonlErrors, DeepNestingIsRefused) {
  const auto nested = [](std::size_t depth) {
    return "{\"text\":\"[[[\",\"x\":" + std::string(depth, '[') + std::string(depth, ']') + "}\n";
  };
  EXPECT_EQ(rows(read("a.jsonl", nested(60))), Rows{"1|-|[[["});
  const auto examples = read("a.jsonl", nested(100));
  EXPECT_EQ(error_of(examples), "a.jsonl:1: expected JSON nested at most 64 deep, found more");
  EXPECT_EQ(examples.error().code, ErrorCode::limit);
  EXPECT_FALSE(read("a.jsonl", "{\"x\":" + std::string(1'000'000, '[')));
}

TEST(JsonlErrors, EmptyFile) {
  EXPECT_EQ(error_of(read("a.jsonl", "")), "a.jsonl: expected at least one text, found none");
}

TEST(JsonlSkipping, GoesOnBehindBadRows) {
  SkippedRows skipped;
  EXPECT_EQ(rows(read("a.jsonl", "{\"text\":\"a\"}\nx\n{\"txt\":\"b\"}\n{\"text\":\"c\"}\n", {.skip_bad_rows = true},
                      &skipped)),
            (Rows{"1|-|a", "4|-|c"}));
  ASSERT_EQ(skipped.count, 2u);
  EXPECT_TRUE(skipped.first[0].where.ends_with("a.jsonl:2"));
  EXPECT_EQ(skipped.first[1].why, "expected a string \"text\", found the names \"txt\"; name it with --text-column");
}

}  // namespace
}  // namespace pellucid
