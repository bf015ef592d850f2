// A small XML reader for what our pages and pictures promise: tags balance, attributes are quoted,
// '<' and '&' stand for markup alone, no control characters, valid UTF-8.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "data/utf8.h"

namespace pellucid {

class MarkupReader {
 public:
  explicit MarkupReader(std::string_view document) : rest_(document) {
    if (first_invalid_utf8(document) != document.npos) fault_ = "broken UTF-8";
    for (const char c : document) {
      if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') fault_ = "control character";
    }
    if (rest_.starts_with("<!doctype html>")) rest_.remove_prefix(15);
    while (fault_.empty() && !rest_.empty()) step();
    if (fault_.empty() && !open_.empty()) fault_ = "unclosed " + open_.back();
  }

  const std::string& fault() const { return fault_; }  // empty: well-formed
  const std::set<std::string>& tags() const { return tags_; }
  const std::set<std::string>& attributes() const { return attributes_; }
  const std::string& text() const { return text_; }  // outside tags and styles, entities kept

 private:
  void fail(const std::string& what) { fault_ = what + " at: " + std::string(rest_.substr(0, 60)); }

  bool entities_are_known(std::string_view text) {
    for (std::size_t at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
      bool known = false;
      for (const char* entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
        known |= text.substr(at).starts_with(entity);
      if (!known) return false;
    }
    return text.find('>') == text.npos;
  }

  void step() {
    if (rest_.front() != '<') {
      const std::size_t end = std::min(rest_.find('<'), rest_.size());
      const std::string_view part = rest_.substr(0, end);
      const bool in_style = !open_.empty() && open_.back() == "style";
      if (!in_style && !entities_are_known(part)) return fail("unescaped text");
      if (!in_style) text_ += part;
      rest_.remove_prefix(end);
      return;
    }
    rest_.remove_prefix(1);
    const bool closes = rest_.starts_with('/');
    if (closes) rest_.remove_prefix(1);
    const std::string name = take_name();
    if (name.empty()) return fail("no tag name");
    if (closes) {
      if (open_.empty() || open_.back() != name || !take(">")) return fail("unbalanced </" + name);
      open_.pop_back();
      return;
    }
    tags_.insert(name);
    while (take(" ")) {
      attributes_.insert(take_name());
      if (!take("=\"")) return fail("unquoted attribute");
      const std::size_t end = rest_.find('"');
      if (end == rest_.npos || rest_.substr(0, end).find('<') != rest_.npos ||
          !entities_are_known(rest_.substr(0, end))) {
        return fail("unescaped attribute");
      }
      rest_.remove_prefix(end + 1);
    }
    if (take("/>")) return;
    if (!take(">")) return fail("unfinished tag");
    open_.push_back(name);
  }

  bool take(std::string_view what) {
    if (!rest_.starts_with(what)) return false;
    rest_.remove_prefix(what.size());
    return true;
  }

  std::string take_name() {
    const std::size_t end = std::min(
        rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:"), rest_.size());
    const std::string name(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return name;
  }

  std::string_view rest_;
  std::string fault_, text_;
  std::vector<std::string> open_;
  std::set<std::string> tags_, attributes_;
};

}  // namespace pellucid
