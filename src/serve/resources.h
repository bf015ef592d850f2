// The files of src/serve/page, compiled into the program.
#pragma once

#include <string_view>

namespace pellucid {

struct Resource {
  std::string_view path;  // as it is asked for: "/" is the page
  const char* type;
  std::string_view content;
};

const Resource* find_resource(std::string_view path);  // nullptr: there is none

}  // namespace pellucid
