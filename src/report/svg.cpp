// One explanation as a picture: on the left the text with its evidence shaded and the sum, on the
// right the probabilities. Always light, so that it prints and converts the same everywhere.
#include <algorithm>
#include <array>

#include "report/escape.h"
#include "report/markup.h"
#include "report/numbers.h"
#include "report/shading.h"
#include "report/wrapping.h"

namespace pellucid {
namespace {

constexpr double kWidth = 960, kMargin = 36, kTextWidth = 600, kSide = 688, kSideWidth = kWidth - kMargin - kSide;
constexpr double kTextSize = 17, kLineHeight = 30;
constexpr double kFaintest = 0.03;  // of the strongest: below, a word stays unshaded
constexpr const char* kInk = "#1c2026";
constexpr const char* kQuiet = "#626a75";
constexpr const char* kFor = "#c8442b";
constexpr const char* kAgainst = "#2468b4";
constexpr const char* kWeight = "#6f5a9e";  // of scores without a sign

// Advance widths of Helvetica (and its metric twins Arial and Liberation Sans) in 1/1000 em, from ' '.
constexpr std::array<int, 95> kAdvance = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584};

double ems(char32_t c) {
  if (c >= U' ' && c < U' ' + kAdvance.size()) return kAdvance[c - U' '] / 1000.0;
  switch (c) {
    case U'‘':
    case U'’': return 0.222;
    case U'“':
    case U'”': return 0.333;
    case U'—':
    case U'…': return 1;
    default: return 0.56 * terminal_columns(c);
  }
}

std::string px(double value) {
  return fixed(value, value == static_cast<int>(value) ? 0 : 1);
}

class Picture {
 public:
  explicit Picture(const Explanation& explanation)
      : explanation_(explanation),
        largest_(largest_score(explanation)),
        lines_(wrap(explanation, kTextWidth / kTextSize, ems)),
        classes_(shown_classes(explanation)) {}

  std::string draw() {
    const double text_bottom = kTextTop + kLineHeight * static_cast<double>(std::max<std::size_t>(lines_.size(), 1));
    const double sum_top = text_bottom + 34;
    const double side_bottom = kTextTop + 44.0 * static_cast<double>(classes_.first.size() + !classes_.rest.empty());
    const double height = std::max(sum_top + 66, side_bottom) + kMargin - 14;
    svg_.open("svg", {{"xmlns", "http://www.w3.org/2000/svg"},
                      {"viewBox", "0 0 " + px(kWidth) + " " + px(height)},
                      {"width", px(kWidth)},
                      {"height", px(height)},
                      {"role", "img"},
                      {"font-family", "Helvetica, Arial, 'Liberation Sans', sans-serif"}});
    const Explanation& e = explanation_;
    svg_.element("title", e.label + ", " + percent(probability_of_label(e)) + ": why " + question(e));
    svg_.element("desc", excerpt(e.text, 300));
    svg_.empty("rect", {{"width", px(kWidth)}, {"height", px(height)}, {"rx", "10"}, {"fill", "#ffffff"}});
    head();
    text();
    probabilities();
    sum(sum_top);
    return svg_.finish();
  }

 private:
  static constexpr double kTextTop = 104;

  Markup& write(double x, double y, double size, const char* colour, std::string_view text, Attributes more = {}) {
    Attributes attributes = {{"x", px(x)}, {"y", px(y)}, {"font-size", px(size)}, {"fill", colour}};
    attributes.insert(attributes.end(), more.begin(), more.end());
    return svg_.element("text", attributes, text);
  }

  const char* colour_of(double score) const { return !explanation_.has_signs ? kWeight : score > 0 ? kFor : kAgainst; }
  bool is_dashed(double score) const { return explanation_.has_signs && score < 0; }

  void head() {
    const Explanation& e = explanation_;
    svg_.open("text", {{"x", px(kMargin)}, {"y", "50"}, {"font-size", "24"}, {"fill", kInk}});
    svg_.element("tspan", {{"font-weight", "bold"}}, excerpt(e.label, 40));
    svg_.element("tspan", {{"dx", "12"}, {"fill", kQuiet}}, percent(probability_of_label(e))).close();
    std::string why = "Why " + question(e) + " · " + e.method;
    if (e.gold) why += *e.gold == e.label ? " · as labelled" : " · labelled " + *e.gold;
    write(kMargin, 76, 14, kQuiet, excerpt(why, 110));
  }

  void text() {
    double y = kTextTop + 20;
    for (const Line& line : lines_) {
      double x = kMargin;
      for (const Run& run : line) {
        draw_run(run, x, y);
        x += run.width * kTextSize;
      }
      y += kLineHeight;
    }
    if (lines_.empty()) write(kMargin, y, 15, kQuiet, "(empty text)");
  }

