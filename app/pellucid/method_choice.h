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

// --methods, for commands that set methods side by side (evaluate/method_comparison.h chooses them).
void add_methods_argument(CLI::App& command, std::vector<std::string>& methods);

// --samples, --steps, --baseline.
void add_method_arguments(CLI::App& command, MethodArguments& arguments);

}  // namespace pellucid
