#include "progress/interrupt.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>

namespace pellucid {
namespace {

// The wait status of a child that runs `work` and exits with its result: signals end processes.
int status_of(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// The process waits for something, as /proc shows it.
bool sleeps(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return text.find(") S ") != std::string::npos;
}

TEST(InterruptSource, IsAskedWhileItLivesOnItsThread) {
  EXPECT_FALSE(interrupted());
  bool stop = false;
  {
    const InterruptSource outer([&] { return stop; });
    EXPECT_NO_THROW(stop_if_interrupted());
    stop = true;
    EXPECT_THROW(stop_if_interrupted(), Interruption);
    std::thread([] { EXPECT_FALSE(interrupted()); }).join();
    {
      const InterruptSource inner([] { return false; });
      EXPECT_FALSE(interrupted());
    }
    EXPECT_TRUE(interrupted());
  }
  EXPECT_FALSE(interrupted());
}

class Interrupt : public ::testing::TestWithParam<int> {};

TEST_P(Interrupt, FirstSignalSetsTheFlag) {
  const int status = status_of([&] {
    catch_interrupts();
    if (interrupted() || !check_interrupted("stopped")) return 1;
    ::raise(GetParam());
    const Result<void> result = check_interrupted("stopped");
    const bool right = interrupted() && !result && result.error().code == ErrorCode::interrupted &&
                       describe(result.error()) == "stopped";
    return right ? 0 : 2;
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_P(Interrupt, PassesGiveUp) {
  const int status = status_of([&] {
    catch_interrupts();
    stop_if_interrupted();
    ::raise(GetParam());
    try {
      stop_if_interrupted();
    } catch (const Interruption&) {
      return 0;
    }
    return 1;
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_P(Interrupt, SecondSignalEndsTheProcess) {
  for (const int first : {SIGINT, SIGTERM}) {
    const int status = status_of([&] {
      catch_interrupts();
      ::raise(first);
      ::raise(GetParam());
      return 0;
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), GetParam());
  }
}

TEST_P(Interrupt, EndsAReadThatWaits) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int status = status_of([&] {
    catch_interrupts();
    const pid_t self = ::getpid();
    if (::fork() == 0) {
      while (!sleeps(self)) ::usleep(1000);
      ::kill(self, GetParam());
      ::_exit(0);
    }
    char byte;
    return ::read(ends[0], &byte, 1) < 0 && interrupted() ? 0 : 1;
  });
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

INSTANTIATE_TEST_SUITE_P(Signals, Interrupt, ::testing::Values(SIGINT, SIGTERM));

}  // namespace
}  // namespace pellucid
