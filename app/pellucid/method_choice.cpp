#include "method_choice.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace pellucid {
namespace {

constexpr std::string_view kUsualMethods[] = {"decomposition", "attention-attribution", "gradient-x-input", "random"};

}  // namespace

void add_methods_argument(CLI::App& command, std::vector<std::string>& methods) {
  std::string usual;
  for (const std::string_view name : kUsualMethods) usual += (usual.empty() ? "" : ", ") + std::string(name);
  command.add_option("--methods", methods, "Explaining methods to measure, or all [" + usual + "]")
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
    if (names.empty() && std::ranges::find(kUsualMethods, method->name) != std::end(kUsualMethods)) {
      chosen.push_back(method);
    }
  }
  return chosen;
}

}  // namespace pellucid
