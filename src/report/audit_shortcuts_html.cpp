// Words that alone drive a class: how they were tested, what came out, examples.
#include <algorithm>

#include "report/audit_parts.h"
#include "report/escape.h"
#include "report/marked_text.h"
#include "report/numbers.h"
#include "report/page.h"

namespace pellucid {
namespace {

constexpr std::size_t kWordLength = 40;

void write_nothing(Markup& page) {
  for (int column = 0; column < 3; ++column) write_number(page, "–");
}

void write_effect(Markup& page, const Effect& effect) {
  if (effect.texts == 0) return write_nothing(page);
  write_value(page, with_sign(effect.beyond, 2), effect.interval, 2);
  page.open("td", {{"class", "n"}}).text(percent(effect.flips));
  page.element("small", "control " + percent(effect.control_flips)).close();
  page.open("td", {{"class", "n"}}).text(effect.p_value ? p_text(*effect.p_value) : "–");
  page.element("small", counted(effect.texts, "text", "texts")).close();
}

void write_labels(Markup& page, const TestedWord& word) {
  if (!word.association) return write_nothing(page);
  const Association& labels = *word.association;
  page.open("td", {{"class", "n"}}).text(grouped(labels.labelled) + " of " + grouped(labels.texts));
  page.element("small", "all texts " + percent(labels.base)).close();
  write_value(page, with_sign(word.swap.weight, 1), word.swap.weight_interval, 1);
  write_value(page, with_sign(labels.weight, 1), labels.weight_interval, 1);
}

// The words that drive, or the others.
void write_table(Markup& page, const AuditReport& report, bool driving, const std::string& caption) {
  const bool labelled = report.audit.texts.labelled;
  start_table(page, driving ? "c-drive" : "c-tested", "results", caption);
  page.open("thead").open("tr");
  page.element("th", {{"scope", "col"}, {"rowspan", "2"}}, "word, class");
  page.element("th", {{"scope", "colgroup"}, {"colspan", "3"}, {"class", "group"}}, "put into texts of other classes");
  page.element("th", {{"scope", "colgroup"}, {"colspan", "3"}, {"class", "group"}}, "taken out of texts of the class");
  if (labelled)
    page.element("th", {{"scope", "colgroup"}, {"colspan", "3"}, {"class", "group"}}, "what the labels say");
  page.close().open("tr");
  std::vector<std::string> columns = {"rise", "flips", "p", "fall", "flips", "p"};
  if (labelled) columns.insert(columns.end(), {"labelled so", "weight, model", "weight, labels"});
  for (const std::string& column : columns) page.element("th", {{"scope", "col"}, {"class", "n"}}, column);
  page.close().close().open("tbody");
  for (const TestedWord& word : report.audit.shortcuts.words) {
    if (word.drives != driving) continue;
    page.open("tr").open("th", {{"scope", "row"}});
    page.element("bdi", excerpt(report.audit.texts.words.form(word.candidate.word), kWordLength));
    page.element("small", label_of(report, word.candidate.label) +
                              (word.reading ? ": " + std::string(name_of(*word.reading)) : std::string()));
    page.close();
    write_effect(page, word.swap.effect);
    write_effect(page, word.removal);
    if (labelled) write_labels(page, word);
    page.close();
  }
  page.close();
  end_table(page);
}

void write_example(Markup& page, const AuditReport& report, const TestedWord& word, const SwapExample& example) {
  const AuditedText& text = report.audit.texts.texts[example.text];
  const SwappedText swapped = swapped_text(report, word, example);
  const std::string& label = label_of(report, word.candidate.label);
  const ExplainedUnit mark{swapped.word, 1};
  page.open("li");
  page.open("p", {{"class", "origin"}}).text("text ").element("bdi", excerpt(text.example.id, kWordLength));
  page.text(": " + label + " " + percent(example.before) + " → ").element("strong", percent(example.after));
  page.text(", with “" + excerpt(report.audit.texts.words.form(example.control), kWordLength) + "” " +
            percent(example.with_control) + "; " + label_of(report, text.predicted) +
            (example.predicted == text.predicted ? " stays" : " becomes " + label_of(report, example.predicted)))
      .close();
  write_marked_text(page, swapped.text, {&mark, 1}, swapped.word, /*scores=*/false);
  page.close();
}

void write_examples(Markup& page, const AuditReport& report) {
  for (const TestedWord& word : report.audit.shortcuts.words) {
    if (!word.drives || word.swap.examples.empty()) continue;
    page.open("details").element(
        "summary", "Examples: “" + excerpt(report.audit.texts.words.form(word.candidate.word), kWordLength) + "” for " +
                       label_of(report, word.candidate.label));
    page.open("ul", {{"class", "examples"}});
    for (const SwapExample& example : word.swap.examples) write_example(page, report, word, example);
    page.close().close();
  }
}

void write_explanation(Markup& page, const AuditReport& report) {
  const ShortcutOptions& options = report.options.shortcuts;
  page.element("p", {{"class", "note"}},
               "A word is listed where putting it into texts of other classes, in place of the word that matters least "
               "there, raises the class's probability by more than " +
                   fixed(options.effects.least_effect, 2) +
                   " on average beyond what an ordinary word of like frequency does in the same place. At most " +
                   percent(options.fdr) +
                   " of the words listed are expected to be there by chance. Words were chosen on " +
                   grouped(report.audit.shortcuts.choosing) + " texts and tested on " +
                   grouped(report.audit.shortcuts.testing) + " others.");
  page.element(
      "p", {{"class", "note"}},
      "Rise and fall: of the class's probability, beyond the control's, with a 95% interval. Flips: texts whose "
      "prediction becomes, or is no longer, the class. p: one-sided, corrected for the number of words.");
  if (!report.audit.texts.labelled) return;
  page.element(
      "p", {{"class", "note"}},
      "A word that drives a class need not mislead: a team's name may well decide for sports. Weight, model: by how "
      "much the word raises the log odds of the class. Weight, labels: how much more frequent it is in texts "
      "with the label than in others, as a logarithm; what a careful observer would give it. Over-relied: the model's "
      "interval lies above the "
      "labels'. Borne out: texts with the word have the label more often, and the model makes no more of it. "
      "Unclear: too few texts with the word to say. If the labels have "
      "the same fault as the model, they bear it out: only a person can tell.");
}

}  // namespace

void write_shortcuts(Markup& page, const AuditReport& report) {
  const Shortcuts& found = report.audit.shortcuts;
  const std::size_t drive = driving_words(found);
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-shortcuts"}});
  page.element("h2", {{"id", "h-shortcuts"}}, "Shortcut candidates: words that alone drive a class");
  if (drive > 0) {
    write_table(page, report, true, grouped(drive) + " of " + grouped(found.words.size()) + " words tested");
    write_examples(page, report);
  } else {
    page.element("p", "None of the " + grouped(found.words.size()) + " words tested drives a class by itself.");
  }
  if (drive < found.words.size()) {
    page.open("details").element("summary", "Words tested that do not drive a class");
    write_table(page, report, false, grouped(found.words.size() - drive) + " words, the largest effect first");
    page.close();
  }
  write_explanation(page, report);
  page.close();
}

}  // namespace pellucid
