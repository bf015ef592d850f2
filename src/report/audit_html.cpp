// An audit as one page.
#include <algorithm>

#include "report/audit_parts.h"
#include "report/escape.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/tool.h"

namespace pellucid {
namespace {

constexpr std::size_t kWordLength = 40;

void write_tiles(Markup& page, const AuditReport& report) {
  const Audit& audit = report.audit;
  std::size_t words = 0;
  for (const ClassWords& one : audit.predicted) words += one.frequent;
  page.open("dl", {{"class", "tiles"}});
  write_tile(page, "words", "Words", grouped(words),
             "over all classes, in " + grouped(report.options.words.min_texts) + " texts of a class or more");
  std::size_t differ = 0;
  for (const DistributionTest& test : audit.distributions.tests) differ += test.within_length.p_value < 0.05 ? 1 : 0;
  write_tile(page, "distributions", "Class differences",
             audit.distributions.tests.empty() ? "–" : grouped(differ) + " of 3",
             "statistics of the distribution of evidence differ, text length aside");
  write_tile(page, "shortcuts", "Shortcut candidates", grouped(driving_words(audit.shortcuts)),
             "of " + grouped(audit.shortcuts.words.size()) + " words tested");
  write_tile(page, "contested", "Agreement of methods",
             audit.contested.compared > 0 ? fixed(audit.contested.agreement, 2) : "–",
             audit.contested.compared > 0 ? "mean Kendall's τ-b, " + grouped(audit.contested.compared) + " texts"
             : audit.contested.methods.size() > 1 ? "no text has five words"
                                                  : "no other method was asked for");
  write_tile(page, audit.label_errors ? "labels" : "", "Suspected labels",
             audit.label_errors ? grouped(audit.label_errors->suspected) : "–",
             audit.label_errors ? "of " + grouped(audit.label_errors->labelled) + " labelled texts"
                                : "the texts have no labels");
  page.close();
}

void write_facts_of(Markup& page, const AuditReport& report) {
  const std::size_t audited = report.audit.texts.texts.size();
  std::string texts = grouped(audited);
  if (audited < report.n) texts += " of " + grouped(report.n) + ", drawn at random";
  if (report.truncated_texts > 0) texts += "; " + grouped(report.truncated_texts) + " cut";
  write_facts(page, {{"texts", texts},
                     {"method", std::string(report.options.method->name)},
                     {"removal", std::string(name_of(report.options.method_options.removal))},
                     {"precision", report.precision},
                     {"seed", std::to_string(report.seed)},
                     {"seconds", fixed(report.seconds, 1)},
                     {"pellucid", text_of(report.tool)},
                     {"command", report.tool.command},
                     {"data, SHA-256", report.data_sha256},
                     {"model, SHA-256", report.weights_sha256}});
}

void write_words(Markup& page, const AuditReport& report, const ClassWords& one, const std::string& id,
                 const char* kind) {
  if (one.words.empty()) {
    page.element("p", {{"class", "note"}},
                 one.texts == 0
                     ? std::string("No text is ") + kind + " so."
                     : "No word that counts for this class occurs in " + grouped(report.options.words.min_texts) +
                           " texts or more; the class has " + grouped(one.texts) + ".");
    return;
  }
  start_table(page, id, "carried",
              grouped(one.words.size()) + " of " + grouped(one.frequent) + " words in " +
                  grouped(report.options.words.min_texts) + " or more of " + grouped(one.texts) + " texts " + kind +
                  " so");
  write_columns(page, {"word", "", "per text", "where it occurs", "texts"}, 2);
  page.open("tbody");
  for (const ClassWord& word : one.words) {
    page.open("tr").open("th", {{"scope", "row"}});
    page.element("bdi", excerpt(report.audit.texts.words.form(word.word), kWordLength)).close();
    page.open("td", {{"class", "bar"}, {"aria-hidden", "true"}});
    page.element("i", {{"style", "--s:" + fixed(word.carried / one.words.front().carried, 2)}}, "").close();
    write_number(page, with_sign(word.carried, 3));
    write_value(page, with_sign(word.mean, 2), word.interval, 2);
    page.open("td", {{"class", "n"}}).text(percent(word.coverage));
    page.element("small", grouped(word.texts)).close().close();
  }
  page.close();
  end_table(page);
}

}  // namespace

void write_class_words(Markup& page, const AuditReport& report) {
  page.element("h2", {{"class", "part"}, {"id", "h-words"}}, "Words that carry each class");
  page.element(
      "p", {{"class", "note lead"}},
      "What words add to the class's logit less the mean of all logits, upper and lower case together. Per text: "
      "over all texts of the class, 0 where the word is missing. Where it occurs: over the texts with the word, "
      "all its occurrences in a text together, with a 95% interval (bootstrap over these texts).");
  page.open("div", {{"class", "pair"}});
  for (std::size_t c = 0; c < report.classes.size(); ++c) {
    const std::string id = "h-words-" + std::to_string(c + 1);
    page.open("section", {{"class", "card"}, {"aria-labelledby", id}});
    page.element("h3", {{"id", id}}, report.classes[c]);
    write_words(page, report, report.audit.predicted[c], "c-" + id, "predicted");
    if (!report.audit.gold.empty()) {
      page.open("details").element("summary", "By label instead of prediction");
      write_words(page, report, report.audit.gold[c], "c-gold-" + id, "labelled");
      page.close();
    }
    page.close();
  }
  page.close();
}

namespace {

void write_audit(Markup& page, const AuditReport& report) {
  write_facts_of(page, report);
  write_tiles(page, report);
  if (!report.audit.label_errors) {
    page.element("p", {{"class", "note lead"}},
                 "The texts have no labels: words by label, the comparison of shortcut candidates with the labels, and "
                 "likely label errors are left out.");
  }
  write_class_words(page, report);
  write_distributions(page, report);
  write_shortcuts(page, report);
  write_contested(page, report);
  write_label_errors(page, report);
}

}  // namespace

std::string to_html(const AuditReport& report, const std::string& title) {
  Markup page = start_page(title);
  write_audit(page, report);
  return page.finish();
}

std::string to_fragment(const AuditReport& report, const std::string& name) {
  Markup page = start_fragment(name);
  write_audit(page, report);
  return page.finish();
}

}  // namespace pellucid
