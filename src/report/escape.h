// What strangers wrote, for HTML and XML. Shared by every report.
#pragma once

#include <string>
#include <string_view>

#include "text/visible.h"

namespace pellucid {

// visible(), and & < > " ' as entities: for HTML and XML, as text or as a quoted attribute.
std::string escape_markup(std::string_view text);

}  // namespace pellucid
