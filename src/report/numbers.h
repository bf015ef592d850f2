// Numbers as people read them; JSON alone has them in full.
#pragma once

#include <string>

#include "evaluate/statistics.h"

namespace pellucid {

std::string fixed(double value, int decimals);
std::string with_sign(double value, int decimals);      // "+0.310", "-0.310", "0.000" for what rounds to it
std::string percent(double share);                      // "98.7%", "<0.1%", ">99.9%"
std::string p_text(double p);                           // "0.012", "<0.001"
std::string grouped(std::size_t count);                 // "12,800"
std::string shortest(double value);                     // in the fewest digits that are it: "0.0001", "3e-05"
std::string rounding_error(double value);               // with_sign, or "1.2e-07" where that shows nothing
int decimals_for(double largest);                       // so that scores of that size show three digits
std::string with_minus_sign(const std::string& ascii);  // "−0.310": U+2212, for pages and pictures

std::string interval_text(const Interval& interval, int decimals);  // "[0.601, 0.747]"
std::string percent_interval(const Interval& interval);             // "[60.1%, 74.7%]"

// "1 entry", "1,200 entries"
std::string counted(std::size_t count, const std::string& one, const std::string& more);

}  // namespace pellucid
