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
struct MethodArguments {
  std::size_t samples = 0, steps = 0;  // 0: the method's own
  std::string baseline = "mask";
};
void add_method_arguments(CLI::App& command, MethodArguments& arguments);

// Sets `options`; an option that none of the methods looks at is an error.
Result<void> set_options(const MethodArguments& arguments, std::span<const Method* const> methods,
                         MethodOptions& options);

}  // namespace pellucid
