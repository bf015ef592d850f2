// How far explanations changed: over texts, by class, word by word, and the texts where it shows most.
#include <algorithm>
#include <cmath>

#include "report/diff_parts.h"
#include "report/escape.h"
#include "report/marked_text.h"
#include "report/numbers.h"
#include "report/page.h"

namespace pellucid {
namespace {

constexpr std::size_t kLength = 40;  // characters of an id, of a word

void write_summary(Markup& page, const std::string& name, const Summary& summary) {
  page.open("tr").element("th", {{"scope", "row"}}, name);
  write_value(page, fixed(summary.mean, 3), summary.interval, 3);
  for (const double quantile : summary.quantiles) write_number(page, fixed(quantile, 3));
  page.close();
}

void write_agreement(Markup& page, const DiffReport& report) {
  const Drift& drift = report.diff.drift;
  const std::string top = "top " + grouped(report.options.top) + " shared";
  start_table(page, "c-drift", "results",
              grouped(drift.between.correlation.n) + " of " + grouped(drift.texts) +
                  " texts that both label alike, those with more than " + counted(report.options.top, "word", "words"));
  write_columns(page, {"", "mean", "5%", "25%", "median", "75%", "95%"}, 1);
  page.open("tbody");
  write_summary(page, "rank correlation", drift.between.correlation);
  if (drift.itself) write_summary(page, "A with itself", drift.itself->correlation);
  write_summary(page, top, drift.between.overlap);
  if (drift.itself) write_summary(page, "A with itself", drift.itself->overlap);
  page.close();
  end_table(page);
  page.element(
      "p", {{"class", "note"}},
      "Rank correlation: Spearman's ρ between the scores that A and B give to a text's words, 1 the same order, 0 "
      "no relation. Shared: of the words with the highest scores; rankings without relation share " +
          percent(drift.between.chance_overlap) + ". " +
          (drift.itself ? "A with itself: the same model under another seed of the method, which alone moves "
                          "explanations so far. A and B are compared under one seed."
                        : "The method draws nothing at random: the same model gives 1."));
}

void write_classes(Markup& page, const DiffReport& report) {
  start_table(page, "c-drift-classes", "results", "By the label that A gives");
  write_columns(page,
                {"class", "texts", "another label now", "compared", "rank correlation",
                 "top " + grouped(report.options.top) + " shared"},
                1);
  page.open("tbody");
  for (const ClassDrift& one : report.diff.drift.classes) {
    page.open("tr").element("th", {{"scope", "row"}}, label_of(report, one.label));
    write_number(page, grouped(one.texts));
    write_number(page, grouped(one.changed));
    write_number(page, grouped(one.between.correlation.n));
    for (const Summary* summary : {&one.between.correlation, &one.between.overlap}) {
      if (summary->n == 0) {
        write_number(page, "–");
      } else {
        write_value(page, fixed(summary->mean, 3), summary->interval, 3);
      }
    }
    page.close();
  }
  page.close();
  end_table(page);
}

void write_words(Markup& page, const DiffReport& report, const MovedWords& one, const std::string& id) {
  if (one.words.empty()) {
    page.element("p", {{"class", "note"}},
                 "No word in " + counted(report.options.words.min_texts, "text", "texts") + " of the " +
                     grouped(one.texts) + " explained.");
    return;
  }
  start_table(page, id, "results",
              grouped(one.words.size()) + " of " + grouped(one.frequent) + " words in " +
                  grouped(report.options.words.min_texts) + " or more of " + counted(one.texts, "text", "texts"));
  write_columns(page, {"word", "A", "B", "B − A", "texts"}, 1);
  page.open("tbody");
  for (const MovedWord& word : one.words) {
    page.open("tr").open("th", {{"scope", "row"}}).element("bdi", excerpt(word.form, kLength)).close();
    write_number(page, with_sign(word.a, 2));
    write_number(page, with_sign(word.b, 2));
    write_value(page, with_sign(word.difference, 2), word.interval, 2);
    write_number(page, grouped(word.texts));
    page.close();
  }
  page.close();
  end_table(page);
}

std::vector<ExplainedUnit> units_of(const SharedWords& words, const std::vector<double>& scores) {
  std::vector<ExplainedUnit> units;
  for (std::size_t u = 0; u < scores.size(); ++u) units.push_back({words.ranges[u], scores[u]});
  return units;
}

double largest(const std::vector<double>& scores) {
  double found = 0;
  for (const double score : scores) found = std::max(found, std::abs(score));
  return found > 0 ? found : 1;
}

// The word whose shade differs most between the two: what must be seen of a long text.
std::optional<ByteRange> focus_of(const SharedWords& words) {
  std::optional<ByteRange> focus;
  double most = -1;
  for (std::size_t u = 0; u < words.ranges.size(); ++u) {
    const double moved = std::abs(words.a[u] / largest(words.a) - words.b[u] / largest(words.b));
    if (moved <= most) continue;
    most = moved;
    focus = words.ranges[u];
  }
  return focus;
}

// A text of a list: a heading, then what either model makes of it, side by side.
void write_both(Markup& page, const DiffReport& report, const ExplainedText& explained, const std::string& heading) {
  const DiffText& text = text_of(report, explained);
  page.open("li").open("p", {{"class", "origin"}}).text("text ");
  page.element("bdi", excerpt(text.example.id, kLength)).text(": " + heading);
  if (text.gold) page.text(", labelled " + label_of(report, *text.gold));
  page.close().open("div", {{"class", "pair"}});
  const std::optional<ByteRange> focus = focus_of(explained.words);
  const auto side = [&](const char* name, const ModelPrediction& prediction, const std::vector<double>& scores) {
    page.open("div").open("p", {{"class", "origin"}}).element("strong", name);
    page.text(" " + with_probability(report, prediction)).close();
    write_marked_text(page, text.example.text, units_of(explained.words, scores), focus);
    page.close();
  };
  side("A", text.a, explained.words.a);
  side("B", text.b, explained.words.b);
  page.close().close();
}

}  // namespace

void write_drift(Markup& page, const DiffReport& report) {
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-drift"}});
  page.element("h2", {{"id", "h-drift"}}, "Explanations of what both label alike");
  if (report.diff.drift.between.correlation.n == 0) {
    page.element("p", "No text that both label alike has more than " + counted(report.options.top, "word", "words") +
                          ": nothing is compared.");
  } else {
    write_agreement(page, report);
    write_classes(page, report);
  }
  page.close();
}

void write_moved_words(Markup& page, const DiffReport& report) {
  page.element("h2", {{"class", "part"}, {"id", "h-words"}}, "Words that count otherwise");
  page.element(
      "p", {{"class", "note lead"}},
      "What words add to the class's logit less the mean of all logits where they occur, over texts that both "
      "models label so, upper and lower case together; those whose mean moved most, with the 95% interval of the "
      "difference. The sizes of a text's scores sum to " +
          fixed(report.diff.drift.size_a, 1) + " logits in A and " + fixed(report.diff.drift.size_b, 1) +
          " in B: where these differ much, all words move.");
  page.open("div", {{"class", "pair"}});
  for (std::size_t c = 0; c < report.classes.size(); ++c) {
    const std::string id = "h-words-" + std::to_string(c + 1);
    page.open("section", {{"class", "card"}, {"aria-labelledby", id}});
    page.element("h3", {{"id", id}}, report.classes[c]);
    write_words(page, report, report.diff.words[c], "c-" + id);
    page.close();
  }
  page.close();
}

void write_changed_texts(Markup& page, const DiffReport& report) {
  if (report.diff.changed.empty()) return;
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-changed"}});
  page.element("h2", {{"id", "h-changed"}}, "Texts with another label");
  page.element(
      "p", {{"class", "note"}},
      "Those of which both models are surest. Red, underlined: words for B's label rather than A's; blue, dashed: "
      "for A's rather than B's.");
  page.open("ul", {{"class", "examples"}});
  for (const ChangedText& one : report.diff.changed) {
    const DiffText& text = text_of(report, one.explained);
    write_both(
        page, report, one.explained,
        label_of(report, text.a.label) + " → " + label_of(report, text.b.label) + ", margin " + fixed(one.margin, 2));
  }
  page.close().close();
}

void write_unlike_texts(Markup& page, const DiffReport& report) {
  if (report.diff.unlike.empty()) return;
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-unlike"}});
  page.element("h2", {{"id", "h-unlike"}}, "Texts with the same label, explained the least alike");
  page.element("p", {{"class", "note"}},
               "The lowest rank correlations, the same words in another order; 1 is no change. Red, underlined: words "
               "for the label; blue, dashed: against it.");
  page.open("ul", {{"class", "examples"}});
  for (const ReasonedText& one : report.diff.unlike) {
    write_both(page, report, one.explained,
               label_of(report, one.explained.target.label) + ", rank correlation " +
                   with_minus_sign(fixed(one.likeness.correlation, 2)) + ", " + percent(one.likeness.overlap) +
                   " of the top " + grouped(report.options.top) + " shared");
  }
  page.close().close();
}

}  // namespace pellucid
