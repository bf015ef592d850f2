#include "data/example.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>
#include <utility>

namespace pellucid {
namespace {

std::optional<std::int64_t> as_integer(std::string_view name) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (failure != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return value;
}

// Integers first and by value ("2" before "10"), everything else after them by bytes.
bool label_less(const std::string& a, const std::string& b) {
  const std::optional<std::int64_t> x = as_integer(a), y = as_integer(b);
  if (x && y && *x != *y) return *x < *y;
  if (x.has_value() != y.has_value()) return x.has_value();
  return a < b;
}

}  // namespace

LabelSet::LabelSet(std::vector<std::string> names) : names_(std::move(names)) {
  index_.reserve(names_.size());
  for (std::size_t i = 0; i < names_.size(); ++i) index_.emplace(names_[i], static_cast<std::int32_t>(i));
}

LabelSet LabelSet::sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end(), label_less);
  return LabelSet(std::move(names));
}

LabelSet LabelSet::of(const std::vector<Example>& examples) {
  std::unordered_set<std::string_view> seen;
  std::vector<std::string> names;
  for (const Example& example : examples) {
    if (example.label && seen.insert(*example.label).second) names.push_back(*example.label);
  }
  return sorted(std::move(names));
}

std::optional<std::int32_t> LabelSet::index(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

}  // namespace pellucid
