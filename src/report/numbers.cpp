#include "report/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace pellucid {
namespace {

// std::to_chars: the same in every locale.
std::string characters(double value, std::chars_format format, int precision) {
  char buffer[400];  // 1.8e308 in full has 309 digits
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value, format, precision);
  return {buffer, end.ptr};
}

bool is_zero(const std::string& digits) {
  return digits.find_first_not_of("-0.") == std::string::npos;
}

}  // namespace

std::string fixed(double value, int decimals) {
  const std::string digits = characters(value, std::chars_format::fixed, decimals);
  return is_zero(digits) && digits.front() == '-' ? digits.substr(1) : digits;
}

std::string with_sign(double value, int decimals) {
  std::string digits = fixed(value, decimals);
  return value > 0 && !is_zero(digits) ? digits.insert(0, 1, '+') : digits;
}

std::string percent(double share) {
  if (share > 0 && share < 0.0005) return "<0.1%";
  if (share < 1 && share >= 0.9995) return ">99.9%";
  return fixed(100 * share, 1) + "%";
}

std::string p_text(double p) {
  return p < 0.001 ? "<0.001" : fixed(p, 3);
}

std::string grouped(std::size_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string interval_text(const Interval& interval, int decimals) {
  return "[" + fixed(interval.low, decimals) + ", " + fixed(interval.high, decimals) + "]";
}

std::string percent_interval(const Interval& interval) {
  return "[" + percent(interval.low) + ", " + percent(interval.high) + "]";
}

std::string counted(std::size_t count, const std::string& one, const std::string& more) {
  return grouped(count) + " " + (count == 1 ? one : more);
}

std::string shortest(double value) {
  char text[32];
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  return text;
}

std::string rounding_error(double value) {
  if (value == 0 || std::abs(value) >= 0.0005 || !std::isfinite(value)) return with_sign(value, 3);
  std::string digits = characters(value, std::chars_format::scientific, 1);
  return value > 0 ? digits.insert(0, 1, '+') : digits;
}

int decimals_for(double largest) {
  if (!(largest > 0) || !std::isfinite(largest)) return 3;
  return std::clamp(2 - static_cast<int>(std::floor(std::log10(largest))), 3, 12);
}

std::string with_minus_sign(const std::string& ascii) {
  std::string out;
  for (const char c : ascii) out += c == '-' ? std::string("−") : std::string(1, c);
  return out;
}

}  // namespace pellucid
