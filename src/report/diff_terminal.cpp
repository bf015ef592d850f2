// What changed between two releases, in a screenful; the page and the JSON have the rest.
#include <algorithm>

#include "report/diff.h"
#include "report/escape.h"
#include "report/numbers.h"
#include "report/terminal.h"

namespace pellucid {
namespace {

constexpr std::size_t kMoves = 6;  // of labels
constexpr std::size_t kWords = 5;  // of a class
constexpr std::size_t kTexts = 3;  // of a list of texts
constexpr std::size_t kNameLength = 24, kTextLength = 60;

using Row = std::vector<std::string>;

std::string interval(const Interval& interval) {
  return interval_text(interval, 3);
}

std::string name(const DiffReport& report, std::int32_t label) {
  return excerpt(label_of(report, label), kNameLength);
}

std::string labels(const DiffReport& report, const TerminalStyle& style) {
  const LabelChanges& changes = report.diff.labels;
  std::string out = emphasised("Labels", Emphasis::bold, style) + ": " + grouped(changes.changed) + " of " +
                    counted(changes.n, "text has", "texts have") + " another, " + percent(changes.share) + " " +
                    percent_interval(changes.interval) + "\n";
  const std::vector<LabelMove> moves = label_moves(changes);
  std::vector<Row> rows = {{"from → to", "texts"}};
  for (std::size_t i = 0; i < std::min(kMoves, moves.size()); ++i) {
    rows.push_back({name(report, moves[i].from) + " → " + name(report, moves[i].to), grouped(moves[i].texts)});
  }
  if (!moves.empty()) out += table(rows, style);
  if (moves.size() > kMoves) out += "  and " + grouped(moves.size() - kMoves) + " more\n";
  const Summary& shift = changes.probability;
  return out + "  probability of A's label, B less A: mean " + with_sign(shift.mean, 3) + " " +
         interval(shift.interval) + ", 5% " + with_sign(shift.quantiles.front(), 3) + ", median " +
         with_sign(shift.quantiles[2], 3) + ", 95% " + with_sign(shift.quantiles.back(), 3) + "\n";
}

std::string gold(const DiffReport& report, const TerminalStyle& style) {
  if (!report.diff.gold) {
    return emphasised("Without labels", Emphasis::bold, style) + ": nothing is said of what was fixed or broken\n";
  }
  const GoldChanges& found = *report.diff.gold;
  const auto row = [&](const char* what, double ClassificationMetrics::* member, const Change& change) {
    return Row{what, fixed(found.a.*member, 3), fixed(found.b.*member, 3), with_sign(change.value, 3),
               interval(change.interval)};
  };
  return emphasised("Against the labels", Emphasis::bold, style) + " of " + counted(found.n, "text", "texts") + ": " +
         grouped(found.fixed) + " fixed, " + grouped(found.broken) + " broken, McNemar's p " + p_text(found.p_value) +
         "\n" +
         table({{"", "A", "B", "B − A", "95% interval"},
                row("accuracy", &ClassificationMetrics::accuracy, found.accuracy),
                row("negative log-likelihood", &ClassificationMetrics::negative_log_likelihood,
                    found.negative_log_likelihood),
                row("expected calibration error", &ClassificationMetrics::expected_calibration_error,
                    found.expected_calibration_error),
                row("Brier score", &ClassificationMetrics::brier, found.brier)},
               style);
}

Row summary_row(const std::string& what, const Summary& summary) {
  Row row = {what, fixed(summary.mean, 3), interval(summary.interval)};
  for (const std::size_t q : {0, 2, 4}) row.push_back(fixed(summary.quantiles[q], 3));
  return row;
}

std::string explanations(const DiffReport& report, const TerminalStyle& style) {
  const Drift& drift = report.diff.drift;
  const std::string top = "top " + grouped(report.options.top) + " shared";
  std::string out = emphasised("Explanations", Emphasis::bold, style) + " of " + counted(drift.texts, "text", "texts") +
                    " that both label alike, " + std::string(report.options.method->name) + "\n";
  if (drift.between.correlation.n == 0) {
    return out + "  none has more than " + counted(report.options.top, "word", "words") + ": nothing is compared\n";
  }
  std::vector<Row> rows = {
      {grouped(drift.between.correlation.n) + " longer than " + counted(report.options.top, "word", "words"), "mean",
       "95% interval", "5%", "median", "95%"},
      summary_row("rank correlation", drift.between.correlation)};
  if (drift.itself) rows.push_back(summary_row("  A with itself", drift.itself->correlation));
  rows.push_back(summary_row(top, drift.between.overlap));
  if (drift.itself) rows.push_back(summary_row("  A with itself", drift.itself->overlap));
  out += table(rows, style) + "  " +
         (drift.itself ? "A with itself: what another seed of the method alone does; "
                       : "the method draws nothing at random: the same model gives 1; ") +
         "by chance " + fixed(drift.between.chance_overlap, 3) + " are shared\n";
  rows = {{"class", "texts", "changed", "rank correlation", top}};
  for (const ClassDrift& one : drift.classes) {
    const bool none = one.between.correlation.n == 0;
    rows.push_back({name(report, one.label), grouped(one.texts), grouped(one.changed),
                    none ? "–" : fixed(one.between.correlation.mean, 3),
                    none ? "–" : fixed(one.between.overlap.mean, 3)});
  }
  return out + table(rows, style);
}

std::string words(const DiffReport& report, const TerminalStyle& style) {
  std::string out = emphasised("Words that count otherwise", Emphasis::bold, style) +
                    ": logits where they occur, A → B; a text's scores sum in size to " +
                    fixed(report.diff.drift.size_a, 1) + " → " + fixed(report.diff.drift.size_b, 1) + "\n";
  std::size_t widest = 0;
  for (const std::string& label : report.classes) widest = std::max(widest, std::min(label.size(), kNameLength));
  for (const MovedWords& one : report.diff.words) {
    out += "  " + left(visible(label_of(report, one.label)), widest) + " ";
    for (std::size_t w = 0; w < std::min(kWords, one.words.size()); ++w) {
      const MovedWord& word = one.words[w];
      out += (w == 0 ? " “" : ", “") + excerpt(word.form, kNameLength) + "” " + with_sign(word.a, 2) + " → " +
             with_sign(word.b, 2);
    }
    if (one.words.empty()) out += " no word in " + counted(report.options.words.min_texts, "text", "texts");
    out += '\n';
  }
  return out;
}

std::string text_line(const DiffText& text, const std::string& says) {
  return "  " + excerpt(text.example.id, 12) + ": " + says + "  " + excerpt(text.example.text, kTextLength) + "\n";
}

std::string texts(const DiffReport& report, const TerminalStyle& style) {
  std::string out;
  const Diff& diff = report.diff;
  if (!diff.changed.empty()) {
    out += "\n" + emphasised("Another label, the widest margins", Emphasis::bold, style) + "\n";
    for (std::size_t i = 0; i < std::min(kTexts, diff.changed.size()); ++i) {
      const DiffText& text = text_of(report, diff.changed[i].explained);
      out += text_line(text, visible(with_probability(report, text.a) + " → " + with_probability(report, text.b)) +
                                 (text.gold ? ", labelled " + name(report, *text.gold) : std::string()));
    }
  }
  if (!diff.unlike.empty()) {
    out += "\n" + emphasised("The same label, explained the least alike", Emphasis::bold, style) + "\n";
    for (std::size_t i = 0; i < std::min(kTexts, diff.unlike.size()); ++i) {
      const DiffText& text = text_of(report, diff.unlike[i].explained);
      out += text_line(text,
                       name(report, text.b.label) + ", correlation " + fixed(diff.unlike[i].likeness.correlation, 2));
    }
  }
  return out;
}

std::string gate(const DiffReport& report, const TerminalStyle& style) {
  std::string out = report.gate.empty() ? "" : "\n" + emphasised("Gate", Emphasis::bold, style) + "\n";
  for (const GateCheck& check : report.gate) {
    out += "  " + std::string(check.option) + (check.kept() ? ": kept; " : ": crossed; ") + in_words(check) + "\n";
  }
  return out;
}

}  // namespace

std::string to_terminal(const DiffReport& report, const TerminalStyle& style) {
  std::string out =
      emphasised("A " + visible(report.a.folder) + " → B " + visible(report.b.folder), Emphasis::bold, style) + "\n";
  out += emphasised(visible(report.data_file) + ": " + counted(report.diff.texts.size(), "text", "texts") + "; data " +
                        report.data_sha256.substr(0, 12) + ", A " + report.a.weights_sha256.substr(0, 12) + ", B " +
                        report.b.weights_sha256.substr(0, 12) + ", " + report.precision + ", removal " +
                        std::string(name_of(report.options.method_options.removal)) + ", seed " +
                        std::to_string(report.options.method_options.seed) + ", " + fixed(report.seconds, 1) + " s",
                    Emphasis::dim, style);
  return out + "\n\n" + labels(report, style) + "\n" + gold(report, style) + "\n" + explanations(report, style) + "\n" +
         words(report, style) + texts(report, style) + gate(report, style);
}

}  // namespace pellucid
