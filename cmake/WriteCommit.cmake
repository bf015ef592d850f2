# Writes OUT, commit.cpp, where it is not there with this very commit. Run at each build, as the commit may have changed.
# Sources that lie in another project's repository have none.
execute_process(
  COMMAND git rev-parse --show-prefix
  WORKING_DIRECTORY "${SOURCE}" OUTPUT_VARIABLE above OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
execute_process(
  COMMAND git describe --always --abbrev=10 --exclude=* --dirty=+
  WORKING_DIRECTORY "${SOURCE}" OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
if(NOT status EQUAL 0 OR NOT above STREQUAL "")
  set(commit "")
endif()
file(CONFIGURE OUTPUT "${OUT}" CONTENT [[
#include "version/version.h"

std::string_view pellucid::commit() {
  return "@commit@";
}
]] @ONLY)
