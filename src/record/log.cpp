#include "record/log.h"

#include <sys/random.h>

#include <array>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include "data/utf8.h"
#include "files/sha256.h"

namespace pellucid {
namespace {

using nlohmann::json;

constexpr std::int64_t kApplication = 0x70656c6c;  // "pell", in the file's header
constexpr std::int64_t kFormat = 1;

// The triggers keep accidents out; against intent there is the chain.
constexpr const char* kTables = R"sql(
CREATE TABLE entries(number INTEGER PRIMARY KEY, hash TEXT NOT NULL, body TEXT NOT NULL, content TEXT) STRICT;
CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END;
CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
  WHEN NEW.number <> OLD.number OR NEW.hash <> OLD.hash OR NEW.body <> OLD.body OR NEW.content IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
)sql";

std::string salt() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("getrandom");
  }
  std::string digits;
  for (const unsigned char byte : bytes) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

Result<void> check_ours(Database& database) {
  PELLUCID_TRY(const std::int64_t application, database.number("PRAGMA application_id"));
  PELLUCID_TRY(const std::int64_t format, database.number("PRAGMA user_version"));
  if (application != kApplication) {
    return fail(ErrorCode::format, "expected a decision log, found a database of another program", database.where());
  }
  if (format != kFormat) {
    return fail(
        ErrorCode::unsupported,
        "expected a decision log of format 1, found format " + std::to_string(format) + "; a newer pellucid wrote it",
        database.where());
  }
  return {};
}

Result<bool> is_new(Database& database) {
  PELLUCID_TRY(const std::int64_t tables, database.number("SELECT count(*) FROM sqlite_schema"));
  PELLUCID_TRY(const std::int64_t application, database.number("PRAGMA application_id"));
  return tables == 0 && application == 0;
}

Result<void> create(Database& database) {
  PELLUCID_TRY(Transaction transaction, Transaction::begin(database));
  PELLUCID_TRY(const bool still_new, is_new(database));  // or another process was faster
  if (still_new) {
    PELLUCID_CHECK(database.run(kTables));
    PELLUCID_CHECK(database.run("PRAGMA application_id = " + std::to_string(kApplication)));
    PELLUCID_CHECK(database.run("PRAGMA user_version = " + std::to_string(kFormat)));
  }
  return transaction.commit();
}

}  // namespace

std::string canonical(const json& value) {
  return value.dump();
}

std::string chained(const std::string& hash_before, const std::string& body) {
  return sha256(hash_before + body);
}

