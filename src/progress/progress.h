// Progress of long work on stderr: a bar on a terminal, a plain line every few seconds in a log,
// nothing when quiet. Shows the rate and the time left.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace pellucid {

class Progress {
 public:
  // `total` 0: unknown (no bar, no time left). `unit` names what is counted: "texts", "tokens".
  Progress(std::string what, std::uint64_t total, std::string unit, bool quiet);
  ~Progress();  // ends the line

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Adds to the count; `note` (a loss, say) is shown behind the rate.
  void advance(std::uint64_t count, std::string_view note = {});

  // Writes a line of its own, above the bar.
  void say(std::string_view line);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(Clock::time_point now, std::string_view note, bool last);

  std::string what_;
  std::uint64_t total_;
  std::string unit_;
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  std::uint64_t done_ = 0;
  std::string note_;
  Clock::time_point start_;
  Clock::time_point last_draw_;
};

}  // namespace pellucid
