// What every command says of arguments that it cannot take: one line, like other errors, and exit status 2.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace pellucid {

// Numbers with a sign that they must have, told in words; CLI11's own checks give their limits in 309 digits.
const CLI::Validator& positive();
const CLI::Validator& not_negative();

// After all options are added, before parsing: values that CLI11 takes as something else. A number that is not finite;
// a whole number with a sign it cannot have, with more than 64 bits, or in octal; nothing at all, as an unset variable
// of a script gives it, but for a text to be read.
void check_values(CLI::App& app);

// Of options that come from a file: their names, --help apart.
std::vector<std::string> option_names(const CLI::App& command);
// Gives the option this value, as a word of the command line would; what keeps it from that, "" where nothing does.
std::string set_option(CLI::Option& option, const std::string& value);

// Parses, and runs what was asked for. The exit status: 2 where it could not be understood, else 0.
int parse(CLI::App& app, std::vector<std::string> arguments);

}  // namespace pellucid
