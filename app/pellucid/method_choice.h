// Which explaining methods a command runs, and how.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "attribution/method.h"
#include "error/error.h"

namespace CLI {
class App;
}

namespace pellucid {

// --methods, for commands that set methods side by side.
void add_methods_argument(CLI::App& command, std::vector<std::string>& methods);

// Those named; `all` that apply to the classifier; where none is named the usual ones that apply.
Result<std::vector<const Method*>> chosen_methods(const std::vector<std::string>& names, const Classifier& classifier);

// --samples, --steps, --baseline.
void add_method_arguments(CLI::App& command, MethodArguments& arguments);

}  // namespace pellucid
