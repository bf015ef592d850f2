// The text carries its evidence in shade and underline (solid for, dashed against); the table says the
// same in numbers, to the keyboard and the screen reader too.
#include "report/explanation_section.h"

#include <algorithm>

#include "report/escape.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/shading.h"

namespace pellucid {
namespace {

constexpr std::size_t kUnitsFirst = 20;    // the rest folded
constexpr std::size_t kLongText = 2500;    // bytes: scrolls in a frame of its own
constexpr std::size_t kExcerpt = 60;       // characters of a unit in the table
constexpr std::size_t kUnreadShown = 300;  // characters of what the model did not read
constexpr std::size_t kSpoken = 10;        // strongest units whose score is read aloud within the text
constexpr double kFaintest = 0.02;         // of the strongest: below, a unit stays unshaded

std::string number(double value, int decimals) {
  return with_minus_sign(with_sign(value, decimals));
}

class Section {
 public:
  Section(Markup& page, const Explanation& e, const std::string& id)
      : page_(page),
        e_(e),
        id_(id),
        largest_(largest_score(e)),
        decimals_(decimals_for(largest_)),
        order_(by_strength(e)),
        rank_(e.units.size()) {
    for (std::size_t r = 0; r < order_.size(); ++r) rank_[order_[r]] = r;
  }

  void write(bool folded) {
    page_.open("section", {{"class", "why"}, {"aria-labelledby", id_ + "-why"}});
    page_.open("h3", {{"id", id_ + "-why"}}).text("Why " + question(e_) + " ");
    page_.element("span", {{"class", "method"}}, e_.method).close();
    page_.open("div", {{"class", folded ? "column" : "columns"}}).open("div");
    text();
    legend();
    sum();
    page_.close();
    if (!e_.units.empty()) units(folded);
    page_.close().close();
  }

 private:
  std::string score_of(double score) const { return with_minus_sign(score_text(e_, score, decimals_)); }

  void text() {
    Attributes attributes = {{"class", "text"}, {"dir", "auto"}, {"lang", ""}};
    if (e_.text.size() > kLongText) {
      attributes.front().value += " long";
      attributes.push_back({"tabindex", "0"});
      attributes.push_back({"role", "region"});
      attributes.push_back({"aria-label", "the text"});
    }
    page_.open("div", attributes);
    for (const Part& part : parts_of(e_)) {
      if (part.unread) {
        page_.element("span", {{"class", "unread"}, {"title", "not read by the model"}},
                      excerpt(bytes_of(e_, part.range), kUnreadShown));
      } else if (part.unit) {
        unit(*part.unit, bytes_of(e_, part.range));
      } else {
        page_.text(bytes_of(e_, part.range));
      }
    }
    if (e_.text.empty()) page_.element("span", {{"class", "unread"}}, "(empty text)");
    page_.close();
    if (e_.dropped_pieces > 0) {
      page_.element(
          "p", {{"class", "warning"}},
          "Cut: the model did not read the last " + grouped(e_.dropped_pieces) + " pieces of this text (grey).");
    }
  }

  void unit(std::size_t u, std::string_view bytes) {
    const double score = e_.units[u].score;
    const double share = strength(score, largest_);
    if (share < kFaintest) {
      page_.text(bytes);
      return;
    }
    const std::string meaning = score_of(score) + " " + direction(e_, score);
    page_.open("mark", {{"class", side_of(e_, score)},
                        {"style", "--s:" + fixed(share, 2)},
                        {"title", meaning + ", rank " + grouped(rank_[u] + 1) + " of " + grouped(rank_.size())}});
    page_.text(bytes);
    if (rank_[u] < kSpoken) page_.element("span", {{"class", "spoken"}}, " (" + meaning + ")");
    page_.close();
  }

