// HTML and SVG that are escaped and balanced by construction: elements are opened and closed here,
// texts and attribute values go through escape_markup.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pellucid {

struct Attribute {
  const char* name;
  std::string value;
};
using Attributes = std::vector<Attribute>;

class Markup {
 public:
  // Every id, and every reference to one, begins with `ids`: documents that stand on one page have one each.
  explicit Markup(std::string declaration = {}, std::string ids = {})
      : out_(std::move(declaration)), ids_(std::move(ids)) {}

  Markup& open(const char* tag, const Attributes& attributes = {});
  Markup& close();  // the innermost open element
  Markup& text(std::string_view text);
  Markup& element(const char* tag, std::string_view text) { return element(tag, {}, text); }
  Markup& element(const char* tag, const Attributes& attributes, std::string_view text);
  Markup& empty(const char* tag, const Attributes& attributes = {});  // no content: <meta/>, <rect/>
  Markup& style(std::string_view sheet);                              // our own stylesheet, verbatim

  // Closes what is open and hands over the document.
  std::string finish();

 private:
  void start(const char* tag, const Attributes& attributes);

  std::string out_, ids_;
  std::vector<const char*> open_;
};

}  // namespace pellucid
