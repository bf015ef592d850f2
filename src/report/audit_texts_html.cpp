// Texts that an audit singles out: contested predictions, suspected labels.
#include <algorithm>

#include "error/listed.h"
#include "report/audit_parts.h"
#include "report/escape.h"
#include "report/marked_text.h"
#include "report/numbers.h"
#include "report/page.h"

namespace pellucid {
namespace {

constexpr std::size_t kLength = 40;  // characters of an id, of a word

std::vector<ExplainedUnit> units_of(const AuditedText& text, const std::vector<double>& scores) {
  std::vector<ExplainedUnit> units;
  for (std::size_t u = 0; u < scores.size(); ++u) units.push_back({text.units.ranges[u], scores[u]});
  return units;
}

std::string with_probability(const AuditReport& report, const AuditedText& text, std::int32_t label) {
  return label_of(report, label) + " " + percent(text.probabilities[static_cast<std::size_t>(label)]);
}

// A text of a list: a heading, the text with its evidence. `scores` decide the shade.
void write_text(Markup& page, const AuditedText& text, const std::vector<double>& scores, const std::string& heading) {
  page.open("li").open("p", {{"class", "origin"}}).text("text ");
  page.element("bdi", excerpt(text.example.id, kLength)).text(": " + heading).close();
  const std::vector<ExplainedUnit> units = units_of(text, scores);
  std::optional<ByteRange> focus;
  const auto strongest =
      std::ranges::max_element(units, {}, [](const ExplainedUnit& unit) { return std::abs(unit.score); });
  if (strongest != units.end()) focus = strongest->range;
  write_marked_text(page, text.example.text, units, focus);
  page.close();
}

std::string gold_note(const AuditReport& report, const AuditedText& text) {
  if (!text.gold) return {};
  return *text.gold == text.predicted ? ", as labelled" : ", labelled " + label_of(report, *text.gold);
}

}  // namespace

void write_contested(Markup& page, const AuditReport& report) {
  const Contested& found = report.audit.contested;
  const std::vector<AuditedText>& texts = report.audit.texts.texts;
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-contested"}});
  page.element("h2", {{"id", "h-contested"}}, "Contested predictions");
  page.element("h3", "The closest calls");
  page.element(
      "p", {{"class", "note"}},
      "The smallest differences between the two largest logits. Red: for the class predicted; blue: for the other.");
  page.open("ul", {{"class", "examples"}});
  for (const CloseText& one : found.close) {
    const AuditedText& text = texts[one.text];
    write_text(page, text, one.scores,
               with_probability(report, text, text.predicted) + " or " + with_probability(report, text, one.runner_up) +
                   ", gap " + fixed(one.gap, 3) + gold_note(report, text));
  }
  page.close();
  if (found.compared > 0) {
    const std::string methods = listed(found.methods);
    page.element("h3", "The least agreement on which words matter");
    page.element(
        "p", {{"class", "note"}},
        "Mean Kendall's τ-b between the rankings of words by " + methods + ": 1 the same order, 0 no relation. Over " +
            grouped(found.compared) + " texts of five words or more " +
            with_minus_sign(fixed(found.agreement, 2) + " (" + fixed(found.agreement_interval.low, 2) + " to " +
                            fixed(found.agreement_interval.high, 2) + ")") +
            ". The lowest stand below: where it is near 0 or less, the methods tell different stories, and no one of "
            "them should be relied on.");
    page.open("ul", {{"class", "examples"}});
    for (const DisputedText& one : found.disputed) {
      const AuditedText& text = texts[one.text];
      std::string first;
      for (std::size_t m = 0; m < found.methods.size(); ++m) {
        first += (m == 0 ? "" : ", ") + found.methods[m] + " “" + excerpt(unit_text(text, one.top[m]), kLength) + "”";
      }
      write_text(page, text, text.scores,
                 "agreement " + with_minus_sign(fixed(one.agreement, 2)) + "; " +
                     with_probability(report, text, text.predicted) + gold_note(report, text) + "; strongest word by " +
                     first);
    }
    page.close();
  }
  page.close();
}

void write_label_errors(Markup& page, const AuditReport& report) {
  if (!report.audit.label_errors) return;
  const LabelErrors& found = *report.audit.label_errors;
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-labels"}});
  page.element("h2", {{"id", "h-labels"}}, "Likely label errors");
  page.element(
      "p", {{"class", "note"}},
      "Texts for which the model is as sure of another class as it is on average of that class's own texts "
      "(confident learning): " +
          grouped(found.suspected) + " of " + grouped(found.labelled) +
          ", the least likely labels first. Red: words for the label given; blue: for the class that the model "
          "suggests. The model may be what is wrong: look before you change a label.");
  page.element(
      "p", {{"class", "warning"}},
      "If the model was trained on these texts, this list is biased: it has seen the labels, and learnt some of "
      "the wrong ones. Audit texts that it was not trained on.");
  if (!found.suspects.empty()) page.open("ul", {{"class", "examples"}});
  for (const LabelSuspect& one : found.suspects) {
    const AuditedText& text = report.audit.texts.texts[one.text];
    write_text(page, text, one.scores,
               "labelled " + with_probability(report, text, *text.gold) + ", rather " +
                   with_probability(report, text, one.suggested));
  }
  if (!found.suspects.empty()) page.close();
  page.close();
}

}  // namespace pellucid
