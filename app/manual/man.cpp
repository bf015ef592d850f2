// Man pages: roff with the macros of man(7).
#include "command.h"
#include "version/version.h"

namespace pellucid {
namespace {

// As text of a line: no control lines, no escapes, hyphens that can be copied.
std::string escaped(const std::string& text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_begins = c == '\n';
  }
  return out;
}

std::string bold(const std::string& text) {
  return "\\fB" + escaped(text) + "\\fR";
}
std::string italic(const std::string& text) {
  return "\\fI" + escaped(text) + "\\fR";
}

std::string value_of(const ManualOption& option) {
  if (!option.choices.empty()) {
    std::string all;
    for (const std::string& choice : option.choices) all += (all.empty() ? "" : "|") + bold(choice);
    return all;
  }
  return italic(option.name);
}

std::string options_of(const ManualCommand& command) {
  std::string out;
  const auto add = [&](const std::string& head, const ManualOption& option) {
    out += ".TP\n" + head + "\n" + escaped(option.summary) + "\n";
    if (!option.otherwise.empty()) out += "Default: " + bold(option.otherwise) + ".\n";
    if (option.required && !option.names.empty()) out += "Required.\n";
  };
  for (const ManualOption& argument : command.arguments) {
    add(italic(argument.name) + (argument.repeated ? " ..." : ""), argument);
  }
  for (const ManualOption& option : command.options) {
    std::string head;
    for (const std::string& name : option.names) head += (head.empty() ? "" : ", ") + bold(name);
    if (option.takes_value) head += " " + value_of(option) + (option.repeated ? " ..." : "");
    add(head, option);
  }
  return out;
}

std::string synopsis_of(const ManualCommand& command) {
  std::string out = bold(command.joined(" ")) + " [" + italic("options") + "]";
  for (const ManualOption& argument : command.arguments) {
    const std::string name = italic(argument.name) + (argument.repeated ? " ..." : "");
    out += " " + (argument.required ? name : "[" + name + "]");
  }
  if (!command.commands.empty()) out += " " + italic("command") + " ...";
  return out + "\n";
}

std::string footer_of(const ManualCommand& command) {
  const std::size_t end = command.footer.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  return ".PP\n.nf\n" + escaped(command.footer.substr(0, end + 1)) + "\n.fi\n";
}

}  // namespace

std::string man_page(const ManualCommand& command, const std::vector<std::string>& others) {
  const std::string name = command.joined("-");
  std::string out = ".TH \"" + escaped(name) + "\" 1 \"\" \"pellucid " + std::string(version()) +
                    "\" \"pellucid\"\n.SH NAME\n" + escaped(name) + " \\- " + escaped(command.summary) +
                    "\n.SH SYNOPSIS\n" + synopsis_of(command) + ".SH OPTIONS\n" + options_of(command) +
                    footer_of(command);
  const bool program = command.path.size() == 1;
  if (!command.commands.empty()) out += ".SH COMMANDS\n";
  for (const ManualCommand& one : command.commands) {
    if (program) {
      out += ".TP\n" + bold(one.joined("-")) + "(1)\n" + escaped(one.summary) + "\n";
    } else {
      out += ".SS " + one.path.back() + "\n" + synopsis_of(one) + ".PP\n" + escaped(one.summary) + "\n" +
             options_of(one) + footer_of(one);
    }
  }
  out += ".SH EXIT STATUS\n0 fine, 1 failed, 2 wrong usage, 130 interrupted.\n.SH SEE ALSO\n";
  for (std::size_t i = 0; i < others.size(); ++i) {
    out += (i > 0 ? ",\n" : "") + bold(others[i]) + "(1)";
  }
  return out + "\n";
}

}  // namespace pellucid
