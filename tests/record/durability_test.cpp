// What a process acknowledged is in the log, whole, whatever ended it; nothing else is.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <thread>

#include "data/random.h"
#include "record/verify.h"
#include "recording.h"

namespace pellucid {
namespace {

// Appends entries "<name> 0", "<name> 1", … until it is killed or has written `most`, and writes a byte to
// `acknowledge` after each append that returned. Never returns.
[[noreturn]] void write_entries(const std::filesystem::path& file, const std::string& name, int most, int acknowledge) {
  Result<DecisionLog> log = DecisionLog::open(file, Access::create);
  if (!log) ::_exit(2);
  for (int i = 0; i < most; ++i) {
    const Draft draft = simple_draft(name + " " + std::to_string(i));
    if (!log->append({&draft, 1})) ::_exit(3);
    if (::write(acknowledge, "x", 1) != 1) ::_exit(4);
  }
  ::_exit(0);
}

struct Writer {
  pid_t child = -1;
  int acknowledged = -1;

  static Writer start(const std::filesystem::path& file, const std::string& name, int most) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    Writer writer{.child = ::fork(), .acknowledged = ends[0]};
    if (writer.child == 0) write_entries(file, name, most, ends[1]);
    ::close(ends[1]);
    return writer;
  }

  // Waits for its end; how many appends it was told of.
  int finish(int* status) const {
    int count = 0;
    char byte = 0;
    while (::read(acknowledged, &byte, 1) == 1) ++count;
    ::close(acknowledged);
    ::waitpid(child, status, 0);
    return count;
  }
};

std::set<std::string> texts_of(DecisionLog& log) {
  std::set<std::string> texts;
  unwrap(log.for_each([&](const Entry& entry) -> Result<void> {
    texts.insert(nlohmann::json::parse(*entry.content)["text"].get<std::string>());
    return {};
  }));
  return texts;
}

TEST(Durability, NothingAcknowledgedIsLostToAKill) {
  const TemporaryFolder folder;
  SplitMix64 random(1);
  for (int round = 0; round < 12; ++round) {
    const auto file = folder / ("log" + std::to_string(round % 3) + ".db");  // later rounds go on with what a kill left
    const std::string name = "round " + std::to_string(round);
    const Writer writer = Writer::start(file, name, 100000);
    std::this_thread::sleep_for(std::chrono::microseconds(1000 + random.below(60000)));
    ::kill(writer.child, SIGKILL);
    int status = 0;
    const int acknowledged = writer.finish(&status);
    ASSERT_TRUE(WIFSIGNALED(status));

    // A kill may come before the tables are there; then there is nothing to lose.
    DecisionLog log = unwrap(DecisionLog::open(file, Access::create));
    const Verification found = unwrap(verify(log, std::nullopt));
    EXPECT_TRUE(found.problems.empty()) << found.problems.front();
    const std::set<std::string> texts = texts_of(log);
    for (int i = 0; i < acknowledged; ++i) EXPECT_TRUE(texts.contains(name + " " + std::to_string(i))) << i;
    // At most the one that was under way may be there besides.
    EXPECT_FALSE(texts.contains(name + " " + std::to_string(acknowledged + 1)));
  }
}

TEST(Durability, TwoWritersShareALog) {
  const TemporaryFolder folder;
  const auto file = folder / "log.db";
  constexpr int kEach = 60;
  const Writer writers[] = {Writer::start(file, "a", kEach), Writer::start(file, "b", kEach)};
  for (const Writer& writer : writers) {
    int status = 0;
    EXPECT_EQ(writer.finish(&status), kEach);
    EXPECT_EQ(status, 0);
  }
  DecisionLog log = unwrap(DecisionLog::open(file, Access::read));
  const Verification found = unwrap(verify(log, std::nullopt));
  EXPECT_TRUE(found.problems.empty()) << found.problems.front();
  EXPECT_EQ(found.entries, 2U * kEach);
  EXPECT_EQ(texts_of(log).size(), 2U * kEach);
}

TEST(Durability, AFullDiskIsToldAndLosesNothing) {
  const TemporaryFolder folder;
  const auto file = folder / "log.db";
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{300000, 300000};
    ::setrlimit(RLIMIT_FSIZE, &small);
    Result<DecisionLog> log = DecisionLog::open(file, Access::create);
    if (!log) ::_exit(2);
    const std::string long_text(2000, 'x');
    for (int i = 0; i < 2000; ++i) {
      const Draft draft = simple_draft(long_text);
      const Result<std::vector<Entry>> written = log->append({&draft, 1});
      if (!written) ::_exit(written.error().code == ErrorCode::io && !written.error().message.empty() ? 0 : 5);
      if (::write(ends[1], "x", 1) != 1) ::_exit(4);
    }
    ::_exit(6);  // never full
  }
  ::close(ends[1]);
  int status = 0;
  const std::size_t acknowledged = static_cast<std::size_t>(Writer{child, ends[0]}.finish(&status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_GT(acknowledged, 10u);

  DecisionLog log = unwrap(DecisionLog::open(file, Access::write));
  EXPECT_EQ(unwrap(verify(log, std::nullopt)).entries, acknowledged);
  EXPECT_TRUE(unwrap(verify(log, std::nullopt)).problems.empty());
  const Draft draft = simple_draft("with room again");
  unwrap(log.append({&draft, 1}));
  EXPECT_EQ(unwrap(verify(log, std::nullopt)).entries, acknowledged + 1);
}

TEST(Durability, AllOfOneAppendOrNothing) {
  const TemporaryFolder folder;
  DecisionLog log = unwrap(DecisionLog::open(folder / "log.db", Access::create));
  std::vector<Draft> drafts(3, simple_draft("good"));
  drafts[2].content["text"] = "broken \xff";
  EXPECT_ANY_THROW((void)log.append(drafts));  // a bug of the caller's; still nothing half is left
  EXPECT_EQ(unwrap(log.head()).number, 0);
  drafts.pop_back();
  EXPECT_EQ(unwrap(log.append(drafts)).size(), 2u);
}

}  // namespace
}  // namespace pellucid
