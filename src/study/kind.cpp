#include "study/kind.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "report/numbers.h"

namespace pellucid::study {
namespace {

constexpr std::array<std::string_view, 4> kTreatments = {"none", "class-weights", "balanced-sampling",
                                                         "logit-adjustment"};
constexpr std::array<std::string_view, 3> kLevels = {"sentence", "window", "word"};

constexpr std::array kKinds = {Kind{.name = "learning-rate",
                                    .title = "Learning rate",
                                    .axis = "peak learning rate",
                                    .varies = Varies::option,
                                    .scale = Scale::number,
                                    .least = 1e-9,
                                    .most = 1,
                                    .expected = "a number from 1e-9 to 1",
                                    .spaced_evenly = true},
                               Kind{.name = "dropout",
                                    .title = "Dropout",
                                    .axis = "dropout",
                                    .varies = Varies::option,
                                    .scale = Scale::number,
                                    .least = 0,
                                    .most = 0.95,
                                    .expected = "a number from 0 to 0.95"},
                               Kind{.name = "imbalance",
                                    .title = "Class imbalance",
                                    .axis = "minority class to its texts in the data",
                                    .varies = Varies::training_texts,
                                    .scale = Scale::ratio,
                                    .least = 1,
                                    .most = 1e6,
                                    .expected = "a number from 1, by which the minority class's texts are divided",
                                    .spaced_evenly = true,
                                    .groups_key = "treatments",
                                    .groups = kTreatments},
                               Kind{.name = "shuffle",
                                    .title = "Shuffled test texts",
                                    .axis = "share of units moved",
                                    .varies = Varies::test_texts,
                                    .scale = Scale::share,
                                    .least = 0,
                                    .most = 1,
                                    .expected = "a share of units moved, from 0 to 1",
                                    .groups_key = "levels",
                                    .groups = kLevels},
                               Kind{.name = "label-noise",
                                    .title = "Label noise",
                                    .axis = "share of training labels replaced",
                                    .varies = Varies::training_texts,
                                    .scale = Scale::share,
                                    .least = 0,
                                    .most = 1,
                                    .expected = "a share of training labels, from 0 to 1"},
                               Kind{.name = "training-size",
                                    .title = "Training size",
                                    .axis = "training texts",
                                    .varies = Varies::training_texts,
                                    .scale = Scale::count,
                                    .least = 2,
                                    .most = 1e12,
                                    .expected = "a whole number of texts from 2, or \"all\"",
                                    .spaced_evenly = true},
                               Kind{.name = "typos",
                                    .title = "Misspelt test texts",
                                    .axis = "share of words misspelt",
                                    .varies = Varies::test_texts,
                                    .scale = Scale::share,
                                    .least = 0,
                                    .most = 1,
                                    .expected = "a share of words misspelt, from 0 to 1"},
                               Kind{.name = "truncation",
                                    .title = "Truncated test texts",
                                    .axis = "share of words kept, from the start",
                                    .varies = Varies::test_texts,
                                    .scale = Scale::share,
                                    .least = 0.001,
                                    .most = 1,
                                    .expected = "a share of words kept, from 0.001 to 1"}};

std::string shortest(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

std::span<const Kind> kinds() {
  return kKinds;
}

const Kind* find_kind(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &Kind::name);
  return found == kKinds.end() ? nullptr : &*found;
}

std::string text_of(const Kind& kind, double value) {
  switch (kind.scale) {
    case Scale::share: return shortest("%.4g%%", 100 * value);
    case Scale::ratio: return shortest("1:%.4g", value);
    case Scale::count: return value == kAll ? "all" : grouped(static_cast<std::size_t>(value));
    case Scale::number: break;
  }
  if (value <= 0 || value >= 1e-3) return shortest("%.4g", value);
  const double exponent = std::floor(std::log10(value) + 1e-9);
  return shortest("%.4g", value / std::pow(10, exponent)) + shortest("e%.0f", exponent);
}

std::string row_name(const std::string& value, const std::string& group) {
  return group.empty() ? value : value + ", " + group;
}

}  // namespace pellucid::study
