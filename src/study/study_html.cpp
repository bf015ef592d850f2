// A study as one page: for each group its pictures, then all values in numbers.
#include "compare/figure_html.h"
#include "report/numbers.h"
#include "report/page.h"
#include "study/charts.h"
#include "study/study.h"
#include "study/table.h"

namespace pellucid::study {
namespace {

using compare::Figure;
using compare::write_figure;

void write_picture(Markup& page, const Chart& chart) {
  page.open("div");
  write_chart(page, chart);
  write_legend(page, chart.lines, chart.marked);
  page.close();
}

void write_pictures(Markup& page, const Study& study) {
  for (std::size_t g = 0; g < study.groups.size(); ++g) {
    const std::string& group = study.groups[g];
    const std::string id = "h-pictures-" + std::to_string(g + 1);
    page.open("section", {{"class", "card"}, {"aria-labelledby", id}});
    page.element("h2", {{"id", id}}, group.empty() ? std::string(study.kind->title) : group);
    page.open("div", {{"class", "pair pictures"}});
    for (const Chart& chart : charts_of(study, group)) write_picture(page, chart);
    page.close();
    page.open("p", {{"class", "note"}});
    for (const std::string& note : notes_on_charts(study)) page.text(note + " ");
    page.close().close();
  }
}

void write_labels(Markup& page, const Study& study) {
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-labels"}});
  page.element("h2", {{"id", "h-labels"}}, "Labels in numbers");
  start_table(page, "c-labels", "results",
              grouped(study.test_texts) + " test texts; mean over seeds, 95% interval over texts, spread over seeds");
  std::vector<std::string> columns = {std::string(study.kind->name), "accuracy", "precision", "recall", "F1"};
  if (study.kind->varies == Varies::training_texts) columns.emplace_back("training texts");
  if (study.kind->varies == Varies::test_texts) columns.emplace_back("texts changed");
  write_columns(page, columns, 1);
  page.open("tbody");
  for (const StudyRow& row : study.rows) {
    page.open("tr").element("th", {{"scope", "row"}}, name_of(row));
    write_figure(page, row.accuracy, true, false);
    for (const Figure* figure : {&row.precision, &row.recall, &row.f1}) write_figure(page, *figure, false, false);
    if (study.kind->varies == Varies::training_texts) write_number(page, grouped(row.runs.front().training_texts));
    if (study.kind->varies == Varies::test_texts) write_number(page, grouped(row.changed_texts));
    page.close();
  }
  page.close();
  end_table(page);
  page.close();
}

// A figure, or what stands for one that is not there.
void write_figure_or(Markup& page, const Figure* figure, const std::string& otherwise) {
  if (figure == nullptr) {
    page.element("td", {{"class", "n"}}, otherwise);
  } else {
    write_figure(page, *figure, false, false);
  }
}

void write_explanations_of(Markup& page, const Study& study) {
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-explanations"}});
  page.element("h2", {{"id", "h-explanations"}}, "Explanations in numbers");
  start_table(page, "c-explanations", "results",
              "By " + study.method + " on " + grouped(study.explained_texts) + " test texts; unit " + study.unit +
                  ", removal " + study.removal + ", bins " + study.bins);
  write_columns(page,
                {std::string(study.kind->name), "compreh.", "sufficiency", "comp. − suff.", "random order",
                 "rank correlation", "top-5 overlap", "pairs"},
                1);
  page.open("tbody");
  for (const StudyRow& row : study.rows) {
    const std::string otherwise = row.reference ? "reference" : "–";
    page.open("tr").element("th", {{"scope", "row"}}, name_of(row));
    write_figure(page, row.comprehensiveness, false, false);
    write_figure(page, row.sufficiency, false, false);
    write_figure(page, row.difference, true, false);
    write_number(page, fixed(row.random, 3));
    write_figure_or(page, row.consistency ? &row.consistency->rank_correlation : nullptr, otherwise);
    write_figure_or(page, row.consistency ? &row.consistency->overlap : nullptr, otherwise);
    write_number(page, row.consistency ? grouped(row.consistency->n) : "");
    page.close();
  }
  if (study.floor) {
    page.open("tr").element("th", {{"scope", "row"}}, "noise floor");
    for (int empty = 0; empty < 4; ++empty) write_number(page, "");
    for (const Figure* figure : {&study.floor->rank_correlation, &study.floor->overlap}) {
      page.open("td", {{"class", "n"}}).text(with_minus_sign(fixed(figure->value, 3)));
      page.element("small", with_minus_sign(fixed(figure->interval.low, 3) + " to " + fixed(figure->interval.high, 3)));
      page.close();
    }
    write_number(page, grouped(study.floor->n));
    page.close();
  }
  page.close();
  end_table(page);
  page.close();
}

void write_minority(Markup& page, const Study& study) {
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-minority"}});
  page.element("h2", {{"id", "h-minority"}}, "The minority class in numbers");
  start_table(page, "c-minority", "results", "Mean over minority classes and seeds");
  write_columns(page, {std::string(study.kind->name), "recall", "evidence against it", "explanations"}, 1);
  page.open("tbody");
  for (const StudyRow& row : study.rows) {
    if (!row.minority) continue;
    page.open("tr").element("th", {{"scope", "row"}}, name_of(row));
    write_figure(page, row.minority->recall, false, false);
    write_figure(page, row.minority->against, false, false);
    write_number(page, grouped(row.minority->n));
    page.close();
  }
  page.close();
  end_table(page);
  page.close();
}

void write_claims(Markup& page, const Study& study) {
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-claims"}});
  page.element("h2", {{"id", "h-claims"}}, "What was claimed");
  start_table(page, "c-claims", "results", "Claims of the plan, judged by the difference between two values");
  write_columns(page, {"claim", "that is", "difference", "verdict"}, 2);
  page.open("tbody");
  for (const JudgedClaim& one : study.claims) {
    page.open("tr").element("th", {{"scope", "row"}, {"class", "wrapping"}}, one.claim.says);
    page.element("td", {{"class", "wrapping"}}, comparison_text(one.claim));
    if (one.difference) {
      write_figure(page, *one.difference, false, false);
    } else {
      write_number(page, "–");
    }
    page.element("td", {{"class", "n"}}, name_of(one.verdict)).close();
  }
  page.close();
  end_table(page);
  page.close();
}

void write_models(Markup& page, const Study& study) {
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-models"}});
  page.element("h2", {{"id", "h-models"}}, "Each model");
  page.open("details").element("summary", "Seeds one by one");
  start_table(page, "c-models", "results", "Each seed of each value");
  std::vector<std::string> columns = {std::string(study.kind->name), "seed"};
  if (!study.minority.empty()) columns.emplace_back("minority");
  for (const char* name : {"accuracy", "F1", "validation F1", "training texts", "steps", "training", "model folder"}) {
    columns.emplace_back(name);
  }
  write_columns(page, columns, 1);
  page.open("tbody");
  for (const StudyRow& row : study.rows) {
    for (const StudyRun& run : row.runs) {
      page.open("tr").element("th", {{"scope", "row"}}, name_of(row));
      write_number(page, std::to_string(run.seed));
      if (!study.minority.empty()) page.element("td", {{"class", "n"}}, run.minority);
      write_number(page, fixed(run.accuracy, 4));
      write_number(page, fixed(run.macro_f1, 4));
      write_number(page, fixed(run.validation_macro_f1, 4));
      write_number(page, grouped(run.training_texts));
      write_number(page, grouped(static_cast<std::size_t>(run.steps)));
      write_number(page, compare::duration_text(run.seconds));
      page.element("td", {{"class", "n"}}, run.folder).close();
    }
  }
  page.close();
  end_table(page);
  page.close().close();
}

}  // namespace

std::string to_html(const Study& study) {
  Markup page = start_page("Study: " + std::string(study.kind->title));
  Facts facts = facts_of(study);
  const Facts own = {{"options", study.options}, {"explained by", study.method}};
  facts.insert(facts.begin() + 5, own.begin(), own.end());  // behind the encoder
  write_facts(page, facts);
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-what"}});
  page.element("h2", {{"id", "h-what"}}, "What was studied");
  for (const std::string& note : notes_of(study)) page.element("p", {{"class", "note"}}, note);
  page.close();
  if (!study.claims.empty()) write_claims(page, study);
  write_pictures(page, study);
  write_labels(page, study);
  write_explanations_of(page, study);
  if (!study.minority.empty()) write_minority(page, study);
  write_models(page, study);
  return page.finish();
}

}  // namespace pellucid::study