std::int64_t now_milliseconds() {
  using std::chrono::milliseconds;
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string time_text(std::int64_t milliseconds_since_1970) {
  const std::time_t seconds = milliseconds_since_1970 / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string milliseconds = std::to_string(1000 + milliseconds_since_1970 % 1000);
  return std::string(text.data()) + "." + milliseconds.substr(1) + "Z";
}

Result<void> check_who_and_why(const std::string& who, const std::string& why) {
  for (const std::string* words : {&who, &why}) {
    if (words->empty() || first_invalid_utf8(*words) != words->npos) {
      return fail(ErrorCode::usage, "expected who does this and why, in UTF-8, found nothing or other bytes",
                  words == &who ? "--who" : "--why");
    }
  }
  return {};
}

Result<DecisionLog> DecisionLog::open(const std::filesystem::path& path, Access access) {
  PELLUCID_TRY(Database database, Database::open(path, access));
  if (access == Access::create) {
    PELLUCID_TRY(const bool fresh, is_new(database));
    if (fresh) {
      // Before the tables, outside a transaction: a database keeps its journal's mode.
      PELLUCID_CHECK(database.use_write_ahead_log());
      PELLUCID_CHECK(create(database));
    }
  }
  PELLUCID_CHECK(check_ours(database));
  if (access != Access::read) {
    // Every commit is on the disk before it returns; what is erased is overwritten with zeros.
    PELLUCID_CHECK(database.run("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON"));
  }
  return DecisionLog(std::move(database));
}

Result<Head> DecisionLog::head() {
  PELLUCID_TRY(Statement last, database_.prepare("SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1"));
  PELLUCID_TRY(const bool any, last.step());
  return any ? Head{last.integer(0), last.text(1)} : Head{};
}

Result<std::vector<Entry>> DecisionLog::append_within(std::span<const Draft> drafts) {
  PELLUCID_TRY(Head before, head());
  PELLUCID_TRY(Statement insert, database_.prepare("INSERT INTO entries VALUES (?1, ?2, ?3, ?4)"));
  std::vector<Entry> entries;
  for (const Draft& draft : drafts) {
    Entry entry;
    entry.number = before.number + 1;
    json content = draft.content;
    content["salt"] = salt();
    entry.content = canonical(content);
    json body = draft.body;
    body["schema"] = "pellucid.record/1";
    body["number"] = entry.number;
    body["time"] = time_text(now_milliseconds());
    body["content_sha256"] = sha256(*entry.content);
    entry.body = canonical(body);
    entry.hash = chained(before.hash, entry.body);
    insert.bind(1, entry.number).bind(2, entry.hash).bind(3, entry.body).bind(4, *entry.content);
    PELLUCID_CHECK(insert.run());
    before = {entry.number, entry.hash};
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<std::vector<Entry>> DecisionLog::append(std::span<const Draft> drafts) {
  PELLUCID_TRY(Transaction transaction, Transaction::begin(database_));
  PELLUCID_TRY(std::vector<Entry> entries, append_within(drafts));
  PELLUCID_CHECK(transaction.commit());
  return entries;
}

Result<std::size_t> DecisionLog::prune(const std::string& time, const std::string& who, const std::string& why) {
  PELLUCID_CHECK(check_who_and_why(who, why));
  PELLUCID_TRY(const std::size_t erased, erase(time, who, why));
  // The write-ahead log may still hold the old pages: it is written to the file and emptied.
  PELLUCID_TRY(const std::int64_t busy, database_.number("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (busy != 0) {
    return fail(ErrorCode::io,
                "the contents are erased, but another process reads the log: their bytes may still be "
                "in " +
                    where() + "-wal; prune again later",
                where());
  }
  return erased;
}

Result<std::size_t> DecisionLog::erase(const std::string& time, const std::string& who, const std::string& why) {
  PELLUCID_TRY(Transaction transaction, Transaction::begin(database_));
  json ranges = json::array();  // [first, last] of neighbours
  std::size_t erased = 0;
  {
    PELLUCID_TRY(Statement old, database_.prepare("SELECT number FROM entries WHERE content IS NOT NULL AND "
                                                  "json_extract(body, '$.time') < ?1 AND "
                                                  "json_extract(body, '$.kind') <> 'pruning' ORDER BY number"));
    old.bind(1, time);
    for (;; ++erased) {
      PELLUCID_TRY(const bool row, old.step());
      if (!row) break;
      const std::int64_t number = old.integer(0);
      if (!ranges.empty() && ranges.back()[1] == number - 1) {
        ranges.back()[1] = number;
      } else {
        ranges.push_back(json::array({number, number}));
      }
    }
  }
  if (erased == 0) return 0;
  PELLUCID_TRY(Statement erase, database_.prepare("UPDATE entries SET content = NULL WHERE number BETWEEN ?1 AND ?2 "
                                                  "AND content IS NOT NULL"));
  for (const json& range : ranges) {
    erase.bind(1, range[0].get<std::int64_t>()).bind(2, range[1].get<std::int64_t>());
    PELLUCID_CHECK(erase.run());
  }
  const Draft draft{.body = json{{"kind", "pruning"}, {"before", time}, {"erased", ranges}},
                    .content = json{{"who", who}, {"why", why}}};
  PELLUCID_TRY(const auto entries, append_within({&draft, 1}));
  PELLUCID_CHECK(transaction.commit());
  return erased;
}

Result<std::optional<Entry>> DecisionLog::find(std::int64_t number) {
  PELLUCID_TRY(Statement row, database_.prepare("SELECT number, hash, body, content FROM entries WHERE number = ?1"));
  row.bind(1, number);
  PELLUCID_TRY(const bool found, row.step());
  if (!found) return std::nullopt;
  return Entry{row.integer(0), row.text(1), row.text(2), row.optional_text(3)};
}

Result<void> DecisionLog::for_each(const std::function<Result<void>(const Entry&)>& visit) {
  PELLUCID_TRY(Statement row, database_.prepare("SELECT number, hash, body, content FROM entries ORDER BY number"));
  for (;;) {
    PELLUCID_TRY(const bool more, row.step());
    if (!more) return {};
    PELLUCID_CHECK(visit({row.integer(0), row.text(1), row.text(2), row.optional_text(3)}));
  }
}

Result<std::string> DecisionLog::damage() {
  PELLUCID_TRY(Statement check, database_.prepare("PRAGMA quick_check(5)"));
  std::string faults;
  for (;;) {
    PELLUCID_TRY(const bool more, check.step());
    if (!more) return faults;
    if (check.text(0) != "ok") faults += (faults.empty() ? "" : "; ") + check.text(0);
  }
}

}  // namespace pellucid
