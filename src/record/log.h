// The decision log: entries in one SQLite file, each chained to the one before, so that a changed, removed,
// inserted or moved entry shows. Knows nothing of models: an entry is two JSON objects. Format: docs/formats.md.
//
//   body     stays for ever: number, time, kind, models, options, the SHA-256 of the content
//   content  can be erased (pruning): text, result, names of people, with random salt, so that what was erased
//            cannot be guessed from its hash
//
// hash = SHA-256(hash of the entry before + body). Appends of several processes come one after another; what
// append() has returned is on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "error/error.h"
#include "record/sqlite.h"

namespace pellucid {

struct Entry {
  std::int64_t number = 0;  // 1, 2, …
  std::string hash;
  std::string body;                    // canonical JSON: as it was hashed
  std::optional<std::string> content;  // canonical JSON; nullopt: erased
};

// What is appended: number, time, content_sha256 and salt are added.
struct Draft {
  nlohmann::json body;
  nlohmann::json content;
};

struct Head {
  std::int64_t number = 0;  // 0: no entry yet
  std::string hash = std::string(64, '0');
};

// Keys sorted, no white space, numbers that read back to the same bits.
std::string canonical(const nlohmann::json& value);
std::string chained(const std::string& hash_before, const std::string& body);
// "2026-01-31T23:59:59.999Z"; texts of this form sort by time.
std::string time_text(std::int64_t milliseconds_since_1970);
std::int64_t now_milliseconds();

// Of what a person does to the log: neither is empty, for both stay for ever; both are UTF-8, which JSON needs.
Result<void> check_who_and_why(const std::string& who, const std::string& why);

class DecisionLog {
 public:
  static Result<DecisionLog> open(const std::filesystem::path& path, Access access);

  // All of them or none. The entries as they were written.
  Result<std::vector<Entry>> append(std::span<const Draft> drafts);

  // Erases the contents of decisions and overrides from before `time` and appends the entry that says so. 0: there
  // were none, and nothing was written.
  Result<std::size_t> prune(const std::string& time, const std::string& who, const std::string& why);

  Result<Head> head();
  Result<std::optional<Entry>> find(std::int64_t number);
  // In the order of their numbers, from one state of the log.
  Result<void> for_each(const std::function<Result<void>(const Entry&)>& visit);
  // Faults that SQLite itself finds in its file; empty: none.
  Result<std::string> damage();
  const std::string& where() const { return database_.where(); }

 private:
  explicit DecisionLog(Database database) : database_(std::move(database)) {}
  Result<std::vector<Entry>> append_within(std::span<const Draft> drafts);  // a transaction
  Result<std::size_t> erase(const std::string& time, const std::string& who, const std::string& why);

  Database database_;
};

}  // namespace pellucid
