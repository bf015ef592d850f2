// Explanations on a page: an overview, then a card a text.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "report/escape.h"
#include "report/explanation_section.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/shading.h"

namespace pellucid {
namespace {

constexpr std::size_t kExcerpt = 90;  // characters of a text in the overview

using Group = std::vector<const Explanation*>;  // of one text by one model

std::vector<Group> groups_of(std::span<const Explanation> explanations) {
  std::vector<Group> groups;
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, std::size_t> known;
  for (const Explanation& e : explanations) {
    const auto [at, is_new] = known.try_emplace({e.id, e.text, e.weights_sha256}, groups.size());
    if (is_new) groups.emplace_back();
    groups[at->second].push_back(&e);
  }
  return groups;
}

std::string anchor(std::size_t group) {
  return "text-" + std::to_string(group + 1);
}

// "as labelled", "labelled World", nothing where the label is not known.
void write_gold(Markup& page, const Explanation& e) {
  if (!e.gold) return;
  const bool right = *e.gold == e.label;
  page.element("span", {{"class", right ? "gold right" : "gold wrong"}},
               right ? "✓ as labelled" : "✗ labelled " + *e.gold);
}

void write_overview(Markup& page, const std::vector<Group>& groups) {
  start_table(page, "overview", "overview", "Texts on this page");
  const bool has_gold = std::ranges::any_of(groups, [](const Group& g) { return g.front()->gold.has_value(); });
  std::vector<std::string> columns = {"text", "predicted"};
  if (has_gold) columns.emplace_back("label");
  write_columns(page, columns, columns.size());
  page.open("tbody");
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const Explanation& e = *groups[g].front();
    const std::string shown = e.text.empty() ? "(empty text)" : excerpt(e.text, kExcerpt);
    page.open("tr").open("th", {{"scope", "row"}}).open("a", {{"href", std::string("#") + anchor(g)}});
    page.element("bdi", shown).close().close().open("td").text(e.label + " ");
    page.element("span", {{"class", "quiet"}}, percent(probability_of_label(e))).close();
    if (has_gold) {
      page.open("td");
      write_gold(page, e);
      page.close();
    }
    page.close();
  }
  page.close();
  end_table(page);
}

void write_classes(Markup& page, const Explanation& e, const std::vector<std::size_t>& classes) {
  page.open("ul", {{"class", "classes"}, {"aria-label", "probability of each class"}});
  for (const std::size_t c : classes) {
    page.open("li", {{"class", e.classes[c] == e.label ? "predicted" : "other"}})
        .element("span", e.classes[c])
        .text(" ");
    page.element("span", {{"class", "n"}}, percent(e.probabilities[c]));
    page.element("i", {{"style", "--s:" + fixed(e.probabilities[c], 4)}, {"aria-hidden", "true"}}, "").close();
  }
  page.close();
}

void write_probabilities(Markup& page, const Explanation& e) {
  const ShownClasses shown = shown_classes(e);
  write_classes(page, e, shown.first);
  if (shown.rest.empty()) return;
  page.open("details").element("summary", grouped(shown.rest.size()) + " less probable classes");
  write_classes(page, e, shown.rest);
  page.close();
}

void write_card(Markup& page, const Group& group, const std::string& id) {
  const Explanation& e = *group.front();
  page.open("article", {{"id", id}, {"class", "card"}, {"aria-labelledby", id + "-label"}}).open("header");
  page.open("h2", {{"id", id + "-label"}}).text(e.label + " ");
  page.element("span", {{"class", "probability"}}, percent(probability_of_label(e))).close();
  page.open("p", {{"class", "origin"}}).text("text ").element("bdi", excerpt(e.id, kExcerpt)).text(" ");
  write_gold(page, e);
  page.close();
  write_probabilities(page, e);
  page.close();
  for (std::size_t k = 0; k < group.size(); ++k) {
    write_section(page, *group[k], id + "-" + std::to_string(k + 1), group.size() > 1);
  }
  page.close();
}

// The distinct values of a field, in their order.
template <class Field>
std::string distinct(std::span<const Explanation> explanations, const Field& field) {
  std::set<std::string> seen;
  std::string joined;
  for (const Explanation& e : explanations) {
    const std::string value = field(e);
    if (value.empty() || !seen.insert(value).second) continue;
    joined += (joined.empty() ? "" : ", ") + value;
  }
  return joined;
}

}  // namespace

void write_explanations(Markup& page, std::span<const Explanation> explanations) {
  const std::vector<Group> groups = groups_of(explanations);
  if (groups.size() > 1) write_overview(page, groups);
  for (std::size_t g = 0; g < groups.size(); ++g) write_card(page, groups[g], anchor(g));
}

std::string to_html(std::span<const Explanation> explanations, const std::string& title) {
  Markup page = start_page(title);
  write_facts(page,
              {{"method", distinct(explanations, [](const Explanation& e) { return e.method; })},
               {"unit", distinct(explanations, [](const Explanation& e) { return std::string(name_of(e.unit)); })},
               {"precision", distinct(explanations, [](const Explanation& e) { return e.precision; })},
               {"model, SHA-256", distinct(explanations, [](const Explanation& e) { return e.weights_sha256; })},
               {"pellucid", distinct(explanations, [](const Explanation& e) { return e.version; })}});
  if (explanations.empty()) page.element("p", "No text was explained.");
  write_explanations(page, explanations);
  return page.finish();
}

std::string to_fragment(std::span<const Explanation> explanations, const std::string& name) {
  Markup page = start_fragment(name);
  write_explanations(page, explanations);
  return page.finish();
}

}  // namespace pellucid
