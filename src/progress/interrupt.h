// SIGINT and SIGTERM as a flag that long work polls; a second signal ends the process at once.
#pragma once

#include <sys/types.h>

#include <exception>
#include <functional>

#include "error/error.h"

namespace pellucid {

void catch_interrupts();
bool interrupted();

// The end of `parent`, which started this process, counts as a signal; what is written to it then is no longer read,
// which must not end the work before it is saved.
void end_with_parent(pid_t parent);

// Where something other than our signals ends work (Python catches its own, a request has a deadline): while it lives,
// interrupted() asks `source` on this thread, too. The innermost one is asked.
class InterruptSource {
 public:
  explicit InterruptSource(std::function<bool()> source);
  ~InterruptSource();
  InterruptSource(const InterruptSource&) = delete;
  InterruptSource& operator=(const InterruptSource&) = delete;

 private:
  friend bool interrupted();
  std::function<bool()> source_;
  const InterruptSource* outer_;
};

// Error{interrupted} with `message` if a signal came.
Result<void> check_interrupted(const std::string& message);

// How passes through a model, which return numbers, give up: thrown by stop_if_interrupted() in every layer, caught
// where a command or a batch of the service runs. All other errors are values.
struct Interruption : std::exception {
  const char* what() const noexcept override { return "interrupted; run the command again"; }
};
void stop_if_interrupted();

}  // namespace pellucid
