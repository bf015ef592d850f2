// What verification finds: every way to change a log
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "files/sha256.h"
#include "record/override.h"
#include "record/verify.h"
#include "recording.h"

namespace pellucid {
namespace {

class Chain : public ::testing::Test {
 protected:
  Chain() {
    DecisionLog log = unwrap(DecisionLog::open(file, Access::create));
    for (int i = 1; i <= 6; ++i) {
      const Draft draft = simple_draft("text " + std::to_string(i));
      unwrap(log.append({&draft, 1}));
    }
    head = unwrap(log.head());
  }

  Verification verified(const std::optional<std::string>& anchor = std::nullopt) const {
    DecisionLog log = unwrap(DecisionLog::open(file, Access::read));
    return unwrap(verify(log, anchor));
  }

  // Among what was found there is this.
  void expect_found(const std::string& part) const {
    const Verification found = verified();
    std::string all;
    for (const std::string& problem : found.problems) all += problem + "\n";
    EXPECT_NE(all.find(part), std::string::npos) << all;
  }

  TemporaryFolder folder;
  std::filesystem::path file = folder / "log.db";
  Head head;
};

TEST_F(Chain, AnUntouchedLogPasses) {
  const Verification found = verified(head.hash);
  EXPECT_TRUE(found.problems.empty()) << found.problems.front();
  EXPECT_EQ(found.entries, 6u);
  EXPECT_EQ(found.head.hash, head.hash);
  EXPECT_TRUE(verified(Head{}.hash).problems.empty()) << "the head that it had before its first entry";
}

// The format's promise, computed here on its own.
TEST_F(Chain, HashesAreThoseOfTheFormat) {
  std::string before(64, '0');
  DecisionLog log = unwrap(DecisionLog::open(file, Access::read));
  unwrap(log.for_each([&](const Entry& entry) -> Result<void> {
    EXPECT_EQ(entry.hash, sha256(before + entry.body));
    EXPECT_EQ(nlohmann::json::parse(entry.body)["content_sha256"], sha256(*entry.content));
    before = entry.hash;
    return {};
  }));
}

TEST_F(Chain, AChangedBodyShows) {
  tamper(file, "UPDATE entries SET body = replace(body, 'note', 'nota') WHERE number = 3");
  expect_found("entry 3: does not follow");
}

TEST_F(Chain, AChangedContentShows) {
  tamper(file, "UPDATE entries SET content = replace(content, 'text 3', 'text 4') WHERE number = 3");
  expect_found("entry 3: its content was changed");
}

TEST_F(Chain, AChangedHashShows) {
  tamper(file, "UPDATE entries SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE number = 6");
  expect_found("entry 6: does not follow");
}

TEST_F(Chain, ARemovedEntryShows) {
  tamper(file, "DELETE FROM entries WHERE number = 3");
  expect_found("entry 3: is missing");
  expect_found("entry 4: does not follow");
}

TEST_F(Chain, ARemovedAndRenumberedEntryShows) {
  tamper(file, "DELETE FROM entries WHERE number = 3; UPDATE entries SET number = number - 1 WHERE number > 3");
  expect_found("entry 3: was moved: it was written as entry 4");
}

TEST_F(Chain, ARemovedBeginningShows) {
  tamper(file, "DELETE FROM entries WHERE number <= 2");
  expect_found("entries 1 to 2: are missing");
}

TEST_F(Chain, AnInsertedEntryShows) {
  tamper(file,
         "UPDATE entries SET number = number + 100 WHERE number > 3; UPDATE entries SET number = number - 99 "
         "WHERE number > 100; INSERT INTO entries SELECT 4, hash, body, content FROM entries WHERE number = 2");
  expect_found("entry 4: was moved: it was written as entry 2");
  expect_found("entry 4: does not follow");
}

TEST_F(Chain, ReorderedEntriesShow) {
  tamper(file,
         "UPDATE entries SET number = 100 WHERE number = 2; UPDATE entries SET number = 2 WHERE number = 4; UPDATE "
         "entries SET number = 4 WHERE number = 100");
  expect_found("entry 2: was moved");
  expect_found("entry 4: was moved");
}

TEST_F(Chain, ASilentlyErasedContentShows) {
  tamper(file, "UPDATE entries SET content = NULL WHERE number = 5");
  expect_found("entry 5: its content was erased, and no pruning says so");
}

// The chain of what remains is whole: only a head kept elsewhere tells.
TEST_F(Chain, ARemovedTailShowsAgainstAHead) {
  tamper(file, "DELETE FROM entries WHERE number > 4");
  EXPECT_TRUE(verified().problems.empty());
  ASSERT_EQ(verified(head.hash).problems.size(), 1u);
  EXPECT_NE(verified(head.hash).problems.front().find("no longer in the log"), std::string::npos);
}

TEST_F(Chain, ALogThatGrewStillHasAnEarlierHead) {
  const std::string earlier = head.hash;
  DecisionLog log = unwrap(DecisionLog::open(file, Access::write));
  const Draft draft = simple_draft("more");
  unwrap(log.append({&draft, 1}));
  EXPECT_TRUE(verified(earlier).problems.empty());
}

TEST_F(Chain, DamagedPagesShow) {
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 4096);
  Result<DecisionLog> log = DecisionLog::open(file, Access::read);
  if (!log) return;  // SQLite has found it already
  const Result<Verification> found = verify(*log, std::nullopt);
  EXPECT_TRUE(!found || !found->problems.empty());
}

TEST_F(Chain, EntriesCannotBeChangedByAccident) {
  Database database = unwrap(Database::open(file, Access::write));
  EXPECT_FALSE(database.run("DELETE FROM entries WHERE number = 6"));
  EXPECT_FALSE(database.run("UPDATE entries SET body = '{}' WHERE number = 6"));
  EXPECT_FALSE(database.run("UPDATE entries SET content = '{}' WHERE number = 6"));
  EXPECT_TRUE(verified(head.hash).problems.empty());
}

// As an auditor has it: a copy that only may be read.
TEST_F(Chain, AnArchivedLogCanBeVerified) {
  namespace fs = std::filesystem;
  fs::permissions(file, fs::perms{0444});
  fs::permissions(folder.path(), fs::perms{0555});
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) ::_exit(4);  // root may write everywhere
    Result<DecisionLog> log = DecisionLog::open(file, Access::read);
    if (!log) ::_exit(2);
    const Result<Verification> found = verify(*log, head.hash);
    ::_exit(found && found->problems.empty() && found->entries == 6 ? 0 : 3);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  fs::permissions(folder.path(), fs::perms{0755});
  EXPECT_EQ(status, 0);
}

