// The frame of every page, and the parts that pages share. No script, nothing from outside.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluate/statistics.h"
#include "report/explanation.h"
#include "report/markup.h"

namespace pellucid {

extern const std::string_view kLightColours;  // declarations
extern const std::string_view kPageStyle;     // rules; dark where that is preferred

// Everything up to the open <main>, the title as its heading.
Markup start_page(const std::string& title);

// The same to stand within somebody else's page, a notebook: an open <div> with a style that holds in it alone, always
// light. `name` is the beginning of its ids.
Markup start_fragment(const std::string& name);

using Facts = std::vector<std::pair<std::string, std::string>>;
void write_facts(Markup& page, const Facts& facts);

// A figure of an open <dl class="tiles">, its name a link to the part of the page (id "h-part") that says more, if any.
void write_tile(Markup& page, const std::string& part, const std::string& name, const std::string& value,
                const std::string& note);

// A scrolling frame that the keyboard reaches, an open <table> in it with its caption; the caller
// writes the rows and closes both with end_table.
void start_table(Markup& page, const std::string& id, const std::string& css_class, const std::string& caption);
void end_table(Markup& page);
void write_number(Markup& page, const std::string& value);  // a cell, with a true minus sign
// The same with its interval below it.
void write_value(Markup& page, const std::string& value, const Interval& interval, int decimals);
void write_share(Markup& page, double share, const Interval& interval);  // the same in percent
// <thead> with column headings; those from `first_number` on are numbers.
void write_columns(Markup& page, const std::vector<std::string>& names, std::size_t first_number);

// One card a text; explanations of one text by several methods or for several classes share it.
void write_explanations(Markup& page, std::span<const Explanation> explanations);

}  // namespace pellucid
