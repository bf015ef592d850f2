#include "report/markup.h"

#include <utility>

#include "report/escape.h"

namespace pellucid {
namespace {

// The attribute's value up to an id in it.
std::string_view before_id(const Attribute& attribute) {
  const std::string_view name = attribute.name;
  if (name == "href" && attribute.value.starts_with('#')) return "#";
  return {};
}

bool has_id(const Attribute& attribute) {
  const std::string_view name = attribute.name;
  return name == "id" || name == "aria-labelledby" || !before_id(attribute).empty();
}

}  // namespace

void Markup::start(const char* tag, const Attributes& attributes) {
  out_ += '<';
  out_ += tag;
  for (const Attribute& attribute : attributes) {
    out_ += ' ';
    out_ += attribute.name;
    std::string value = attribute.value;
    if (has_id(attribute)) value.insert(before_id(attribute).size(), ids_);
    out_ += "=\"" + escape_markup(value) + '"';
  }
}

Markup& Markup::open(const char* tag, const Attributes& attributes) {
  start(tag, attributes);
  out_ += '>';
  open_.push_back(tag);
  return *this;
}

Markup& Markup::close() {
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
  return *this;
}

Markup& Markup::text(std::string_view text) {
  out_ += escape_markup(text);
  return *this;
}

Markup& Markup::element(const char* tag, const Attributes& attributes, std::string_view text) {
  return open(tag, attributes).text(text).close();
}

Markup& Markup::empty(const char* tag, const Attributes& attributes) {
  start(tag, attributes);
  out_ += "/>";
  return *this;
}

Markup& Markup::style(std::string_view sheet) {
  open("style");
  out_ += sheet;
  return close();
}

std::string Markup::finish() {
  while (!open_.empty()) close();
  out_ += '\n';
  return std::exchange(out_, {});
}

}  // namespace pellucid
