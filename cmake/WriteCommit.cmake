# Writes OUT, commit.cpp, where it is not there with this very commit. Run at each build, as the commit may have changed.
execute_process(
  COMMAND git describe --always --abbrev=10 --exclude=* --dirty=+
  WORKING_DIRECTORY "${SOURCE}" OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  set(commit "")
endif()
file(CONFIGURE OUTPUT "${OUT}" CONTENT [[
#include "version/version.h"

std::string_view pellucid::commit() {
  return "@commit@";
}
]] @ONLY)
