#include "report/tool.h"

#include <nlohmann/json.hpp>

namespace pellucid {

nlohmann::ordered_json json_of(const Tool& tool) {
  return {{"version", tool.version}, {"commit", tool.commit}, {"machine", tool.machine}, {"command", tool.command}};
}

std::string text_of(const Tool& tool) {
  return tool.version + (tool.commit.empty() ? "" : " (commit " + tool.commit + ")") +
         (tool.machine.empty() ? "" : " on " + tool.machine);
}

}  // namespace pellucid
