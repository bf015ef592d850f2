// What an audit found, in a screenful; the page and the JSON have the rest.
#include <algorithm>

#include "report/audit.h"
#include "report/escape.h"
#include "report/numbers.h"
#include "report/terminal.h"

namespace pellucid {
namespace {

constexpr std::size_t kWords = 8;  // of a class
constexpr std::size_t kShortcuts = 10;
constexpr std::size_t kTexts = 3;  // of a list of texts
constexpr std::size_t kWordLength = 24, kTextLength = 70;

std::string words_in_lines(const AuditReport& report, const TerminalStyle& style) {
  std::string out = emphasised("Words that carry each predicted class", Emphasis::bold, style) +
                    ": logits per text of the class, " + std::string(report.options.method->name) + "\n";
  std::size_t widest = 0;
  for (const std::string& name : report.classes) widest = std::max(widest, std::min(name.size(), kWordLength));
  for (const ClassWords& one : report.audit.predicted) {
    out += "  " + left(visible(label_of(report, one.label)), widest) + " ";
    for (std::size_t w = 0; w < std::min(kWords, one.words.size()); ++w) {
      out += (w == 0 ? " " : ", ") + excerpt(report.audit.texts.words.form(one.words[w].word), kWordLength) + " " +
             with_sign(one.words[w].carried, 2);
    }
    if (one.words.empty()) {
      out += one.texts == 0 ? " no text" : " no word in " + counted(report.options.words.min_texts, "text", "texts");
    }
    out += '\n';
  }
  return out;
}

std::string distributions_in_lines(const AuditReport& report, const TerminalStyle& style) {
  std::string out = emphasised("Do classes distribute evidence differently?", Emphasis::bold, style) + "\n";
  if (report.audit.distributions.tests.empty()) return out + "  too few texts of too few classes to say\n";
  std::vector<std::vector<std::string>> rows = {{"", "share explained", "p", "among like lengths", "p"}};
  for (const DistributionTest& test : report.audit.distributions.tests) {
    rows.push_back({std::string(test.statistic), percent(test.differs.effect), p_text(test.differs.p_value),
                    percent(test.within_length.effect), p_text(test.within_length.p_value)});
  }
  return out + table(rows, style);
}

std::string shortcuts_in_lines(const AuditReport& report, const TerminalStyle& style) {
  const Shortcuts& found = report.audit.shortcuts;
  const std::size_t drive = driving_words(found);
  std::string out = emphasised("Shortcut candidates", Emphasis::bold, style) + ": " + grouped(drive) + " of " +
                    counted(found.words.size(), "tested word", "tested words") +
                    " drive a class (false discovery rate " + percent(report.options.shortcuts.fdr) + ")\n";
  if (drive == 0) return out;
  std::vector<std::vector<std::string>> rows = {
      {"word", "class", "rise, swapped in", "flips", "control flips", "fall, removed", "p"}};
  if (report.audit.texts.labelled) rows.front().emplace_back("labels");
  for (const TestedWord& word : found.words) {
    if (!word.drives || rows.size() > kShortcuts) break;
    const Effect& swap = word.swap.effect;
    rows.push_back({excerpt(report.audit.texts.words.form(word.candidate.word), kWordLength),
                    excerpt(label_of(report, word.candidate.label), kWordLength), with_sign(swap.beyond, 2),
                    percent(swap.flips), percent(swap.control_flips),
                    word.removal.texts > 0 ? with_sign(word.removal.beyond, 2) : "–", p_text(*swap.p_value)});
    if (report.audit.texts.labelled) {
      rows.back().push_back(word.reading ? std::string(name_of(*word.reading)) : std::string("–"));
    }
  }
  out += table(rows, style);
  if (drive > kShortcuts) out += "  and " + grouped(drive - kShortcuts) + " more\n";
  return out;
}

std::string text_line(const AuditedText& text, const std::string& says) {
  return "  " + excerpt(text.example.id, 12) + ": " + visible(says) + "  " + excerpt(text.example.text, kTextLength) +
         "\n";
}

std::string contested_in_lines(const AuditReport& report, const TerminalStyle& style) {
  const Contested& found = report.audit.contested;
  std::string out = emphasised("Contested predictions", Emphasis::bold, style) + "\n";
  for (std::size_t i = 0; i < std::min(kTexts, found.close.size()); ++i) {
    const AuditedText& text = report.audit.texts.texts[found.close[i].text];
    out += text_line(text, label_of(report, text.predicted) + " or " + label_of(report, found.close[i].runner_up) +
                               ", gap " + fixed(found.close[i].gap, 2));
  }
  if (found.methods.size() > 1 && found.compared == 0) {
    out += "  agreement of methods: no text has five words\n";
  } else if (found.methods.size() > 1) {
    out += "  agreement of methods (Kendall's τ-b): mean " + fixed(found.agreement, 2) + "; least:\n";
    for (std::size_t i = 0; i < std::min(kTexts, found.disputed.size()); ++i) {
      out += text_line(report.audit.texts.texts[found.disputed[i].text], fixed(found.disputed[i].agreement, 2));
    }
  }
  return out;
}

std::string label_errors_in_lines(const AuditReport& report, const TerminalStyle& style) {
  if (!report.audit.label_errors) {
    return emphasised("Without labels", Emphasis::bold, style) +
           ": no words by label, no comparison of shortcut candidates with labels, no label errors\n";
  }
  const LabelErrors& found = *report.audit.label_errors;
  std::string out = emphasised("Likely label errors", Emphasis::bold, style) + ": " + grouped(found.suspected) +
                    " of " + counted(found.labelled, "labelled text", "labelled texts") +
                    "; fewer than there are if the model was trained on them\n";
  for (std::size_t i = 0; i < std::min(kTexts, found.suspects.size()); ++i) {
    const LabelSuspect& one = found.suspects[i];
    const AuditedText& text = report.audit.texts.texts[one.text];
    out += text_line(text, label_of(report, *text.gold) + " " + percent(one.given_probability) + ", rather " +
                               label_of(report, one.suggested) + " " + percent(one.suggested_probability));
  }
  return out;
}

}  // namespace

std::string to_terminal(const AuditReport& report, const TerminalStyle& style) {
  const std::size_t audited = report.audit.texts.texts.size();
  std::string out = emphasised(visible(report.data_file), Emphasis::bold, style) + "\n";
  out += emphasised(counted(audited, "text", "texts") + (audited < report.n ? " of " + grouped(report.n) : "") + ", " +
                        grouped(labelled_texts(report)) + " labelled; data " + report.data_sha256.substr(0, 12) +
                        ", model " + report.weights_sha256.substr(0, 12) + ", " + report.precision + ", removal " +
                        std::string(name_of(report.options.method_options.removal)) + ", seed " +
                        std::to_string(report.seed) + ", " + fixed(report.seconds, 1) + " s",
                    Emphasis::dim, style);
  return out + "\n\n" + words_in_lines(report, style) + "\n" + distributions_in_lines(report, style) + "\n" +
         shortcuts_in_lines(report, style) + "\n" + contested_in_lines(report, style) + "\n" +
         label_errors_in_lines(report, style);
}

}  // namespace pellucid
