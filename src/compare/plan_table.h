// A table of a plan, read key by key: wrong types and keys that nobody asked for are errors with file, line, key, what
// was expected and what was found. Internal to what reads plans.
#pragma once

// Header-only, errors as values: nothing to link, nothing thrown.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "error/error.h"

namespace pellucid::compare {

// What `file` holds; where it is no TOML, an error with the line.
Result<toml::table> parse_toml(const std::string& text, const std::filesystem::path& file);

class PlanTable {
 public:
  // `name` in front of keys in messages: "faithfulness.", or nothing.
  PlanTable(const toml::table& table, std::filesystem::path file, std::string name)
      : table_(table), file_(std::move(file)), name_(std::move(name)) {}

  // Each returns what the key holds, nullopt where it is not there.
  Result<std::optional<std::string>> string(const char* key);
  Result<std::optional<double>> number(const char* key, double least, double most);
  Result<std::optional<std::size_t>> count(const char* key, std::size_t least);
  Result<std::optional<std::vector<std::uint64_t>>> whole_numbers(const char* key, std::uint64_t most);
  Result<const toml::table*> table(const char* key);  // nullptr: not there
  const toml::node* find(const char* key);
  Result<std::vector<std::string>> strings(const toml::node& node, const std::string& key) const;  // in a node found

  // Keys not asked for so far; `known` ends the message.
  Result<void> no_others() const;
  std::vector<std::string> others() const;  // in the order of the file

  tl::unexpected<Error> wrong(const toml::node& node, const std::string& key, const std::string& expected) const;
  tl::unexpected<Error> wrong(std::size_t line, const std::string& message) const;

 private:
  const toml::table& table_;
  std::filesystem::path file_;
  std::string name_;
  std::set<std::string, std::less<>> asked_;
};

std::size_t line_of(const toml::node& node);
// A number, a string, true or false as a command line has it; nullopt for what is none of these.
std::optional<std::string> argument_of(const toml::node& node);
std::string found_in(const toml::node& node);  // "the number 3", "a list"

}  // namespace pellucid::compare
