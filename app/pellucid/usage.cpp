#include "usage.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "error/listed.h"
#include "report/escape.h"

namespace pellucid {
namespace {

template <class Right>
CLI::Validator number(const char* expected, const Right& right, const char* shown_as = "") {
  return CLI::Validator(
      [expected, right](const std::string& text) {
        double value = 0;
        if (CLI::detail::lexical_cast(text, value) && right(value)) return std::string();
        return std::string("expected ") + expected + ", found " + text;
      },
      shown_as);
}

template <class Number>
bool is_whole(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.size() > 1 && digits.starts_with('0')) return false;
  Number value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size();
}

std::string whole(const std::string& text) {
  return is_whole<std::int64_t>(text) ? "" : "expected a whole number, found " + text;
}

std::string count(const std::string& text) {
  return is_whole<std::uint64_t>(text) ? "" : "expected a whole number from 0 to 18446744073709551615, found " + text;
}

std::string something(const std::string& text) {
  return text.empty() ? "expected a value, found an empty one" : "";
}

// The command that the words reached: the last of the programs and subcommands named.
std::vector<const CLI::App*> reached(const CLI::App& app) {
  std::vector<const CLI::App*> path = {&app};
  while (!path.back()->get_subcommands().empty()) path.push_back(path.back()->get_subcommands().front());
  return path;
}

std::string what_is_wrong(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = *reached(app).back();
  const std::vector<std::string> left = app.remaining(/*recurse=*/true);
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && command.get_require_subcommand_min() > 0) {
    const auto known = command.get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); });
    return "expected a command: one of " + listed(known, [](const CLI::App* one) { return one->get_name(); }) +
           "; found " + (left.empty() ? "none" : "'" + left.front() + "'");
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !left.empty()) {
    std::string all;
    for (const std::string& word : left) all += " " + word;
    return "expected no further arguments, found:" + all;
  }
  return error.what();
}

}  // namespace

const CLI::Validator& positive() {
  static const CLI::Validator check = number("a number above 0", [](double value) { return value > 0; }, "POSITIVE");
  return check;
}

const CLI::Validator& not_negative() {
  static const CLI::Validator check =
      number("a number from 0 on", [](double value) { return value >= 0; }, "NONNEGATIVE");
  return check;
}

void check_values(CLI::App& app) {
  const CLI::Validator finite = number("a finite number", [](double value) { return std::isfinite(value); });
  for (CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    if (type.starts_with("FLOAT")) option->check(finite);
    if (type.starts_with("INT")) option->check(CLI::Validator(whole, ""));
    if (type.starts_with("UINT")) option->check(CLI::Validator(count, ""));
    if (type.starts_with("TEXT") && !option->check_lname("text")) option->check(CLI::Validator(something, ""));
  }
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) check_values(*command);
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_lnames().empty() || option->check_lname("help")) continue;
    names.push_back(option->get_lnames().front());
  }
  return names;
}

std::string set_option(CLI::Option& option, const std::string& value) {
  try {
    option.clear();
    option.add_result(value);
    option.run_callback();
    return "";
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
}

int parse(CLI::App& app, std::vector<std::string> arguments) {
  // CLI11 would take the next word for what follows the sign.
  for (const std::string& word : arguments) {
    if (word == "--") break;
    if (word.size() < 3 || !word.starts_with("--") || word.find('=') != word.size() - 1) continue;
    std::fprintf(stderr, "pellucid: %s: expected a value, found an empty one\n",
                 one_line(word.substr(0, word.size() - 1)).c_str());
    return 2;
  }
  try {
    std::ranges::reverse(arguments);  // as CLI11 takes them
    app.parse(std::move(arguments));
    return 0;
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    std::string command;
    for (const CLI::App* one : reached(app)) command += one->get_name() + " ";
    std::fprintf(stderr, "pellucid: %s; %s--help says what it takes\n", one_line(what_is_wrong(app, error)).c_str(),
                 command.c_str());
    return 2;
  }
}

}  // namespace pellucid
