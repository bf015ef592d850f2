// The one error type that everything a user's input can reach returns, carried by Result<T>.
// Exceptions are for bugs alone.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace pellucid {

enum class ErrorCode {
  usage,        // the command line or an option is wrong
  not_found,    // a file, folder, tensor or name does not exist
  io,           // the system refused: permission, full disk, broken pipe
  format,       // the content is not what its format promises
  limit,        // the content is well-formed but larger than what is accepted
  unsupported,  // valid elsewhere, not handled here
  numeric,      // NaN or infinity where a number was expected
  interrupted,  // SIGINT or SIGTERM; state was saved
};

struct Error {
  ErrorCode code = ErrorCode::format;
  std::string message;  // what was expected, what was found, what to do
  std::string where;    // "file:line", "file: byte N", a tensor's name; empty if nowhere
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string where = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(where)});
}

// One line for people: "where: message".
std::string describe(const Error& error);

// 2 for usage, 130 for interrupted, 1 for the rest.
int exit_status(const Error& error);

}  // namespace pellucid

#define PELLUCID_JOIN_(a, b) a##b
#define PELLUCID_JOIN(a, b) PELLUCID_JOIN_(a, b)

// PELLUCID_TRY(auto value, expression): declares `value`, or returns the expression's error.
#define PELLUCID_TRY(declaration, ...)                                                                               \
  auto PELLUCID_JOIN(result_, __LINE__) = (__VA_ARGS__);                                                             \
  if (!PELLUCID_JOIN(result_, __LINE__)) return tl::unexpected(std::move(PELLUCID_JOIN(result_, __LINE__)).error()); \
  declaration = *std::move(PELLUCID_JOIN(result_, __LINE__))

// PELLUCID_CHECK(expression): for Result<void>.
#define PELLUCID_CHECK(...) \
  if (auto checked = (__VA_ARGS__); !checked) return tl::unexpected(std::move(checked).error())
