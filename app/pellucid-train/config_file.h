// train --config FILE.toml: options by the names that the command line has. CLI11 reads such files for a program, not
// for its subcommands.
#pragma once

#include <string>
#include <vector>

#include "error/error.h"

namespace pellucid {

// The program's arguments with those of the file that `train --config` names, where it names one: the command line
// wins.
Result<std::vector<std::string>> with_config(std::vector<std::string> arguments);

}  // namespace pellucid
