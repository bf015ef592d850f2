// How evidence is distributed over words, class by class: pictures, numbers, tests.
#include <algorithm>

#include "report/audit_parts.h"
#include "report/numbers.h"
#include "report/page.h"

namespace pellucid {
namespace {

constexpr double kWidth = 440, kHeight = 170, kLeft = 38, kRight = 12, kTop = 10, kBottom = 52;
constexpr double kLabel = 44;                    // room for an axis label
constexpr double kBox = kHeight - kBottom + 12;  // where the quantiles are drawn

// The tallest bar of all classes, as a share of a class's words: pictures share their axes.
double tallest(const Distributions& all) {
  double share = 0;
  for (const ClassDistribution& one : all.classes) {
    if (one.words == 0) continue;
    share = std::max(share, static_cast<double>(std::ranges::max(one.bars)) / static_cast<double>(one.words));
  }
  return share;
}

class Picture {
 public:
  Picture(Markup& page, const AuditReport& report, const ClassDistribution& one)
      : page_(page), all_(report.audit.distributions), one_(one), name_(label_of(report, one.label)) {}

  void draw() {
    page_.open("figure").element("figcaption", name_);
    page_.open("svg", {{"class", "curves"},
                       {"viewBox", "0 0 " + fixed(kWidth, 0) + " " + fixed(kHeight, 0)},
                       {"role", "img"},
                       {"aria-label", name_ + ": contributions of words"}});
    page_.element("title", name_ + ": contributions of words");
    page_.element("desc", "Half of the words contribute from " + fixed(one_.quantiles[2], 3) + " to " +
                              fixed(one_.quantiles[4], 3) + " logits, nine in ten from " + fixed(one_.quantiles[1], 3) +
                              " to " + fixed(one_.quantiles[5], 3));
    axes();
    bars();
    box();
    page_.close().close();
  }

 private:
  double x_of(double score) const {
    const double share = std::clamp((score - all_.low) / (all_.high - all_.low), 0.0, 1.0);
    return kLeft + share * (kWidth - kLeft - kRight);
  }
  double y_of(double share) const { return kTop + (1 - share / tallest(all_)) * (kHeight - kTop - kBottom); }

  void axes() {
    const double top = tallest(all_);
    for (const double share : {0.0, top / 2, top}) {
      page_.empty("line", {{"class", "grid"},
                           {"x1", fixed(kLeft, 0)},
                           {"x2", fixed(kWidth - kRight, 0)},
                           {"y1", fixed(y_of(share), 1)},
                           {"y2", fixed(y_of(share), 1)}});
      page_.element("text", {{"x", fixed(kLeft - 6, 0)}, {"y", fixed(y_of(share) + 4, 1)}, {"text-anchor", "end"}},
                    fixed(100 * share, 0) + "%");
    }
    const std::string y = fixed(kHeight - kBottom + 32, 0);
    for (const auto& [score, anchor] : {std::pair(all_.low, "start"), {0.0, "middle"}, {all_.high, "end"}}) {
      const bool hidden = score == 0 && (x_of(0) < x_of(all_.low) + kLabel || x_of(0) > x_of(all_.high) - kLabel);
      if (hidden) continue;
      page_.element("text", {{"x", fixed(x_of(score), 1)}, {"y", y}, {"text-anchor", anchor}},
                    with_minus_sign(score == 0 ? "0" : with_sign(score, 2)));
    }
    page_.element("text", {{"x", fixed(kWidth / 2, 0)}, {"y", fixed(kHeight - 4, 0)}, {"text-anchor", "middle"}},
                  "contribution of a word, logits");
  }

  void bars() {
    const double width = (kWidth - kLeft - kRight) / static_cast<double>(kBars);
    for (std::size_t b = 0; b < kBars; ++b) {
      if (one_.bars[b] == 0) continue;
      const double share = static_cast<double>(one_.bars[b]) / static_cast<double>(one_.words);
      const double middle =
          all_.low + (static_cast<double>(b) + 0.5) / static_cast<double>(kBars) * (all_.high - all_.low);
      page_.empty("rect", {{"class", middle > 0 ? "words for" : "words against"},
                           {"x", fixed(kLeft + width * static_cast<double>(b) + 0.5, 1)},
                           {"width", fixed(width - 1, 1)},
                           {"y", fixed(y_of(share), 1)},
                           {"height", fixed(y_of(0) - y_of(share), 1)}});
    }
  }