  void legend() {
    if (largest_ == 0) return;
    page_.open("p", {{"class", "legend"}});
    for (const double score : {1.0, -1.0}) {
      if (std::ranges::none_of(e_.units, [&](const ExplainedUnit& unit) { return unit.score * score > 0; })) continue;
      page_.element("mark", {{"class", side_of(e_, score)}, {"style", "--s:.6"}}, direction(e_, score));
      page_.text(" ");
    }
    page_.text("the stronger, the deeper the shade").close();
  }

  void term(const char* sign, const char* name, const std::string& value) {
    page_.open("div");
    if (*sign != '\0') page_.element("span", {{"class", "sign"}}, sign);
    page_.element("dt", name).element("dd", value).close();
  }

  void sum() {
    page_.open("div", {{"class", "sum"}});
    std::string note = "Explained is the " + explained_value(e_) + ".";
    if (e_.complete) {
      terms();
      if (e_.special != 0) note += " The bias includes " + number(e_.special, 3) + " of special tokens.";
    } else {
      note += " The scores of " + e_.method + " do not add up to it.";
    }
    page_.element("p", {{"class", "note"}}, note).close();
    if (!e_.quality) return;
    const std::string verdict(name_of(e_.quality->verdict));
    page_.open("p", {{"class", "quality"}}).text("Quality of this explanation: ");
    page_.element("strong", {{"class", "verdict " + verdict}}, verdict);
    page_.element("small", quality_in_words(e_) + ".").close();
  }

  // What the scores and the rest add up to.
  void terms() {
    page_.open("dl");
    term("", "scores", number(sum_of_scores(e_), 3));
    term("+", "bias", number(e_.bias, 3));
    term("+", "residual", with_minus_sign(rounding_error(e_.residual)));
    term("=", "explained", number(e_.explained, 3));
    page_.close();
  }

  // Places begin … end of the order.
  void rows(std::size_t begin, std::size_t end) {
    write_columns(page_, {"rank", unit_name(e_.unit, 1), "", e_.complete ? "score, logits" : "score", "bytes"}, 2);
    page_.open("tbody");
    for (std::size_t r = begin; r < end; ++r) {
      const auto& [range, score] = e_.units[order_[r]];
      page_.open("tr").element("td", {{"class", "rank"}}, std::to_string(r + 1));
      page_.open("th", {{"scope", "row"}}).element("bdi", excerpt(bytes_of(e_, range), kExcerpt)).close();
      page_.open("td", {{"class", "bar"}, {"aria-hidden", "true"}});
      page_.element("i", {{"class", side_of(e_, score)}, {"style", "--s:" + fixed(strength(score, largest_), 2)}}, "");
      page_.close().element("td", {{"class", "n"}}, score_of(score));
      page_.element("td", {{"class", "n quiet"}}, std::to_string(range.begin) + "–" + std::to_string(range.end));
      page_.close();
    }
    page_.close();
  }

  void units(bool folded) {
    const std::size_t n = order_.size();
    const std::size_t first = std::min(n, kUnitsFirst);
    if (folded) {
      page_.open("details").element("summary", "Scores of " + grouped(n) + " " + unit_name(e_.unit, n));
    } else {
      page_.open("div", {{"class", "scores"}});
    }
    start_table(page_, id_ + "-units", "units",
                n > first ? grouped(first) + " strongest of " + grouped(n) + " " + unit_name(e_.unit, n)
                          : unit_name(e_.unit, 2) + " by strength");
    rows(0, first);
    end_table(page_);
    if (n > first) {
      page_.open("details").element("summary", "The other " + grouped(n - first));
      start_table(page_, id_ + "-rest", "units", unit_name(e_.unit, 2) + " from rank " + grouped(first + 1));
      rows(first, n);
      end_table(page_);
      page_.close();
    }
    page_.close();
  }

  Markup& page_;
  const Explanation& e_;
  const std::string& id_;
  double largest_;
  int decimals_;
  std::vector<std::size_t> order_, rank_;
};

}  // namespace

void write_section(Markup& page, const Explanation& explanation, const std::string& id, bool folded) {
  Section(page, explanation, id).write(folded);
}

}  // namespace pellucid
