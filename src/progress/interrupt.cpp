#include "progress/interrupt.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace pellucid {
namespace {

volatile std::sig_atomic_t signalled = 0;
thread_local const InterruptSource* innermost = nullptr;

extern "C" void on_signal(int number) {
  if (signalled != 0) {
    // The second one: back to the default action, which ends the process as soon as we return.
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
  signalled = 1;
}

// However often it comes: each thread of a parent that ends sends one.
extern "C" void on_end_of_parent(int /*number*/) {
  signalled = 1;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a read that waits for a pipe or the keyboard must return, not start again.
  action.sa_flags = 0;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of write(), with a message
}

void end_with_parent(pid_t parent) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, on_end_of_parent);
  ::prctl(PR_SET_PDEATHSIG, SIGHUP);
  if (::kill(parent, 0) != 0 && errno == ESRCH) std::raise(SIGHUP);  // it has ended already
}

InterruptSource::InterruptSource(std::function<bool()> source)
    : source_(std::move(source)), outer_(std::exchange(innermost, this)) {}

InterruptSource::~InterruptSource() {
  innermost = outer_;
}

bool interrupted() {
  return signalled != 0 || (innermost != nullptr && innermost->source_());
}

Result<void> check_interrupted(const std::string& message) {
  if (interrupted()) return fail(ErrorCode::interrupted, message);
  return {};
}

void stop_if_interrupted() {
  if (interrupted()) throw Interruption();
}

}  // namespace pellucid
