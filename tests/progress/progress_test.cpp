#include "progress/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace pellucid {
namespace {

// What `work` writes to stderr while stderr is a terminal of `columns` columns.
std::string on_terminal(unsigned short columns, const std::function<void()>& work) {
  ::setenv("TERM", "xterm", 1);
  const int keeper = ::posix_openpt(O_RDWR | O_NOCTTY);
  ::grantpt(keeper);
  ::unlockpt(keeper);
  const int terminal = ::open(::ptsname(keeper), O_RDWR | O_NOCTTY);
  winsize size = {};
  size.ws_col = columns;
  ::ioctl(terminal, TIOCSWINSZ, &size);
  const int saved = ::dup(STDERR_FILENO);
  ::dup2(terminal, STDERR_FILENO);
  work();
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  ::close(terminal);
  std::string text;
  char chunk[4096];
  for (ssize_t got; (got = ::read(keeper, chunk, sizeof chunk)) > 0;) text.append(chunk, static_cast<std::size_t>(got));
  ::close(keeper);
  return text;
}

// Longer than the pause between two drawings on a terminal.
void wait_for_drawing() {
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
}

TEST(Progress, QuietWritesNothing) {
  const auto work = [] {
    Progress progress("reading", 10, "texts", true);
    wait_for_drawing();
    progress.advance(10);
    progress.say("a line");
  };
  EXPECT_EQ(on_terminal(80, work), "");
}

TEST(Progress, ShortWorkInALogWritesNothing) {
  ::testing::internal::CaptureStderr();
  {
    Progress progress("reading", 10, "texts", false);
    progress.advance(10);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, SaysALineInALogAsItIs) {
  ::testing::internal::CaptureStderr();
  {
    Progress progress("reading", 10, "texts", false);
    progress.say("skipped 2 rows");
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "skipped 2 rows\n");
}

TEST(Progress, DrawsABarOnATerminal) {
  const auto work = [] {
    Progress progress("training", 4000, "tokens", false);
    wait_for_drawing();
    progress.advance(1000, "loss 0.5");
    progress.say("epoch 1");
    progress.advance(3000);
  };
  const std::string text = on_terminal(120, work);
  EXPECT_TRUE(text.starts_with("\rtraining [======                  ]  25% 1,000/4,000 tokens, ")) << text;
  EXPECT_NE(text.find(" left, loss 0.5\033[K"), std::string::npos) << text;
  EXPECT_NE(text.find("\r\033[Kepoch 1\r\n\rtraining ["), std::string::npos) << text;
  EXPECT_NE(text.find("100% 4,000/4,000 tokens"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\033[K\r\n")) << text;
}

TEST(Progress, UnknownTotalHasNoBarAndNoTimeLeft) {
  const auto work = [] {
    Progress progress("reading", 0, "texts", false);
    wait_for_drawing();
    progress.advance(12);
  };
  const std::string text = on_terminal(120, work);
  EXPECT_TRUE(text.starts_with("\rreading 12 texts, ")) << text;
  EXPECT_EQ(text.find('%'), std::string::npos);
  EXPECT_EQ(text.find("left"), std::string::npos);
}

TEST(Progress, StaysWithinANarrowTerminal) {
  const auto work = [] {
    Progress progress("training", 4000, "tokens", false);
    wait_for_drawing();
    progress.advance(1000, std::string(100, 'x'));
  };
  const std::string text = on_terminal(30, work);
  EXPECT_EQ(text.substr(0, text.find("\033[K")), "\rtraining [======" + std::string(13, ' '));
}

}  // namespace
}  // namespace pellucid
