#include "record/dossier.h"

#include "report/numbers.h"
#include "report/page.h"

namespace pellucid {
namespace {

using nlohmann::json;

// A changed log's hash may be no UTF-8.
std::string quoted(const std::string& hash) {
  return json(hash).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string word(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Rows of a name and a value under a heading.
void write_table(Markup& page, const std::string& id, const std::string& caption, const Facts& rows) {
  start_table(page, id, "results", caption);
  page.open("tbody");
  for (const auto& [name, value] : rows) {
    page.open("tr").element("th", {{"scope", "row"}}, name).element("td", {{"class", "wrapping"}}, value).close();
  }
  page.close();
  end_table(page);
}

void start_card(Markup& page, const std::string& heading) {
  page.open("section", {{"class", "card"}}).element("h2", heading);
}

void write_overrides(Markup& page, std::span<const Override> overrides) {
  if (overrides.empty()) return;
  start_card(page, "Overridden by a person");
  start_table(page, "overrides", "results", "Overrides, oldest first; the last one holds");
  write_columns(page, {"label", "who", "when", "why", "entry"}, 4);
  page.open("tbody");
  for (const Override& o : overrides) {
    page.open("tr").element("th", {{"scope", "row"}}, o.erased ? "(erased)" : o.label).element("td", o.who);
    page.element("td", o.time).element("td", {{"class", "wrapping"}}, o.why);
    page.element("td", {{"class", "n"}}, std::to_string(o.number)).close();
  }
  page.close();
  end_table(page);
  page.close();
}

// What can be shown where the text is not kept, or nothing was explained.
void write_bare(Markup& page, const Decision& decision) {
  const Explanation& e = decision.result;
  start_card(page, e.label);
  Facts probabilities;
  for (std::size_t c = 0; c < e.classes.size(); ++c) {
    probabilities.emplace_back(e.classes[c], percent(e.probabilities[c]) + ", logit " + with_sign(e.logits[c], 3));
  }
  write_table(page, "probabilities", "Probability of each class", probabilities);
  page.element("p", {{"class", "note"}},
               decision.text ? "The text: " + *decision.text : "The log does not hold the text.");
  if (decision.explained) {
    Facts scores;
    for (const auto& [range, score] : e.units) {
      scores.emplace_back("bytes " + std::to_string(range.begin) + "–" + std::to_string(range.end),
                          with_minus_sign(with_sign(score, 4)));
    }
    write_table(page, "scores", "Scores of parts of the text, for " + e.target, scores);
    page.element("p", {{"class", "note"}},
                 !e.complete ? "The scores of " + e.method + " do not add up to a logit."
                             : "Scores + bias " + with_sign(e.bias, 4) + " + residual " + rounding_error(e.residual) +
                                   " = explained " + with_sign(e.explained, 4) + ".");
  }
  page.close();
}

void write_origin(Markup& page, const Entry& entry, const Decision& decision) {
  const json body = json::parse(entry.body);
  start_card(page, "What made it, and how to repeat it");
  Facts facts;
  for (const auto& [name, value] : body.at("options").items()) {
    facts.emplace_back(
        name, value.is_null() ? (name == "target" ? "the predicted class" : "the mean of all classes") : word(value));
  }
  write_table(page, "options", "Options", facts);
  facts = {{"folder", word(body.at("model").at("folder"))}};
  for (const auto& [name, hash] : body.at("model").at("sha256").items()) facts.emplace_back(name, word(hash));
  write_table(page, "model", "The model: SHA-256 of its files", facts);
  facts.clear();
  for (const auto& [name, value] : body.at("tool").items()) facts.emplace_back(name, word(value));
  write_table(page, "build", "The program", facts);
  facts = {{"entry", std::to_string(entry.number)},
           {"hash of the entry", entry.hash},
           {"SHA-256 of its content", decision.content_sha256}};
  write_table(page, "chain", "Its place in the decision log", facts);
  const std::string number = std::to_string(entry.number);
  page.element("p", {{"class", "note"}},
               "pellucid record verify LOG --head " + entry.hash +
                   " shows that the log still has this entry unchanged; pellucid record replay LOG " + number +
                   " makes the decision again.");
  page.close();
}

}  // namespace

std::string dossier(const Entry& entry, const Decision& decision, std::span<const Override> overrides) {
  Markup page = start_page("Decision " + std::to_string(entry.number));
  const std::string label =
      overrides.empty() || overrides.back().erased ? decision.result.label : overrides.back().label;
  write_facts(page, {{"label", label},
                     {"predicted", overrides.empty() ? "" : decision.result.label},
                     {"text", decision.result.id},
                     {"time", decision.time},
                     {"method", decision.result.method},
                     {"pellucid", decision.build.version}});
  write_overrides(page, overrides);
  if (decision.explained && decision.text) {
    write_explanations(page, {&decision.result, 1});
  } else {
    write_bare(page, decision);
  }
  write_origin(page, entry, decision);
  return page.finish();
}

std::string export_line(const Entry& entry, const std::string& hash_before) {
  // Body and content as they stand: their bytes are what was hashed.
  return R"({"schema":"pellucid.record/1","number":)" + std::to_string(entry.number) + R"(,"hash":)" +
         quoted(entry.hash) + R"(,"before":)" + quoted(hash_before) + R"(,"body":)" + entry.body + R"(,"content":)" +
         entry.content.value_or("null") + "}";
}

}  // namespace pellucid
