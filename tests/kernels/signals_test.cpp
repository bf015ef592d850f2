// A signal that comes while products are computed finds the thread on its own stack: what its handler writes below the
// stack pointer would else be written over the heap.
#include <gtest/gtest.h>

#if defined(__linux__) && defined(__x86_64__)

#include <omp.h>
#include <pthread.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <vector>

#include "kernels/linear.h"
#include "kernels/random_values.h"

namespace pellucid {
namespace {

std::atomic<std::uintptr_t> stack_begin, stack_end;
std::atomic<int> signals, elsewhere;

extern "C" void note_stack(int /*number*/, siginfo_t* /*from*/, void* context) {
  const auto at = static_cast<std::uintptr_t>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RSP]);
  ++signals;
  if (at < stack_begin || at >= stack_end) ++elsewhere;
}

// This thread's stack, and one of its own for the handler, which so does no harm where the thread's is not there.
class WatchedStack {
 public:
  WatchedStack() {
    pthread_attr_t attributes;
    void* begin = nullptr;
    std::size_t size = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &begin, &size);
    pthread_attr_destroy(&attributes);
    stack_begin = reinterpret_cast<std::uintptr_t>(begin);
    stack_end = stack_begin + size;

    const stack_t own = {.ss_sp = memory_.data(), .ss_flags = 0, .ss_size = memory_.size()};
    sigaltstack(&own, &stack_before_);
    struct sigaction action = {};
    action.sa_sigaction = note_stack;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigaction(SIGPROF, &action, &action_before_);
    // To this thread: the process's signals would go to another one while this one lets them wait.
    sigevent here = {};
    here.sigev_notify = SIGEV_THREAD_ID;
    here.sigev_signo = SIGPROF;
    here._sigev_un._tid = gettid();
    timer_create(CLOCK_THREAD_CPUTIME_ID, &here, &timer_);
    const itimerspec often = {.it_interval = {0, 1'000'000}, .it_value = {0, 1'000'000}};
    timer_settime(timer_, 0, &often, nullptr);
  }
  ~WatchedStack() {
    timer_delete(timer_);
    sigaction(SIGPROF, &action_before_, nullptr);
    sigaltstack(&stack_before_, nullptr);
  }

 private:
  std::array<char, 1 << 16> memory_;
  stack_t stack_before_;
  struct sigaction action_before_;
  timer_t timer_;
};

TEST(Signals, FindTheThreadOnItsStack) {
  constexpr std::size_t kRows = 512, kIn = 384, kOut = 1536;
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const Linear linear(random_values(kOut * kIn, 1), random_values(kOut, 2), Precision::fp32);
  const std::vector<float> x = random_values(kRows * kIn, 3);
  std::vector<float> y(kRows * kOut), d_x(kRows * kIn), d_weight(kOut * kIn);
  signals = elsewhere = 0;
  {
    const WatchedStack watched;
    while (signals < 100) {  // the timer counts the time that this thread computes
      linear.forward(x, y);
      linear.backward(y, d_x);
      add_weight_gradient(y, x, kOut, d_weight);
    }
  }
  omp_set_num_threads(threads);
  EXPECT_EQ(elsewhere, 0) << "of " << signals;
}

}  // namespace
}  // namespace pellucid

#endif
