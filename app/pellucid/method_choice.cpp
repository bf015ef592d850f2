#include "method_choice.h"
#include "error/listed.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace pellucid {
namespace {

constexpr std::string_view kUsualMethods[] = {kDefaultMethod, kReportMethod, "attention-attribution",
                                              "gradient-x-input", "random"};

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

Result<std::vector<const Method*>> chosen_methods(const std::vector<std::string>& names, const Classifier& classifier) {
  if (names == std::vector<std::string>{"all"}) return methods_for(classifier);
  std::vector<const Method*> chosen;
  for (const std::string& name : names) {
    PELLUCID_TRY(const Method* method, find_method(name));
    chosen.push_back(method);
  }
  for (const Method* method : methods_for(classifier)) {
    const bool usual = std::ranges::find(kUsualMethods, method->name) != std::end(kUsualMethods);
    if (names.empty() && (usual || method == &default_method(classifier))) chosen.push_back(method);
  }
  return chosen;
}

void add_method_arguments(CLI::App& command, MethodArguments& arguments) {
  command.add_option("--samples", arguments.samples, samples_help())->check(CLI::PositiveNumber);
  command
      .add_option("--steps", arguments.steps,
                  "Steps of attattr and integrated-gradients, exactly [20; integrated-gradients more where they do not "
                  "add up]")
      ->check(CLI::PositiveNumber);
  command.add_option("--baseline", arguments.baseline, "Where integrated-gradients begins: mask, pad or zero")
      ->capture_default_str();
}

}  // namespace pellucid
