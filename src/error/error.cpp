#include "error/error.h"

namespace pellucid {

std::string describe(const Error& error) {
  return error.where.empty() ? error.message : error.where + ": " + error.message;
}

int exit_status(const Error& error) {
  switch (error.code) {
    case ErrorCode::usage: return 2;
    case ErrorCode::interrupted: return 130;
    default: return 1;
  }
}

}  // namespace pellucid
