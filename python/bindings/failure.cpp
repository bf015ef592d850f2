#include "failure.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <string>

namespace nb = nanobind;

namespace pellucid::python {
namespace {

const char* name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage: return "usage";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::io: return "io";
    case ErrorCode::format: return "format";
    case ErrorCode::limit: return "limit";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::numeric: return "numeric";
    case ErrorCode::interrupted: return "interrupted";
  }
  return "";
}

// "--max-length" is the argument max_length.
std::string argument_of(std::string where) {
  if (!where.starts_with("--") || where.find(' ') != std::string::npos) return where;
  where.erase(0, 2);
  std::ranges::replace(where, '-', '_');
  return where;
}

}  // namespace

void raise(const Error& error) {
  if (error.code != ErrorCode::interrupted || PyErr_Occurred() == nullptr) {
    const Error named{error.code, error.message, argument_of(error.where)};
    const nb::object type = nb::module_::import_("pellucid.errors").attr("Error");
    const nb::object exception = type(describe(named), name_of(error.code), named.where);
    PyErr_SetObject(type.ptr(), exception.ptr());
  }
  throw nb::python_error();
}

}  // namespace pellucid::python
