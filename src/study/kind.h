// The factors that `pellucid study` can vary, one at a time: what each is, what it changes, which values it takes.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "error/error.h"

namespace pellucid::study {

// An option of training; the training texts; the test texts, which one trained model is given in several versions.
enum class Varies { option, training_texts, test_texts };

enum class Scale { number, share, ratio, count };  // 3e-5, 40%, 1:4, 3,000

struct Kind {
  std::string_view name;  // as the command line has it; where an option varies, that option
  std::string_view title;
  std::string_view axis;
  Varies varies;
  Scale scale;
  double least, most;
  std::string_view expected;   // of a value, for messages
  bool spaced_evenly = false;  // on the axis, one value beside the other
  // What the values are tried with, each in turn: treatments, levels; all of them where a plan names none. The first
  // is the reference's.
  const char* groups_key = nullptr;
  std::span<const std::string_view> groups = {};
};

// Of a training size: all texts.
inline constexpr double kAll = std::numeric_limits<double>::infinity();

std::span<const Kind> kinds();
const Kind* find_kind(std::string_view name);  // nullptr: none of this name
std::string text_of(const Kind& kind, double value);
std::string row_name(const std::string& value, const std::string& group);  // "40%, word"

}  // namespace pellucid::study
