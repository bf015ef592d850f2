#include "version/version.h"

namespace pellucid {

std::string_view version() {
  return PELLUCID_VERSION;
}

}  // namespace pellucid
