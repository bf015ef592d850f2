// AG News, Orange .tab, plain text, and how a format is found.
#include <gtest/gtest.h>

#include "data/reading.h"

namespace pellucid {
namespace {

constexpr const char* kAgNews = "\"3\",\"Title, one\",\"A line\\break  #39;s\"\n1,b,\"c\"\n";

TEST(AgNews, IsRecognisedByItsFirstRow) {
  EXPECT_EQ(rows(read("a.csv", kAgNews)), (Rows{"1|Business|Title, one A line\\break  #39;s", "2|World|b c"}));
  EXPECT_EQ(rows(read("a.csv", "2,a,b\n4,c,d\n")), (Rows{"1|Sports|a b", "2|Sci/Tech|c d"}));
}

TEST(AgNews, IsReadWhereNamed) {
  EXPECT_EQ(rows(read("a.dat", "2,a,b\n", {.format = Format::ag_news})), Rows{"1|Sports|a b"});
}

TEST(AgNews, IsNotTakenForOtherCsv) {
  EXPECT_EQ(error_of(read("a.csv", "5,a,b\n")).substr(0, 30), "a.csv:1: expected a column \"te");
  EXPECT_EQ(rows(read("a.csv", "3,text,label\n1,a,b\n", {.format = Format::csv})), Rows{"2|b|a"});
  EXPECT_EQ(rows(read("a.csv", "3,body,label\n1,a,b\n", {.text_column = "body"})), Rows{"2|b|a"});
}

TEST(AgNews, BadRows) {
  EXPECT_EQ(error_of(read("a.csv", "1,a,b\n5,a,b\n")), "a.csv:2: expected a class index from 1 to 4, found \"5\"");
  EXPECT_EQ(error_of(read("a.csv", "1,a,b\n2,a\n")),
            "a.csv:2: expected 3 fields (class index, title, description), found 2");
}

constexpr const char* kTab =
    "Category\tNote\tText\nd\tcontinuous\tstring\nclass\tmeta\tmeta\nacq\t1\tone two\nearn\t2\tthree\n";

TEST(OrangeTab, FindsTextByTypeAndLabelByRole) {
  EXPECT_EQ(rows(read("a.tab", kTab)), (Rows{"4|acq|one two", "5|earn|three"}));
}

TEST(OrangeTab, ReadsARoleLineThatIsBlankOrShort) {
  EXPECT_EQ(rows(read("a.tab", "Text\nstring\n\none\n\ntwo\n")), (Rows{"4|-|one", "6|-|two"}));
  EXPECT_EQ(rows(read("a.tab", "C\tText\nd\ts\nclass\nx\tone\n")), Rows{"4|x|one"});
}

TEST(OrangeTab, ColumnsMayBeNamed) {
  const ReadOptions options{.text_column = "Category", .label_column = "Note"};
  EXPECT_EQ(rows(read("a.tab", kTab, options)), (Rows{"4|1|acq", "5|2|earn"}));
}

TEST(OrangeTab, BadHeaders) {
  EXPECT_EQ(error_of(read("a.tab", "Text\nstring\n")),
            "a.tab:3: expected three header lines (names, types, roles), found the end of the file");
  EXPECT_EQ(
      error_of(read("a.tab", "A\tB\nstring\tstring\n\t\nx\ty\n")),
      "a.tab:3: expected one column of type string, found 2 among \"A\", \"B\"; name the text's with --text-column");
  EXPECT_EQ(error_of(read("a.tab", "A\tB\nstring\td\td\n\t\nx\ty\n")),
            "a.tab:2: expected 2 fields as in the first header line, found 3");
  EXPECT_EQ(error_of(read("a.tab", "A\tB\tC\ns\td\td\n\tclass\tclass\nx\ty\tz\n")),
            "a.tab:3: expected one column with the role class, found several; name it with --label-column");
  EXPECT_EQ(
      error_of(read("a.tab", "A\tB\ns\td\n\t\nx\ty\n", {.labels_required = true})),
      "a.tab:3: expected a column whose role (third line) is class with labels, found the columns \"A\", \"B\"; name "
      "it with --label-column");
}

TEST(Text, IsOneTextALine) {
  EXPECT_EQ(rows(read("a.txt", "one, \"two\"\r\n\n  three \n \nfour")),
            (Rows{"1|-|one, \"two\"", "3|-|  three ", "5|-|four"}));
}

TEST(Text, HasNoLabels) {
  const auto examples = read("a.txt", "one\n", {.labels_required = true});
  EXPECT_EQ(error_of(examples),
            "a.txt: expected texts with labels, found plain text, which has none; use CSV or JSONL");
  EXPECT_EQ(examples.error().code, ErrorCode::usage);
}

TEST(Format, ComesFromTheExtension) {
  EXPECT_EQ(rows(read("a.CSV", "text\na\n")), Rows{"2|-|a"});
  EXPECT_EQ(rows(read("a.ndjson", "{\"text\": \"a\"}\n")), Rows{"1|-|a"});
  const auto examples = read("a.xlsx", "x");
  EXPECT_EQ(examples.error().code, ErrorCode::usage);
  EXPECT_EQ(
      error_of(examples),
      "a.xlsx: expected a file that ends in .csv, .tsv, .jsonl, .ndjson, .tab or .txt, found \".xlsx\"; say what it "
      "is with --format");
}

TEST(Format, IsKnownByName) {
  const std::pair<const char*, Format> names[] = {{"csv", Format::csv},         {"tsv", Format::tsv},
                                                  {"jsonl", Format::jsonl},     {"tab", Format::tab},
                                                  {"ag-news", Format::ag_news}, {"text", Format::text}};
  for (const auto& [name, format] : names) {
    EXPECT_EQ(format_from_name(name).value(), format);
    EXPECT_EQ(name_of(format), name);
  }
  EXPECT_EQ(describe(format_from_name("json").error()),
            "expected a format (csv, tsv, jsonl, tab, ag-news, text), found \"json\"");
}

}  // namespace
}  // namespace pellucid
