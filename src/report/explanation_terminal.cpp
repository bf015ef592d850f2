// One explanation in a terminal: the text with its evidence, probabilities, the strongest units, the sum.
#include <algorithm>

#include "report/escape.h"
#include "report/numbers.h"
#include "report/shading.h"
#include "report/terminal.h"
#include "report/wrapping.h"

namespace pellucid {
namespace {

constexpr std::size_t kUnitsShown = 8;
constexpr double kFaintest = 0.2;  // of the strongest: below, a unit without a sign is not set off
constexpr std::size_t kNarrowest = 40, kLongestBar = 30, kLongestName = 24;

class TerminalReport {
 public:
  TerminalReport(const Explanation& explanation, const TerminalStyle& style)
      : explanation_(explanation),
        style_(style),
        width_(std::max(style.width, kNarrowest)),
        largest_(largest_score(explanation)),
        strongest_(by_strength(explanation)) {
    std::erase_if(strongest_, [&](std::size_t u) { return strength(explanation.units[u].score, largest_) == 0; });
    strongest_.resize(std::min(strongest_.size(), kUnitsShown));
  }

  std::string write() {
    head();
    text();
    probabilities();
    units();
    sum();
    return std::move(out_);
  }

 private:
  void line(const std::string& text) { out_ += text + "\n"; }

  void head() {
    const Explanation& e = explanation_;
    std::string first = emphasised(visible(e.label), Emphasis::bold, style_) + " " + percent(probability_of_label(e));
    if (e.gold) first += *e.gold == e.label ? ", as labelled" : ", labelled " + visible(*e.gold);
    line(first + emphasised("  text " + excerpt(e.id, kLongestName), Emphasis::dim, style_));
    line(emphasised("why " + visible(question(e)) + " (" + one_line(e.method) + ")", Emphasis::dim, style_));
    line("");
  }

  // Without colour the units of the list below are marked.
  std::vector<std::string> marks() const {
    std::vector<std::string> marks(explanation_.units.size());
    for (const std::size_t u : strongest_) {
      marks[u] = std::string("[") + sign_of(explanation_.units[u].score) + "]";
    }
    return marks;
  }

  std::string drawn(const Run& run) const {
    if (!style_.colour) return run.text;
    if (!run.unit) return run.text;
    const double score = explanation_.units[*run.unit].score;
    const double share = strength(score, largest_);
    if (!explanation_.has_signs) return share < kFaintest ? run.text : emphasised(run.text, Emphasis::bold, style_);
    return shaded(run.text, score, share);
  }

  void text() {
    const auto columns = static_cast<double>(width_ - 2);
    for (const Line& runs :
         wrap(explanation_, columns, terminal_columns, style_.colour ? std::vector<std::string>() : marks())) {
      std::string shown = "  ";
      for (const Run& run : runs) shown += drawn(run);
      line(shown);
    }
    if (explanation_.units.empty()) line("  (no " + unit_name(explanation_.unit, 2) + " to explain by)");
    if (explanation_.dropped_pieces > 0) {
      line("  (cut: the model did not read the last " + grouped(explanation_.dropped_pieces) + " pieces)");
    }
    line("");
  }

  std::size_t bar_columns(std::size_t beside) const {
    return std::min(kLongestBar, width_ > beside + 4 ? width_ - beside - 4 : 4);
  }

  void probabilities() {
    const ShownClasses shown = shown_classes(explanation_);
    std::size_t name = 0;
    for (const std::size_t c : shown.first) {
      const double columns = width_of(visible(explanation_.classes[c]), terminal_columns);
      name = std::min(kLongestName, std::max(name, static_cast<std::size_t>(columns)));
    }
    for (const std::size_t c : shown.first) {
      const double p = explanation_.probabilities[c];
      const std::string row = left(visible(explanation_.classes[c]), name) + "  " + right(percent(p), 6);
      const bool predicted = explanation_.classes[c] == explanation_.label;
      line("  " + emphasised(row, predicted ? Emphasis::bold : Emphasis::none, style_) + "  " +
           bar(p, bar_columns(name + 12), style_.colour ? "█" : "#"));
    }
    if (!shown.rest.empty()) line("  and " + grouped(shown.rest.size()) + " less probable classes");
    line("");
  }

  void units() {
    if (strongest_.empty()) return;
    const int decimals = decimals_for(largest_);
    std::size_t widest = 0;
    for (const std::size_t u : strongest_) {
      widest = std::max(widest, score_text(explanation_, explanation_.units[u].score, decimals).size());
    }
    for (const std::size_t u : strongest_) {
      const auto [range, score] = explanation_.units[u];
      const std::size_t columns = std::min<std::size_t>(16, bar_columns(widest + 28));
      const std::string cells = bar(strength(score, largest_), columns, style_.colour ? "█" : sign_of(score));
      line("  " + right(score_text(explanation_, score, decimals), widest) + "  " +
           emphasised(left(cells, columns), emphasis_of(score), style_) + "  " +
           excerpt(bytes_of(explanation_, range), kLongestName));
    }
    if (!explanation_.has_signs) line(emphasised("  scores say " + direction(explanation_, 0), Emphasis::dim, style_));
    line("");
  }

  const char* sign_of(double score) const { return !explanation_.has_signs ? "*" : score > 0 ? "+" : "-"; }
  Emphasis emphasis_of(double score) const {
    return !explanation_.has_signs ? Emphasis::bold : score > 0 ? Emphasis::towards : Emphasis::away;
  }

  void sum() {
    const Explanation& e = explanation_;
    if (e.complete) {
      line("  scores " + with_sign(sum_of_scores(e), 3) + ", bias " + with_sign(e.bias, 3) + ", residual " +
           rounding_error(e.residual) + ": together " + with_sign(e.explained, 3));
      line(emphasised("  = " + visible(explained_value(e)), Emphasis::dim, style_));
    } else {
      line(emphasised("  explained: " + visible(explained_value(e)) + "; the scores of " + one_line(e.method) +
                          " do not add up to it",
                      Emphasis::dim, style_));
    }
    if (!e.quality) return;
    const bool trusted = e.quality->verdict == Verdict::ok;
    line("  quality: " + emphasised(name_of(e.quality->verdict), trusted ? Emphasis::bold : Emphasis::towards, style_));
    std::string row;
    std::string words = quality_in_words(e) + ", ";
    for (std::size_t comma; (comma = words.find(", ")) != std::string::npos; words.erase(0, comma + 2)) {
      if (!row.empty() && row.size() + comma + 4 > width_) {
        line(emphasised("  " + row, Emphasis::dim, style_));
        row.clear();
      }
      row += (row.empty() ? "" : ", ") + words.substr(0, comma);
    }
    line(emphasised("  " + row, Emphasis::dim, style_));
  }

  const Explanation& explanation_;
  const TerminalStyle& style_;
  std::size_t width_;
  double largest_;
  std::vector<std::size_t> strongest_;
  std::string out_;
};

}  // namespace

std::string to_terminal(const Explanation& explanation, const TerminalStyle& style) {
  return TerminalReport(explanation, style).write();
}

}  // namespace pellucid
