#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "data/reading.h"

namespace pellucid {
namespace {

TEST(Csv, ReadsRowsBelowTheHeader) {
  EXPECT_EQ(rows(read("a.csv", "text,label\ngood film,pos\nbad film,neg\n")),
            (Rows{"2|pos|good film", "3|neg|bad film"}));
}

TEST(Csv, ColumnsStandInAnyOrder) {
  EXPECT_EQ(rows(read("a.csv", "n,label,id,text\n1,pos,x7,good\n2,neg,,bad\n")), (Rows{"x7|pos|good", "3|neg|bad"}));
}

TEST(Csv, ColumnsHaveTheNamesGiven) {
  const ReadOptions options{.text_column = "Review", .label_column = "Stars"};
  EXPECT_EQ(rows(read("a.csv", "Stars,Review,label,text\n5,good,x,y\n", options)), Rows{"2|5|good"});
}

TEST(Csv, ClassNameGoesBeforeLabel) {
  EXPECT_EQ(rows(read("a.csv", "label,class_name,text\n1,ham,hello\n")), Rows{"2|ham|hello"});
  const ReadOptions options{.label_column = "label"};
  EXPECT_EQ(rows(read("a.csv", "label,class_name,text\n1,ham,hello\n", options)), Rows{"2|1|hello"});
}

TEST(Csv, QuotedFieldsHoldDelimitersQuotesAndLineEnds) {
  EXPECT_EQ(rows(read("a.csv", "text,label\n\"a, \"\"b\"\"\nc\r\n\",x\n\"\",y\nlast,z")),
            (Rows{"2|x|a, \"b\"\nc\r\n", "5|y|", "6|z|last"}));
}

TEST(Csv, AcceptsCrLfByteOrderMarkAndBlankLines) {
  EXPECT_EQ(rows(read("a.csv",
                      "\xEF\xBB\xBF"
                      "\r\ntext,label\r\n\r\ngood,pos\r\n\r\n\"bad\",neg\r\n")),
            (Rows{"4|pos|good", "6|neg|bad"}));
}

TEST(Csv, AQuoteInsideAnUnquotedFieldStandsForItself) {
  EXPECT_EQ(rows(read("a.csv", "text,label\n5\" pipe,x\n")), Rows{"2|x|5\" pipe"});
}

TEST(Csv, SpacesAndBackslashesBelongToTheField) {
  EXPECT_EQ(rows(read("a.csv", "text,label\n  a\\, b \n")), Rows{"2| b |  a\\"});
}

TEST(Csv, EmptyLabelIsNone) {
  EXPECT_EQ(rows(read("a.csv", "text,label\na,\nb,x\n")), (Rows{"2|-|a", "3|x|b"}));
  EXPECT_EQ(rows(read("a.csv", "text\na\n")), Rows{"2|-|a"});
}

TEST(Tsv, IsTheSameWithTabs) {
  EXPECT_EQ(rows(read("a.tsv", "label\ttext\nx\ta, b\ny\t\"c\td\"\n")), (Rows{"2|x|a, b", "3|y|c\td"}));
}

TEST(CsvErrors, MissingColumnsListWhatIsThere) {
  EXPECT_EQ(error_of(read("a.csv", "body,label\na,x\n")),
            "a.csv:1: expected a column \"text\", found \"body\", \"label\"; name it with --text-column");
  EXPECT_EQ(
      error_of(read("a.csv", "text,topic\na,x\n", {.labels_required = true})),
      "a.csv:1: expected a column \"label\" or \"class_name\" with labels, found the columns \"text\", \"topic\"; "
      "name it with --label-column");
  const ReadOptions options{.text_column = "text", .label_column = "class"};
  EXPECT_EQ(error_of(read("a.csv", "text,topic\na,x\n", options)),
            "a.csv:1: expected a column \"class\", found \"text\", \"topic\"; name it with --label-column");
}

TEST(CsvErrors, LongListsOfColumnsAreCut) {
  std::string header = std::string(100, 'x');
  for (int i = 0; i < 30; ++i) header += ",c" + std::to_string(i);
  const std::string error = error_of(read("a.csv", header + "\n"));
  EXPECT_NE(error.find("\"" + std::string(40, 'x') + "…\", \"c0\""), std::string::npos) << error;
  EXPECT_NE(error.find("\"c18\" and 11 more"), std::string::npos) << error;
}

TEST(CsvErrors, AColumnThatIsUsedStandsOnce) {
  EXPECT_EQ(error_of(read("a.csv", "text,label,text\na,x,b\n")),
            "a.csv:1: expected one column \"text\", found several; the columns are \"text\", \"label\", \"text\"");
  EXPECT_EQ(rows(read("a.csv", "text,,label,\na,1,x,2\n")), Rows{"2|x|a"});  // others may
}

TEST(CsvErrors, WrongNumberOfFields) {
  EXPECT_EQ(error_of(read("a.csv", "text,label\na,x\nb\n")),
            "a.csv:3: expected 2 fields (\"text\", \"label\"), found 1; a field that contains a comma is quoted");
  EXPECT_EQ(error_of(read("a.tsv", "text\tlabel\na\tx\ty\n")),
            "a.tsv:2: expected 2 fields (\"text\", \"label\"), found 3");
}

TEST(CsvErrors, QuotesThatDoNotClose) {
  EXPECT_EQ(error_of(read("a.csv", "text,label\na,x\n\"b,y\nc,z\n")),
            "a.csv:3: expected a closing quote, found the end of the file; a quote that belongs to the text is written "
            "twice, in a field that is quoted");
  EXPECT_EQ(error_of(read("a.csv", "text,label\n\"a\"b,x\n")),
            "a.csv:2: expected a comma or the end of the line after a closing quote, found more text; a quote that "
            "belongs to the text is written twice, in a field that is quoted");
  EXPECT_EQ(error_of(read("a.csv", "text,label\ra,x\r")),
            "a.csv:1: expected line ends \\n or \\r\\n, found \\r alone; convert the file, or quote the field");
}

TEST(CsvErrors, NothingToRead) {
  EXPECT_EQ(error_of(read("a.csv", "")), "a.csv: expected a header line, found an empty file");
  EXPECT_EQ(error_of(read("a.csv", "\n\n")), "a.csv: expected a header line, found an empty file");
  EXPECT_EQ(error_of(read("a.csv", "text,label\n")), "a.csv: expected at least one text, found none");
}

TEST(CsvErrors, MissingLabelWhereLabelsAreNeeded) {
  EXPECT_EQ(error_of(read("a.csv", "text,label\na,x\nb,\n", {.labels_required = true})),
            "a.csv:3: expected a label in column \"label\", found none");
}

TEST(CsvSkipping, NamesEachBadRowAndGoesOn) {
  SkippedRows skipped;
  const std::string content =
      "text,label\n"
      "a,x\n"
      "b\n"           // 3: a field short
      "\"c\" d,x\n"   // 4: text behind a quote
      "e,\n"          // 5: no label
      "\"f\nf\",x\n"  // 6 and 7: good
      "g\xFF,x\n"     // 8: no UTF-8
      "\"h,x\n"       // 9: never closed
      "i,y\n";
  const auto examples = read("a.csv", content, {.labels_required = true, .skip_bad_rows = true}, &skipped);
  EXPECT_EQ(rows(examples), (Rows{"2|x|a", "6|x|f\nf", "10|y|i"}));
  Rows lines;
  for (const SkippedRow& row : skipped.first)
    lines.push_back(row.where.substr(row.where.rfind(':')) + " " + row.why.substr(0, 18));
  EXPECT_EQ(lines, (Rows{":3 expected 2 fields ", ":4 expected a comma o", ":5 expected a label i",
                         ":8 expected UTF-8 wit", ":9 expected a closing"}));
}

TEST(CsvSkipping, AllBadIsAnError) {
  EXPECT_EQ(error_of(read("a.csv", "text,label\nb\nc\n", {.skip_bad_rows = true})),
            "a.csv:2: expected at least one good row, found 2 bad ones; the first: expected 2 fields (\"text\", "
            "\"label\"), found 1; a field that contains a comma is quoted");
}

// Any fields, quoted as RFC 4180 says, come back as they were.
TEST(Csv, ReadsBackWhatIsQuoted) {
  EXPECT_TRUE(rc::check([] {
    const auto fields = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab \",\t\r\n\\|;'")))));
    std::string content = "text,label\r\n";
    for (const std::string& field : fields) {
      content += '"';
      for (const char c : field) content.append(c == '"' ? 2 : 1, c);
      content += "\",x\r\n";
    }
    const auto examples = read("a.csv", content);
    RC_ASSERT(examples.has_value());
    RC_ASSERT(examples->size() == fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) RC_ASSERT((*examples)[i].text == fields[i]);
  }));
}

}  // namespace
}  // namespace pellucid
