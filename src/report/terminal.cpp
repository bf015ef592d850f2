#include "report/terminal.h"

#include <algorithm>
#include <cmath>

#include "report/escape.h"
#include "report/wrapping.h"
#include "text/utf8.h"

namespace pellucid {
namespace {

// Of the 256 colours, which more terminals know than true colour. Text on them is black, whatever the
// terminal's own background.
constexpr int kTowards[] = {181, 174, 203, 196};
constexpr int kAway[] = {146, 110, 75, 39};
constexpr double kLeast = 0.005;   // from here on a bar has one cell at least
constexpr double kFaintest = 0.1;  // of the strongest: below, a word stays as it is

}  // namespace

std::string emphasised(std::string_view text, Emphasis emphasis, const TerminalStyle& style) {
  constexpr const char* kCodes[] = {"0", "1", "2", "31", "34"};
  if (!style.colour || emphasis == Emphasis::none) return std::string(text);
  return std::string("\x1b[") + kCodes[static_cast<int>(emphasis)] + "m" + std::string(text) + "\x1b[0m";
}

std::string left(std::string_view text, std::size_t columns) {
  std::string out;
  auto room = static_cast<double>(columns);
  if (width_of(text, terminal_columns) <= room) {
    out = text;
    room -= width_of(text, terminal_columns);
  } else {
    for (std::size_t at = 0; at < text.size();) {
      const CodePoint c = decode(text, at);
      at += c.size;
      if (terminal_columns(c.value) > room - 1) break;
      room -= terminal_columns(c.value);
      append_utf8(out, c.value);
    }
    out += "…";
    room -= 1;
  }
  return out.append(static_cast<std::size_t>(std::max(room, 0.0)), ' ');
}

std::string right(std::string_view text, std::size_t columns) {
  const auto used = static_cast<std::size_t>(width_of(text, terminal_columns));
  return std::string(columns > used ? columns - used : 0, ' ') + std::string(text);
}

std::string table(const std::vector<std::vector<std::string>>& rows, const TerminalStyle& style) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], static_cast<std::size_t>(width_of(row[i], terminal_columns)));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line = "  " + left(row[0], widths[0]);
    for (std::size_t i = 1; i < row.size(); ++i) line += "  " + right(row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += emphasised(line, &row == &rows.front() ? Emphasis::dim : Emphasis::none, style) + "\n";
  }
  return out;
}

std::string bar(double share, std::size_t columns, std::string_view fill) {
  auto cells = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(columns)));
  if (share >= kLeast) cells = std::max<std::size_t>(cells, 1);
  std::string out;
  for (std::size_t i = 0; i < cells; ++i) out += fill;
  return out;
}

std::string shaded(std::string_view text, double score, double strength) {
  if (strength < kFaintest || score == 0) return std::string(text);
  const auto level = std::min<std::size_t>(3, static_cast<std::size_t>(strength * 4));
  const int colour = score > 0 ? kTowards[level] : kAway[level];
  return std::string("\x1b[") + (score < 0 ? "4;" : "") + "38;5;16;48;5;" + std::to_string(colour) + "m" +
         std::string(text) + "\x1b[0m";
}

}  // namespace pellucid
