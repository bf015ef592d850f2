// A stage of a tokenizer.json, read by what its "type" names. Internal to the text layer.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "error/error.h"
#include "error/listed.h"
#include "files/json.h"

namespace pellucid {

template <class Stage>
using StageReader = Result<Stage> (*)(const nlohmann::json& description, const std::string& where);

// `stage`: "a normalizer", as messages call it.
template <class Stage, std::size_t kSize>
Result<Stage> read_stage(const std::pair<std::string_view, StageReader<Stage>> (&readers)[kSize], const char* stage,
                         const nlohmann::json& description, const std::string& where) {
  const std::string type = description.value("type", std::string("none"));
  for (const auto& [name, reader] : readers) {
    if (type == name) return reader(description, where);
  }
  return fail(ErrorCode::unsupported,
              std::string("expected ") + stage + " that is one of " +
                  listed(readers, [](const auto& known) { return known.first; }) + "; found " + type +
                  "; this tokenizer is not supported",
              where);
}

}  // namespace pellucid
