// SQLite as this layer needs it: a connection and prepared statements whose errors are values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "error/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pellucid {

enum class Access { read, write, create };  // create: write, and make the file where there is none

class Database;

// Parameters are numbered from 1, columns from 0.
class Statement {
 public:
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view text);

  // True where there is a row, false at the end.
  Result<bool> step();
  // Runs a statement that gives no rows, and makes it ready to run again.
  Result<void> run();
  void reset();

  std::int64_t integer(int column) const;
  std::string text(int column) const;
  std::optional<std::string> optional_text(int column) const;  // nullopt: NULL

 private:
  friend class Database;
  Statement(sqlite3* database, sqlite3_stmt* statement, std::string where);
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string where_;
};

class Database {
 public:
  static Result<Database> open(const std::filesystem::path& path, Access access);

  Result<Statement> prepare(const std::string& sql);
  // For ever; a new database's first statement. Waits where another process does the same at the same moment, which
  // SQLite's own timeout does not.
  Result<void> use_write_ahead_log();
  Result<void> run(const std::string& sql);  // statements without parameters, whose rows are passed over
  Result<std::int64_t> number(const std::string& sql);
  const std::string& where() const { return where_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
  std::string where_;
};

// BEGIN IMMEDIATE … COMMIT; without commit() all of it is taken back.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  // When it returns, what was written is on the disk.
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace pellucid
