#include "record/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <utility>

namespace pellucid {
namespace {

constexpr int kBusyMilliseconds = 30000;  // another process's transaction takes milliseconds
constexpr int kRetryMilliseconds = 5;
constexpr int kPrimaryCode = 0xFF;  // of an extended result code

// The code of the last error as one of ours, with what to do about it.
tl::unexpected<Error> failure(sqlite3* database, int status, const std::string& where) {
  const std::string said = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(status);
  switch (status & 0xff) {
    case SQLITE_FULL:
      return fail(ErrorCode::io, "expected room for another entry, found a full disk; nothing of it was kept", where);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorCode::io,
                  "expected to write, found that another process has held the log for " +
                      std::to_string(kBusyMilliseconds / 1000) + " seconds",
                  where);
    case SQLITE_NOTADB:
      return fail(ErrorCode::format, "expected a decision log, found a file that is no SQLite database", where);
    case SQLITE_CORRUPT:
      return fail(ErrorCode::format,
                  "expected a decision log, found a damaged database (" + said +
                      "); keep the file, and go on with a copy from before",
                  where);
    case SQLITE_READONLY:
    case SQLITE_PERM: return fail(ErrorCode::io, "expected to write, found a file that may only be read", where);
    default: return fail(ErrorCode::io, "the database answered: " + said, where);
  }
}

// A log on a medium that cannot be written, or in an archive: SQLite must not try to make its files beside it. Nobody
// writes to such a log, so that it can be read without locks.
bool is_archived(const std::filesystem::path& path) {
  std::error_code failed;
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  return ::faccessat(AT_FDCWD, folder.c_str(), W_OK, AT_EACCESS) != 0 &&
         !std::filesystem::exists(path.string() + "-wal", failed);
}

std::string uri_of(const std::filesystem::path& path) {
  std::string uri = "file:";
  for (const char c : path.string()) {
    if (c == '%') uri += "%25";
    if (c == '?') uri += "%3f";
    if (c == '#') uri += "%23";
    if (c != '%' && c != '?' && c != '#') uri += c;
  }
  return uri + "?immutable=1";
}

}  // namespace

Statement::Statement(sqlite3* database, sqlite3_stmt* statement, std::string where)
    : database_(database), statement_(statement), where_(std::move(where)) {}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Result<bool> Statement::step() {
  const int status = sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return failure(database_, status, where_);
}

Result<void> Statement::run() {
  const Result<bool> row = step();
  reset();
  if (!row) return tl::unexpected(row.error());
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  return optional_text(column).value_or("");
}

std::optional<std::string> Statement::optional_text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes),
                     static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Result<Database> Database::open(const std::filesystem::path& path, Access access) {
  Database opened;
  opened.where_ = path.string();
  std::error_code failed;
  if (access != Access::create && !std::filesystem::exists(path, failed)) {
    return fail(ErrorCode::not_found, "expected a decision log, found no such file", opened.where_);
  }
  if (std::filesystem::is_directory(path, failed)) {
    return fail(ErrorCode::io, "expected a decision log, found a folder", opened.where_);
  }
  int flags = SQLITE_OPEN_FULLMUTEX;
  flags |= access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (access == Access::create) flags |= SQLITE_OPEN_CREATE;
  std::string name = path.string();
  if (access == Access::read && is_archived(path)) {
    flags |= SQLITE_OPEN_URI;
    name = uri_of(path);
  }
  sqlite3* database = nullptr;
  const int status = sqlite3_open_v2(name.c_str(), &database, flags, nullptr);
  opened.database_.reset(database);
  if (status != SQLITE_OK) {
    return fail(
        ErrorCode::io,
        std::string("expected a file in a folder that exists and can be written, found: ") + sqlite3_errstr(status),
        opened.where_);
  }
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, kBusyMilliseconds);
  return opened;
}

Result<Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int status = sqlite3_prepare_v2(database_.get(), sql.c_str(), -1, &statement, nullptr);
  if (status != SQLITE_OK) return failure(database_.get(), status, where_);
  return Statement(database_.get(), statement, where_);
}

Result<void> Database::run(const std::string& sql) {
  const int status = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return failure(database_.get(), status, where_);
  return {};
}

Result<void> Database::use_write_ahead_log() {
  const char* sql = "PRAGMA journal_mode = WAL";
  int status = SQLITE_OK;
  for (int waited = 0; waited < kBusyMilliseconds; waited += kRetryMilliseconds) {
    status = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
    if ((status & kPrimaryCode) != SQLITE_BUSY) break;
    sqlite3_sleep(kRetryMilliseconds);
  }
  if (status != SQLITE_OK) return failure(database_.get(), status, where_);
  return {};
}

Result<std::int64_t> Database::number(const std::string& sql) {
  PELLUCID_TRY(Statement statement, prepare(sql));
  PELLUCID_TRY(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

Result<Transaction> Transaction::begin(Database& database) {
  PELLUCID_CHECK(database.run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ != nullptr) (void)database_->run("ROLLBACK");
}

Result<void> Transaction::commit() {
  PELLUCID_CHECK(database_->run("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace pellucid
