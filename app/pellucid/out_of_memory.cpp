#include "out_of_memory.h"

#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <string_view>

namespace pellucid {
namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20;
constexpr std::size_t kLittle = 16 * kMegabyte;  // what oneDNN asks for at once is less

// Text in a place of its own: whoever lacks memory cannot ask for some.
class Line {
 public:
  Line& operator<<(std::string_view text) {
    text = text.substr(0, text_.size() - size_);
    std::ranges::copy(text, text_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += text.size();
    return *this;
  }
  Line& operator<<(std::size_t number) {
    std::array<char, 20> digits;
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return *this << std::string_view(digits.data(), end);
  }
  void print() const { (void)!::write(STDERR_FILENO, text_.data(), size_); }

 private:
  std::array<char, 512> text_;
  std::size_t size_ = 0;
};

// Bytes of addresses that /proc/self/status names so ("VmSize:", "VmPeak:"); 0 if the system does not say.
std::size_t addresses(std::string_view name) {
  const int file = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  std::array<char, 2048> buffer;
  const ssize_t size = ::read(file, buffer.data(), buffer.size());
  ::close(file);
  const std::string_view text(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::size_t place = std::min(text.find(name), text.size());
  const std::size_t digits = std::min(text.find_first_of("0123456789", place), text.size());
  std::size_t kilobytes = 0;
  std::from_chars(text.data() + digits, text.data() + text.size(), kilobytes);
  return kilobytes << 10;
}

// Bytes of addresses that the process may have; none: as many as there are.
std::optional<std::size_t> limit_to_addresses() {
  rlimit limit;
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

// Now, or a moment ago: another thread that met the lack has given back what it had.
bool memory_is_short() {
  const std::optional<std::size_t> limit = limit_to_addresses();
  if (limit && addresses("VmPeak:") + kLittle > *limit) return true;
  void* some = ::mmap(nullptr, kLittle, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return some == MAP_FAILED || ::munmap(some, kLittle) != 0;
}

[[noreturn]] void end_out_of_memory() {
  static std::atomic_flag said;
  while (said.test_and_set()) ::pause();  // another thread does
  say_out_of_memory();
  ::_exit(1);
}

std::terminate_handler usual_terminate = nullptr;

[[noreturn]] void on_terminate() {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    end_out_of_memory();
  } catch (...) {
    usual_terminate();  // a bug
  }
  usual_terminate();  // thrown by nobody
  ::_exit(1);
}

extern "C" void on_fault(int number) {
  if (memory_is_short()) end_out_of_memory();
  ::signal(number, SIG_DFL);
  ::raise(number);
}

}  // namespace

void say_out_of_memory() {
  Line line;
  line << "pellucid: expected more memory than the " << addresses("VmSize:") / kMegabyte
       << " MB in use, found that the system gives none";
  if (const auto limit = limit_to_addresses()) line << " (ulimit -v allows " << *limit / kMegabyte << " MB)";
  line << "; a smaller --batch-tokens or fewer --threads need less\n";
  line.print();
}

void limit_arenas(int most) {
  ::mallopt(M_ARENA_MAX, limit_to_addresses() ? 1 : most);
}

void catch_out_of_memory() {
  if (limit_to_addresses()) limit_arenas(1);
  usual_terminate = std::set_terminate(on_terminate);
  // The C library loads what unwinds its own frames when it first needs that: too late.
  void* frame = nullptr;
  ::backtrace(&frame, 1);
  // The main thread's stack may be what cannot grow.
  static std::array<std::byte, std::size_t{16} << 10> stack;
  const stack_t elsewhere = {.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  ::sigaltstack(&elsewhere, nullptr);
  struct sigaction before = {};
  if (::sigaction(SIGSEGV, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) return;  // a sanitizer's
  struct sigaction action = {};
  action.sa_handler = on_fault;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace pellucid