  // Shade and line under a unit: solid for, dashed against, so that colour is not all that tells.
  void draw_run(const Run& run, double x, double y) {
    const double width = run.width * kTextSize;
    const double score = run.unit ? explanation_.units[*run.unit].score : 0;
    const double share = strength(score, largest_);
    const char* colour = colour_of(score);
    const bool is_shaded = share >= kFaintest && width > 0;
    if (is_shaded) {
      svg_.open("g");
      svg_.element("title", with_minus_sign(score_text(explanation_, score, decimals_for(largest_))) + ", " +
                                direction(explanation_, score));
      svg_.empty("rect", {{"x", px(x - 1.5)},
                          {"y", px(y - 17)},
                          {"width", px(width + 3)},
                          {"height", "23"},
                          {"rx", "3"},
                          {"fill", colour},
                          {"fill-opacity", fixed(0.05 + 0.45 * share, 2)}});
      Attributes line = {{"x1", px(x)},
                         {"x2", px(x + width)},
                         {"y1", px(y + 5)},
                         {"y2", px(y + 5)},
                         {"stroke", colour},
                         {"stroke-width", "1.6"},
                         {"stroke-opacity", fixed(0.25 + 0.75 * share, 2)}};
      if (is_dashed(score)) line.push_back({"stroke-dasharray", "3 2.4"});
      svg_.empty("line", line);
    }
    if (run.text.find_first_not_of(' ') != std::string::npos) {
      // textLength pins the word where the shade is, whichever font is found.
      write(x, y, kTextSize, kInk, run.text,
            {{"textLength", px(width)}, {"lengthAdjust", "spacingAndGlyphs"}, {"xml:space", "preserve"}});
    }
    if (is_shaded) svg_.close();
  }

  void probabilities() {
    double y = kTextTop + 14;
    for (const std::size_t c : classes_.first) {
      const double p = explanation_.probabilities[c];
      const bool predicted = explanation_.classes[c] == explanation_.label;
      const char* weight = predicted ? "bold" : "normal";
      write(kSide, y, 14, predicted ? kInk : kQuiet, excerpt(explanation_.classes[c], 22), {{"font-weight", weight}});
      write(kSide + kSideWidth, y, 14, predicted ? kInk : kQuiet, percent(p),
            {{"font-weight", weight}, {"text-anchor", "end"}});
      svg_.empty("rect", {{"x", px(kSide)},
                          {"y", px(y + 8)},
                          {"width", px(kSideWidth)},
                          {"height", "6"},
                          {"rx", "3"},
                          {"fill", "#eceef1"}});
      if (p >= 0.005) {
        svg_.empty("rect", {{"x", px(kSide)},
                            {"y", px(y + 8)},
                            {"width", px(std::max(6.0, p * kSideWidth))},
                            {"height", "6"},
                            {"rx", "3"},
                            {"fill", predicted ? kInk : "#98a0ab"}});
      }
      y += 44;
    }
    if (!classes_.rest.empty()) {
      write(kSide, y, 13, kQuiet, "and " + grouped(classes_.rest.size()) + " less probable classes");
    }
  }

  void sum(double y) {
    const Explanation& e = explanation_;
    const std::string line =
        e.complete
            ? with_minus_sign("scores " + with_sign(sum_of_scores(e), 3) + "   bias " + with_sign(e.bias, 3) +
                              "   residual " + rounding_error(e.residual) + "   =   " + with_sign(e.explained, 3))
            : "the scores of " + e.method + " do not add up to what is explained:";
    svg_.empty("line", {{"x1", px(kMargin)},
                        {"x2", px(kMargin + kTextWidth)},
                        {"y1", px(y - 20)},
                        {"y2", px(y - 20)},
                        {"stroke", "#e2e5e9"}});
    write(kMargin, y + 4, 14, kInk, line, {{"xml:space", "preserve"}});
    std::string note = (e.complete ? "= " : "") + excerpt(explained_value(e), 70);
    if (e.dropped_pieces > 0) note += "; the text's last " + grouped(e.dropped_pieces) + " pieces were not read";
    write(kMargin, y + 26, 13, kQuiet, note);
    legend(y + 48);
  }

  void legend(double y) {
    double x = kMargin;
    for (const double score : {1.0, -1.0}) {
      if (std::ranges::none_of(explanation_.units, [&](const auto& unit) { return unit.score * score > 0; })) continue;
      const char* colour = colour_of(score);
      svg_.empty("rect", {{"x", px(x)},
                          {"y", px(y - 10)},
                          {"width", "18"},
                          {"height", "11"},
                          {"rx", "2"},
                          {"fill", colour},
                          {"fill-opacity", "0.4"}});
      Attributes line = {{"x1", px(x)},       {"x2", px(x + 18)}, {"y1", px(y + 2.5)},
                         {"y2", px(y + 2.5)}, {"stroke", colour}, {"stroke-width", "1.6"}};
      if (is_dashed(score)) line.push_back({"stroke-dasharray", "3 2.4"});
      svg_.empty("line", line);
      const std::string meaning = excerpt(direction(explanation_, score), 36);
      write(x + 25, y, 13, kQuiet, meaning);
      x += 25 + 13 * width_of(meaning, ems) + 26;
    }
  }

  const Explanation& explanation_;
  double largest_;
  std::vector<Line> lines_;
  ShownClasses classes_;
  Markup svg_;
};

}  // namespace

std::string to_svg(const Explanation& explanation) {
  return Picture(explanation).draw();
}

}  // namespace pellucid
