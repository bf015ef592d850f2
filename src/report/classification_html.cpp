#include "report/classification_html.h"

#include <numeric>

#include "report/numbers.h"
#include "report/page.h"

namespace pellucid {
namespace {

constexpr std::size_t kHorizontalNames = 6;  // columns of the confusion matrix whose names stand upright beyond

// 0 that stands for an undefined value says so.
void write_share(Markup& page, double value, bool undefined, const char* why) {
  page.open("td", {{"class", "n"}}).text(fixed(value, 3) + (undefined ? " " : ""));
  if (undefined) page.element("abbr", {{"title", why}}, "undefined");
  page.close();
}

void write_average(Markup& page, const char* name, const Average& average, std::size_t n) {
  page.open("tr").element("th", {{"scope", "row"}}, name);
  for (const double value : {average.precision, average.recall, average.f1}) {
    page.element("td", {{"class", "n"}}, fixed(value, 3));
  }
  page.element("td", {{"class", "n"}}, grouped(n)).close();
}

}  // namespace

void write_classes(Markup& page, const ClassificationMetrics& metrics, const std::vector<std::string>& labels,
                   const std::string& title, const std::string& id) {
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-" + id}});
  page.element("h2", {{"id", "h-" + id}}, title);
  start_table(page, "c-" + id, "results", "Precision, recall and F1 of each class");
  write_columns(page, {"class", "precision", "recall", "F1", "texts"}, 1);
  page.open("tbody");
  bool undefined = false;
  for (std::size_t c = 0; c < metrics.classes.size(); ++c) {
    const ClassMetrics& one = metrics.classes[c];
    page.open("tr").element("th", {{"scope", "row"}}, labels[c]);
    write_share(page, one.precision, one.precision_undefined, "no text was predicted to be of this class");
    write_share(page, one.recall, one.recall_undefined, "no text is labelled with this class");
    write_share(page, one.f1, one.precision_undefined && one.recall_undefined, "neither labelled nor predicted");
    page.element("td", {{"class", "n"}}, grouped(one.support)).close();
    undefined = undefined || one.precision_undefined || one.recall_undefined;
  }
  page.close().open("tfoot");
  write_average(page, "macro average", metrics.macro, metrics.n);
  write_average(page, "weighted average", metrics.weighted, metrics.n);
  page.close();
  end_table(page);
  if (undefined) {
    page.element(
        "p", {{"class", "note"}},
        "Undefined: precision of a class that was never predicted, recall of a class without texts. Both count "
        "as 0 in the averages.");
  }
  page.close();
}

void write_counts(Markup& page, const std::vector<std::vector<std::size_t>>& counts,
                  const std::vector<std::string>& labels, const std::string& id, const std::string& caption) {
  start_table(page, "c-" + id, counts.size() > kHorizontalNames ? "confusion many" : "confusion", caption);
  page.open("thead").open("tr").element("td", "");
  for (const std::string& name : labels) page.element("th", {{"scope", "col"}}, name);
  page.close().close().open("tbody");
  for (std::size_t row = 0; row < counts.size(); ++row) {
    const std::size_t texts = std::accumulate(counts[row].begin(), counts[row].end(), std::size_t{0});
    page.open("tr").element("th", {{"scope", "row"}}, labels[row]);
    for (std::size_t column = 0; column < counts.size(); ++column) {
      const std::size_t count = counts[row][column];
      const double share = texts == 0 ? 0 : static_cast<double>(count) / static_cast<double>(texts);
      page.element("td",
                   {{"class", std::string(row == column ? "right" : "wrong") + (count == 0 ? " none" : "")},
                    {"style", "--s:" + fixed(share, 2)},
                    {"title", percent(share) + " of " + labels[row]}},
                   grouped(count));
    }
    page.close();
  }
  page.close();
  end_table(page);
}

void write_confusion(Markup& page, const ClassificationMetrics& metrics, const std::vector<std::string>& labels,
                     const std::string& title, const std::string& id) {
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-" + id}});
  page.element("h2", {{"id", "h-" + id}}, title);
  write_counts(page, metrics.confusion, labels, id, "Rows: label; columns: prediction");
  page.element("p", {{"class", "note"}}, "Shade: share of the row. On the diagonal, in bold, what is right.");
  page.close();
}

}  // namespace pellucid
