// Texts are written by strangers: what they hold is shown, never obeyed.
#pragma once

#include <string>
#include <string_view>

namespace pellucid {

// Valid UTF-8 in which only tab and newline control anything. Other control characters (ESC among
// them), bidirectional controls and code points that XML forbids are spelt out, "<U+202E>"; broken
// UTF-8 becomes U+FFFD; a carriage return before a newline goes.
std::string visible(std::string_view text);

// visible() on one line: a newline or tab is a space.
std::string one_line(std::string_view text);

// one_line(), no longer than `characters`; what was cut is shown as "…".
std::string excerpt(std::string_view text, std::size_t characters);

}  // namespace pellucid