  // 5 to 95 % a line, 25 to 75 % a thick one, the median a dot.
  void box() {
    const auto line = [&](std::size_t from, std::size_t to, const char* css) {
      page_.empty("line", {{"class", css},
                           {"x1", fixed(x_of(one_.quantiles[from]), 1)},
                           {"x2", fixed(x_of(one_.quantiles[to]), 1)},
                           {"y1", fixed(kBox, 1)},
                           {"y2", fixed(kBox, 1)}});
    };
    line(1, 5, "most");
    line(2, 4, "half");
    page_.empty("circle",
                {{"class", "median"}, {"cx", fixed(x_of(one_.quantiles[3]), 1)}, {"cy", fixed(kBox, 1)}, {"r", "3.5"}});
  }

  Markup& page_;
  const Distributions& all_;
  const ClassDistribution& one_;
  const std::string& name_;
};

void write_numbers(Markup& page, const AuditReport& report) {
  start_table(page, "c-distributions", "results", "Texts by predicted class; means with 95% intervals over texts");
  write_columns(page,
                {"class", "texts", "words a text, median", "5%", "median", "95%", "in the top tenth", "evenness",
                 "words for the class"},
                1);
  page.open("tbody");
  for (const ClassDistribution& one : report.audit.distributions.classes) {
    page.open("tr").element("th", {{"scope", "row"}}, label_of(report, one.label));
    write_number(page, grouped(one.texts));
    if (one.texts == 0) {
      for (int column = 0; column < 7; ++column) write_number(page, "–");
    } else {
      write_number(page, fixed(one.median_words, 0));
      for (const std::size_t q : {1, 3, 5}) write_number(page, with_sign(one.quantiles[q], 3));
      for (const MeanOverTexts& mean : {one.top_share, one.entropy, one.positive_share}) {
        write_value(page, fixed(mean.value, 3), mean.interval, 3);
      }
    }
    page.close();
  }
  page.close();
  end_table(page);
  page.element("p", {{"class", "note"}},
               "5%, median, 95%: of the words' contributions, logits. In the top tenth: share of a text's positive "
               "evidence that the tenth of its words with the largest contributions has. Evenness: entropy of the "
               "positive evidence, 1 where all words for the class count alike, 0 where one has everything.");
}

void write_tests(Markup& page, const Distributions& all) {
  if (all.tests.empty()) {
    page.element("p", {{"class", "note"}}, "Too few texts of too few classes to test whether they differ.");
    return;
  }
  start_table(page, "c-tests", "results", "Do predicted classes differ? Kruskal-Wallis, p by permutation");
  write_columns(page, {"quantity of a text", "classes explain", "H", "p", "among texts of like length", "p"}, 1);
  page.open("tbody");
  for (const DistributionTest& test : all.tests) {
    const char* name = test.statistic == "top_share" ? "share in the top tenth"
                       : test.statistic == "entropy" ? "evenness"
                                                     : "share of words for the class";
    page.open("tr").element("th", {{"scope", "row"}}, name);
    write_number(page, percent(test.differs.effect));
    write_number(page, fixed(test.differs.h, 1));
    write_number(page, p_text(test.differs.p_value));
    write_number(page, percent(test.within_length.effect));
    write_number(page, p_text(test.within_length.p_value));
    page.close();
  }
  page.close();
  end_table(page);
  page.element(
      "p", {{"class", "note"}},
      "Classes explain: the share of the variation between texts, by ranks (ε²); about 1% is little, 6% some, 14% "
      "much. Longer texts have more even evidence whatever their class: the right-hand columns compare texts of "
      "like length alone. p: Holm-corrected over the three. With many texts a small difference is significant: "
      "read the share first.");
}

}  // namespace

void write_distributions(Markup& page, const AuditReport& report) {
  const Distributions& all = report.audit.distributions;
  page.open("section", {{"class", "card"}, {"aria-labelledby", "h-distributions"}});
  page.element("h2", {{"id", "h-distributions"}}, "How evidence is distributed");
  if (tallest(all) > 0 && all.high > all.low) {
    page.open("div", {{"class", "pair"}});
    for (const ClassDistribution& one : all.classes) {
      if (one.words > 0) Picture(page, report, one).draw();
    }
    page.close();
    page.element(
        "p", {{"class", "note"}},
        "Share of a class's words by contribution to it. Below: the middle half (thick), nine in ten (thin), the "
        "median (dot). All pictures have the same axes; the last bars hold what lies beyond.");
  }
  write_numbers(page, report);
  write_tests(page, all);
  page.close();
}

}  // namespace pellucid
