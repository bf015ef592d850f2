#include "progress/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace pellucid {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTerminalPause{100};
constexpr seconds kLogPause{10};
constexpr int kBarWidth = 24;

bool stderr_is_terminal() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

std::size_t terminal_width() {
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

// One write, so that lines of several processes do not mix; a broken stderr is nobody's error.
void put(const std::string& text) {
  const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  (void)written;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, 1, ',');
  return digits;
}

std::string rate_of(double per_second) {
  if (per_second >= 100) return grouped(static_cast<std::uint64_t>(std::llround(per_second)));
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", per_second);
  return text;
}

std::string clock_of(double total_seconds) {
  const auto whole = static_cast<std::uint64_t>(std::llround(total_seconds));
  char text[48];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%llu:%02llu:%02llu", static_cast<unsigned long long>(whole / 3600),
                  static_cast<unsigned long long>(whole / 60 % 60), static_cast<unsigned long long>(whole % 60));
  } else {
    std::snprintf(text, sizeof text, "%llu:%02llu", static_cast<unsigned long long>(whole / 60),
                  static_cast<unsigned long long>(whole % 60));
  }
  return text;
}

}  // namespace

Progress::Progress(std::string what, std::uint64_t total, std::string unit, bool quiet)
    : what_(std::move(what)),
      total_(total),
      unit_(std::move(unit)),
      quiet_(quiet),
      terminal_(!quiet && stderr_is_terminal()),
      start_(Clock::now()),
      last_draw_(start_) {}

Progress::~Progress() {
  // Work that ended before the first line was due needs none.
  if (drawn_) draw(Clock::now(), note_, true);
}

void Progress::advance(std::uint64_t count, std::string_view note) {
  done_ += count;
  if (quiet_) return;
  if (!note.empty()) note_ = note;
  const Clock::time_point now = Clock::now();
  const Clock::duration pause = terminal_ ? Clock::duration(kTerminalPause) : Clock::duration(kLogPause);
  if (now - last_draw_ >= pause) draw(now, note_, false);
}

void Progress::say(std::string_view line) {
  if (quiet_) return;
  std::string text = terminal_ && drawn_ ? "\r\033[K" : "";
  text += line;
  text += '\n';
  put(text);
  if (terminal_ && drawn_) draw(Clock::now(), note_, false);
}

void Progress::draw(Clock::time_point now, std::string_view note, bool last) {
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0;
  std::string text = what_;
  if (total_ > 0) {
    const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    if (terminal_) {
      const int filled = static_cast<int>(share * kBarWidth);
      text.append(" [").append(filled, '=').append(kBarWidth - filled, ' ').append("]");
    }
    char percent[16];
    std::snprintf(percent, sizeof percent, " %3.0f%%", share * 100);
    text += percent;
  }
  text += " " + grouped(done_);
  if (total_ > 0) text += "/" + grouped(total_);
  text += " " + unit_ + ", " + rate_of(rate) + "/s";
  if (last) {
    text += ", " + clock_of(elapsed);
  } else if (total_ > done_ && done_ > 0) {
    text += ", " + clock_of(static_cast<double>(total_ - done_) / rate) + " left";
  }
  if (!note.empty()) {
    text += ", ";
    text += note;
  }
  if (terminal_) {
    // A line that wraps cannot be drawn over: keep one column free.
    if (const std::size_t width = terminal_width(); text.size() >= width) {
      std::size_t end = width - 1;
      while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // no half characters
      text.resize(end);
    }
    text.insert(0, 1, '\r').append("\033[K").append(last ? "\n" : "");
    put(text);
  } else {
    put(text + "\n");
  }
  drawn_ = true;
  last_draw_ = now;
}

}  // namespace pellucid
