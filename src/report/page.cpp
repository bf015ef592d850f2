#include "report/page.h"

#include "report/numbers.h"

namespace pellucid {

Markup start_page(const std::string& title) {
  Markup page("<!doctype html>\n");
  page.open("html", {{"lang", "en"}}).open("head").empty("meta", {{"charset", "utf-8"}});
  page.empty("meta",
             {{"http-equiv", "Content-Security-Policy"},
              {"content", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"}});
  page.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  page.empty("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  page.empty("meta", {{"name", "referrer"}, {"content", "no-referrer"}});
  page.element("title", title)
      .style(":root { color-scheme: light dark;" + std::string(kLightColours) + "}" + std::string(kPageStyle))
      .close();
  page.open("body").open("main").element("h1", title);
  return page;
}

Markup start_fragment(const std::string& name) {
  Markup page("", name + "-");
  // Dollars in texts are no formulas.
  page.open("div", {{"class", "pellucid mathjax_ignore tex2jax_ignore"}});
  // Nested: the class twice outweighs what notebooks say of tables.
  page.style(".pellucid.pellucid { color-scheme: light;" + std::string(kLightColours) +
             "background: var(--paper); color: var(--ink); border-radius: 12px; padding: 1rem;"
             "font: 1rem/1.5 system-ui, sans-serif; text-align: left;" +
             std::string(kPageStyle) + "}");
  return page;
}

void write_facts(Markup& page, const Facts& facts) {
  page.open("dl", {{"class", "facts"}});
  for (const auto& [name, value] : facts) {
    if (value.empty()) continue;
    page.open("div").element("dt", name);
    page.element("dd", {{"class", name.ends_with("SHA-256") ? "hash" : "fact"}}, value).close();
  }
  page.close();
}

void write_tile(Markup& page, const std::string& part, const std::string& name, const std::string& value,
                const std::string& note) {
  page.open("div").open("dt");
  if (part.empty()) {
    page.text(name);
  } else {
    page.element("a", {{"href", "#h-" + part}}, name);
  }
  page.close();
  page.element("dd", value).element("dd", {{"class", "note"}}, note).close();
}

void start_table(Markup& page, const std::string& id, const std::string& css_class, const std::string& caption) {
  page.open("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-labelledby", id}});
  page.open("table", {{"class", css_class}}).element("caption", {{"id", id}}, caption);
}

void end_table(Markup& page) {
  page.close().close();
}

void write_number(Markup& page, const std::string& value) {
  page.element("td", {{"class", "n"}}, with_minus_sign(value));
}

void write_value(Markup& page, const std::string& value, const Interval& interval, int decimals) {
  page.open("td", {{"class", "n"}}).text(with_minus_sign(value));
  page.element("small", with_minus_sign(fixed(interval.low, decimals) + " to " + fixed(interval.high, decimals)));
  page.close();
}

void write_share(Markup& page, double share, const Interval& interval) {
  page.open("td", {{"class", "n"}}).text(percent(share));
  page.element("small", percent(interval.low) + " to " + percent(interval.high)).close();
}

void write_columns(Markup& page, const std::vector<std::string>& names, std::size_t first_number) {
  page.open("thead").open("tr");
  for (std::size_t i = 0; i < names.size(); ++i) {
    Attributes attributes = {{"scope", "col"}};
    if (i >= first_number) attributes.push_back({"class", "n"});
    page.element("th", attributes, names[i]);
  }
  page.close().close();
}

}  // namespace pellucid
