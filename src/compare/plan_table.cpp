#include "compare/plan_table.h"
#include "error/listed.h"

#include <algorithm>
#include <tuple>

#include "report/numbers.h"

namespace pellucid::compare {

Result<toml::table> parse_toml(const std::string& text, const std::filesystem::path& file) {
  toml::parse_result parsed = toml::parse(text, file.string());
  if (parsed) return std::move(parsed).table();
  return fail(ErrorCode::usage, "expected TOML, found: " + std::string(parsed.error().description()),
              file.string() + ":" + std::to_string(parsed.error().source().begin.line));
}

std::size_t line_of(const toml::node& node) {
  return node.source().begin.line;
}

std::optional<std::string> argument_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
  if (const auto* number = node.as_floating_point()) return shortest(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  return std::nullopt;
}

std::string found_in(const toml::node& node) {
  if (node.is_string()) return "\"" + *argument_of(node) + "\"";
  if (node.is_table()) return "a table";
  if (node.is_array()) return node.as_array()->empty() ? "an empty list" : "a list";
  return argument_of(node).value_or("a date or a time");
}

const toml::node* PlanTable::find(const char* key) {
  asked_.insert(key);
  return table_.get(key);
}

tl::unexpected<Error> PlanTable::wrong(std::size_t line, const std::string& message) const {
  return fail(ErrorCode::usage, message, file_.string() + (line > 0 ? ":" + std::to_string(line) : ""));
}

tl::unexpected<Error> PlanTable::wrong(const toml::node& node, const std::string& key,
                                       const std::string& expected) const {
  return wrong(line_of(node), name_ + key + ": expected " + expected + ", found " + found_in(node));
}

Result<std::optional<std::string>> PlanTable::string(const char* key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::optional<std::string>();
  if (!node->is_string() || node->as_string()->get().empty()) return wrong(*node, key, "a string");
  return std::optional(node->as_string()->get());
}

Result<std::optional<double>> PlanTable::number(const char* key, double least, double most) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::optional<double>();
  const std::optional<double> value = node->value<double>();
  const bool inside = value && *value >= least && *value <= most;  // not where it is NaN
  if (!node->is_number() || !inside) {
    return wrong(*node, key, "a number from " + shortest(least) + " to " + shortest(most));
  }
  return value;
}

Result<std::optional<std::size_t>> PlanTable::count(const char* key, std::size_t least) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::optional<std::size_t>();
  if (!node->is_integer() || node->as_integer()->get() < static_cast<std::int64_t>(least)) {
    return wrong(*node, key, "a whole number from " + std::to_string(least));
  }
  return std::optional(static_cast<std::size_t>(node->as_integer()->get()));
}

Result<std::optional<std::vector<std::uint64_t>>> PlanTable::whole_numbers(const char* key, std::uint64_t most) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::optional<std::vector<std::uint64_t>>();
  const std::string expected = "a list of different whole numbers from 0 to " + std::to_string(most);
  if (!node->is_array() || node->as_array()->empty()) return wrong(*node, key, expected);
  std::vector<std::uint64_t> numbers;
  for (const toml::node& one : *node->as_array()) {
    const std::int64_t given = one.is_integer() ? one.as_integer()->get() : -1;
    if (given < 0 || static_cast<std::uint64_t>(given) > most) return wrong(one, key, expected);
    const auto number = static_cast<std::uint64_t>(given);
    if (std::ranges::find(numbers, number) != numbers.end()) {
      return wrong(line_of(one), name_ + key + ": expected " + expected + ", found " + found_in(one) + " twice");
    }
    numbers.push_back(number);
  }
  return std::optional(std::move(numbers));
}

Result<std::vector<std::string>> PlanTable::strings(const toml::node& node, const std::string& key) const {
  if (!node.is_array() || node.as_array()->empty()) return wrong(node, key, "a list of strings");
  std::vector<std::string> strings;
  for (const toml::node& one : *node.as_array()) {
    if (!one.is_string()) return wrong(one, key, "a list of strings");
    strings.push_back(one.as_string()->get());
  }
  return strings;
}

Result<const toml::table*> PlanTable::table(const char* key) {
  const toml::node* node = find(key);
  if (node != nullptr && !node->is_table()) return wrong(*node, key, "a table");
  return node == nullptr ? nullptr : node->as_table();
}

std::vector<std::string> PlanTable::others() const {
  std::vector<std::tuple<std::size_t, std::size_t, std::string>> found;
  for (const auto& [key, node] : table_) {
    const toml::source_position at = key.source().begin;
    if (!asked_.contains(key.str())) found.emplace_back(at.line, at.column, key.str());
  }
  std::ranges::sort(found);
  std::vector<std::string> names;
  for (auto& [line, column, name] : found) names.push_back(std::move(name));
  return names;
}

Result<void> PlanTable::no_others() const {
  const std::vector<std::string> found = others();
  if (found.empty()) return {};
  return wrong(line_of(*table_.get(found.front())),
               "expected a key of " + listed(asked_) + "; found " + name_ + found.front());
}

}  // namespace pellucid::compare
