// Completions of bash, zsh and fish. Each finds the command among the words that stand there already, and offers its
// options, its commands, the values of an option that has few, and files otherwise.
#include <CLI/CLI.hpp>

#include "command.h"

namespace pellucid {
namespace {

std::string joined(const std::vector<std::string>& words) {
  return CLI::detail::join(words, " ");
}

// In single quotes, for any of the shells.
std::string in_quotes(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The first line; summaries of some options go on.
std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// Shell code that leaves in `at` which command the words before the one under the cursor name: bash and zsh.
std::string find_path(const ManualCommand& program, const std::string& words) {
  std::string known;
  for (const ManualCommand* command : with_descendants(program)) {
    if (command->path.size() > 1) known += (known.empty() ? "" : "|") + in_quotes(command->joined(" "));
  }
  return "  local at=" + program.path[0] + " word\n  for word in " + words + "; do\n    case \"$at $word\" in\n      " +
         known + ") at=\"$at $word\" ;;\n    esac\n  done\n";
}

}  // namespace

std::string bash_completion(const ManualCommand& program) {
  std::string values;
  std::string words;
  for (const ManualCommand* command : with_descendants(program)) {
    std::vector<std::string> offered;
    for (const ManualOption& option : command->options) {
      offered.insert(offered.end(), option.names.begin(), option.names.end());
      if (option.choices.empty()) continue;
      for (const std::string& name : option.names) {
        values += "    " + in_quotes(command->joined(" ") + " " + name) + ") COMPREPLY=($(compgen -W " +
                  in_quotes(joined(option.choices)) + " -- \"$current\")); return ;;\n";
      }
    }
    for (const ManualCommand& one : command->commands) offered.push_back(one.path.back());
    words += "    " + in_quotes(command->joined(" ")) + ") words=" + in_quotes(joined(offered));
    if (command->commands.empty()) words += "; [[ $current == -* ]] || return";  // to files
    words += " ;;\n";
  }
  return "# bash completion for pellucid; written from its commands' definitions.\n_pellucid() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words\n" +
         find_path(program, "\"${COMP_WORDS[@]:1:COMP_CWORD - 1}\"") + "  COMPREPLY=()\n  case \"$at $previous\" in\n" +
         values + "  esac\n  case \"$at\" in\n" + words +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\ncomplete -o default -F _pellucid pellucid\n";
}

std::string zsh_completion(const ManualCommand& program) {
  // [, ] and : divide the parts of _arguments' specifications.
  const auto plain = [](const std::string& text) {
    std::string out;
    for (const char c : first_line(text)) {
      if (c == '[' || c == ']' || c == ':') out += '\\';
      out += c;
    }
    return out;
  };
  std::string cases;
  for (const ManualCommand* command : with_descendants(program)) {
    std::string specifications;
    for (const ManualOption& option : command->options) {
      for (const std::string& name : option.names) {
        std::string text = (option.repeated ? "*" : "") + name +
                           (option.takes_value && name.starts_with("--") ? "=" : "") + "[" + plain(option.summary) +
                           "]";
        if (option.takes_value) {
          text += ":" + option.name + ":" + (option.choices.empty() ? "_files" : "(" + joined(option.choices) + ")");
        }
        specifications += " \\\n        " + in_quotes(text);
      }
    }
    if (command->commands.empty()) {
      specifications += " \\\n        '*:file:_files'";
    } else {
      std::string names;
      for (const ManualCommand& one : command->commands) {
        std::string summary = first_line(one.summary);
        std::erase(summary, '"');
        names += (names.empty() ? "" : " ") + one.path.back() + "\\:\"" + plain(summary) + "\"";
      }
      specifications += " \\\n        " + in_quotes("*::command:((" + names + "))");
    }
    cases += "    " + in_quotes(command->joined(" ")) + ")\n      _arguments -S" + specifications + "\n      ;;\n";
  }
  return "#compdef pellucid\n# zsh completion for pellucid; written from its commands' definitions.\n_pellucid() {\n" +
         find_path(program, "\"${(@)words[2,CURRENT-1]}\"") + "  case \"$at\" in\n" + cases +
         "  esac\n}\n_pellucid \"$@\"\n";
}

std::string fish_completion(const ManualCommand& program) {
  std::string out = "# fish completion for pellucid; written from its commands' definitions.\n";
  for (const ManualCommand* command : with_descendants(program)) {
    std::string condition;
    for (std::size_t i = 1; i < command->path.size(); ++i) {
      condition += (i > 1 ? "; and " : "") + std::string("__fish_seen_subcommand_from ") + command->path[i];
    }
    std::vector<std::string> next;
    for (const ManualCommand& one : command->commands) next.push_back(one.path.back());
    if (!next.empty()) {
      condition +=
          (condition.empty() ? "not " : "; and not ") + std::string("__fish_seen_subcommand_from ") + joined(next);
    }
    const std::string begin = "complete -c " + program.path[0] + " -n " + in_quotes(condition);
    for (const ManualCommand& one : command->commands) {
      out += begin + " -f -a " + one.path.back() + " -d " + in_quotes(first_line(one.summary)) + "\n";
    }
    for (const ManualOption& option : command->options) {
      out += begin;
      for (const std::string& name : option.names) {
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (option.takes_value) out += option.choices.empty() ? " -r" : " -x -a " + in_quotes(joined(option.choices));
      out += " -d " + in_quotes(first_line(option.summary)) + "\n";
    }
  }
  return out;
}

}  // namespace pellucid
