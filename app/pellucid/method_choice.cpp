#include "method_choice.h"

#include <CLI/CLI.hpp>

#include "error/listed.h"
#include "evaluate/method_comparison.h"
#include "usage.h"

namespace pellucid {
namespace {

std::string samples_help() {
  std::string help = "What methods draw at random [";
  for (const Method& method : methods()) {
    if (method.samples != 0)
      help += (help.back() == '[' ? "" : ", ") + std::string(method.name) + " " + std::to_string(method.samples);
  }
  return help + "]";
}

}  // namespace

void add_methods_argument(CLI::App& command, std::vector<std::string>& methods) {
  command.add_option("--methods", methods, "Explaining methods to measure, or all [" + listed(kUsualMethods) + "]")
      ->delimiter(',')
      ->allow_extra_args(false);
}

void add_method_arguments(CLI::App& command, MethodArguments& arguments) {
  command.add_option("--samples", arguments.samples, samples_help())->check(positive());
  command
      .add_option("--steps", arguments.steps,
                  "Steps of attattr and integrated-gradients, exactly [20; integrated-gradients more where they do not "
                  "add up]")
      ->check(positive());
  command.add_option("--baseline", arguments.baseline, "Where integrated-gradients begins: mask, pad or zero")
      ->capture_default_str();
}

}  // namespace pellucid