// Valid JSON of other types than an entry's: found, reported, never taken for a bug.
TEST_F(Chain, EntriesOfOtherTypesShow) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& body : {std::string(R"({"kind": 5})"), std::string("[]"), std::string("5"), deep,
                                  std::string(R"({"kind": "override", "decision": 1e300, "number": 1e300})"),
                                  std::string(R"({"kind": "override", "decision": 3, "time": 7})")}) {
    tamper(file, "UPDATE entries SET body = '" + body + "' WHERE number = 3");
    expect_found("entry 3: was changed: it is no entry of a decision log");
    DecisionLog log = unwrap(DecisionLog::open(file, Access::read));
    const auto overrides = overrides_of(log, 3);
    if (!overrides) {
      EXPECT_EQ(overrides.error().where, "entry 3");
    }
    EXPECT_FALSE(read_decision(unwrap(log.find(3)).value()));
  }
}

TEST(LogFiles, OtherFilesAreRefused) {
  const TemporaryFolder folder;
  const auto text = folder.write("text.db", std::string(200, 'x'));
  EXPECT_EQ(DecisionLog::open(text, Access::create).error().code, ErrorCode::format);
  tamper(folder / "other.db", "CREATE TABLE entries(x)");
  EXPECT_EQ(DecisionLog::open(folder / "other.db", Access::create).error().code, ErrorCode::format);
  EXPECT_EQ(DecisionLog::open(folder / "none.db", Access::read).error().code, ErrorCode::not_found);
  EXPECT_FALSE(DecisionLog::open(folder / "no" / "folder.db", Access::create));
}

TEST(LogFiles, TimesSortAsText) {
  EXPECT_EQ(time_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(time_text(1767225599007), "2025-12-31T23:59:59.007Z");
  EXPECT_LT(time_text(1767225599007), time_text(1767225600000));
}

TEST(Pruning, ErasesAndStaysVerifiable) {
  const TemporaryFolder folder;
  const auto file = folder / "log.db";
  DecisionLog log = unwrap(DecisionLog::open(file, Access::create));
  const std::vector<Draft> drafts = {simple_draft("a secret so rare"), simple_draft("another secret")};
  unwrap(log.append(drafts));
  const std::string head = unwrap(log.head()).hash;
  EXPECT_EQ(unwrap(log.prune("2000-01-01T00:00:00.000Z", "clerk", "none is that old")), 0u);
  EXPECT_EQ(unwrap(log.head()).hash, head);
  EXPECT_EQ(unwrap(log.prune(time_text(now_milliseconds() + 1), "clerk", "retention")), 2u);

  const Verification found = unwrap(verify(log, head));
  EXPECT_TRUE(found.problems.empty()) << found.problems.front();
  EXPECT_EQ(found.erased, 2u);
  EXPECT_EQ(found.entries, 3u);
  const std::optional<Entry> pruning = unwrap(log.find(3));
  EXPECT_EQ(nlohmann::json::parse(pruning->body)["erased"], nlohmann::json::parse("[[1, 2]]"));
  EXPECT_EQ(nlohmann::json::parse(*pruning->content)["why"], "retention");
  // Not a byte of it is left, neither in the file nor in its write-ahead log.
  for (const char* name : {"log.db", "log.db-wal"})
    EXPECT_EQ(folder.read(name).find("secret"), std::string::npos) << name;
  // A second pruning finds nothing, and leaves the entry of the first alone.
  EXPECT_EQ(unwrap(log.prune(time_text(now_milliseconds() + 1), "clerk", "again")), 0u);
}

// Nothing is erased by nobody or for no reason: that would be recorded for ever.
TEST(Pruning, SaysByWhomAndWhy) {
  const TemporaryFolder folder;
  DecisionLog log = unwrap(DecisionLog::open(folder / "log.db", Access::create));
  const Draft draft = simple_draft("kept");
  unwrap(log.append({&draft, 1}));
  const auto refused_for = [&](const std::string& who, const std::string& why) {
    const Result<std::size_t> pruned = log.prune(time_text(now_milliseconds() + 1), who, why);
    return pruned ? "" : pruned.error().where;
  };
  EXPECT_EQ(refused_for("", "retention"), "--who");
  EXPECT_EQ(refused_for("clerk", ""), "--why");
  EXPECT_EQ(refused_for("\xff", "retention"), "--who");
  EXPECT_EQ(refused_for("clerk", "\xff"), "--why");
  EXPECT_TRUE(unwrap(log.find(1))->content.has_value());
  EXPECT_EQ(unwrap(log.head()).number, 1);
}

}  // namespace
}  // namespace pellucid
