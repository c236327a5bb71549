#include "store/sqlite/connection.hpp"

#include <fmt/format.h>
#include <utility>

namespace mih::store::sqlite {
namespace {

ErrorCode code_of(int result_code) {
  switch (result_code & 0xff) {
    case SQLITE_FULL:
      return ErrorCode::kDiskFull;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kStoreDamaged;
    default:
      return ErrorCode::kStoreFailed;
  }
}

std::string_view advice_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::kDiskFull:
      return "free some disk space; nothing was changed";
    case ErrorCode::kStoreDamaged:
      return "the store is damaged: stop the hub and restore a backup into this directory";
    default:
      return "nothing was changed; check the disk and the permissions of the directory";
  }
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file, int flags,
                                                     const std::string& vfs) {
  // Statistics of memory cost 2 % and nobody reads them. Has no effect after the first open.
  static const int kConfigured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)kConfigured;
  sqlite3* db = nullptr;
  const int result = sqlite3_open_v2(file.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX,
                                     vfs.empty() ? nullptr : vfs.c_str());
  std::unique_ptr<Connection> connection{new Connection(db, file.string())};
  if (result != SQLITE_OK) {
    return fail(ErrorCode::kStoreFailed,
                fmt::format("{} cannot be opened: {}; check that it exists and that this user may "
                            "read and write it",
                            file.string(), db ? sqlite3_errmsg(db) : sqlite3_errstr(result)));
  }
  sqlite3_extended_result_codes(db, 1);
  return connection;
}

Connection::~Connection() {
  sqlite3_close(db_);
}

void Connection::execute(const char* sql) {
  if (ok()) note(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr));
}

std::int64_t Connection::integer_of(const char* sql) {
  Statement statement{*this, sql};
  Rows rows = statement.query();
  return rows.next() ? rows.integer(0) : 0;
}

std::string Connection::text_of(const char* sql) {
  Statement statement{*this, sql};
  Rows rows = statement.query();
  return rows.next() ? std::string{rows.text(0)} : std::string{};
}

Result<void> Connection::check() {
  if (!error_) return {};
  if (for_good_) return std::unexpected(*error_);
  Error error = std::move(*error_);
  error_.reset();
  return std::unexpected(std::move(error));
}

void Connection::note(int result_code) {
  if (result_code == SQLITE_OK || result_code == SQLITE_ROW || result_code == SQLITE_DONE) return;
  if (error_) return;
  const ErrorCode code = code_of(result_code);
  error_ = Error{code,
                 fmt::format("{}: {} (SQLite code {}); {}", file_, sqlite3_errmsg(db_),
                             sqlite3_extended_errcode(db_), advice_for(code)),
                 {}};
}

void Connection::fail_for_good(Error error) {
  error_ = std::move(error);
  for_good_ = true;
  // What the log holds must not be taken for copied.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Connection::note_damage(std::string_view what) {
  if (error_) return;
  constexpr auto kCode = ErrorCode::kStoreDamaged;
  error_ = Error{kCode, fmt::format("{}: {}; {}", file_, what, advice_for(kCode)), {}};
}

Statement::Statement(Connection& connection, std::string_view sql) : connection_(&connection) {
  if (!connection.ok()) return;
  connection.note(sqlite3_prepare_v3(connection.handle(), sql.data(), static_cast<int>(sql.size()),
                                     SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

void Statement::restart() {
  bound_ = 0;
}

std::int64_t Statement::finish() {
  if (!statement_ || !connection_->ok()) return 0;
  const int result = sqlite3_step(statement_);
  connection_->note(result);
  const bool done = result == SQLITE_DONE;
  sqlite3_reset(statement_);
  return done ? sqlite3_changes64(connection_->handle()) : 0;
}

void Statement::bind(int index, double value) {
  if (statement_) sqlite3_bind_double(statement_, index, value);
}

void Statement::bind(int index, std::string_view text) {
  if (!statement_) return;
  // A null pointer would bind NULL.
  connection_->note(sqlite3_bind_text64(statement_, index, text.data() ? text.data() : "",
                                        text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int index, Blob blob) {
  if (!statement_) return;
  connection_->note(sqlite3_bind_blob64(statement_, index,
                                        blob.bytes.data() ? blob.bytes.data() : "",
                                        blob.bytes.size(), SQLITE_STATIC));
}

void Statement::bind(int index, std::nullopt_t) {
  if (statement_) sqlite3_bind_null(statement_, index);
}

void Statement::bind_integer(int index, std::int64_t value) {
  if (statement_) sqlite3_bind_int64(statement_, index, value);
}

Rows::~Rows() {
  if (statement_.statement_) sqlite3_reset(statement_.statement_);
}

bool Rows::next() {
  if (done_ || !statement_.statement_ || !statement_.connection_->ok()) return false;
  const int result = sqlite3_step(statement_.statement_);
  statement_.connection_->note(result);
  done_ = result != SQLITE_ROW;  // another step would start anew
  return !done_;
}

bool Rows::is_null(int column) const {
  return sqlite3_column_type(statement_.statement_, column) == SQLITE_NULL;
}

std::int64_t Rows::integer(int column) const {
  return sqlite3_column_int64(statement_.statement_, column);
}

double Rows::real(int column) const {
  return sqlite3_column_double(statement_.statement_, column);
}

std::string_view Rows::text(int column) const {
  const auto* text = sqlite3_column_text(statement_.statement_, column);
  const auto size = sqlite3_column_bytes(statement_.statement_, column);
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

std::string_view Rows::blob(int column) const {
  const auto* bytes = sqlite3_column_blob(statement_.statement_, column);
  const auto size = sqlite3_column_bytes(statement_.statement_, column);
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::optional<int> Rows::maybe_int(int column) const {
  if (is_null(column)) return std::nullopt;
  return static_cast<int>(integer(column));
}

Transaction::Transaction(Connection& connection, Kind kind) : connection_(connection) {
  connection_.execute(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (!open_) return;
  // After an I/O failure SQLite may have rolled back by itself.
  if (sqlite3_get_autocommit(connection_.handle()) == 0) {
    sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  (void)connection_.check();
}

Result<void> Transaction::commit() {
  connection_.execute("COMMIT");
  if (!connection_.ok()) return connection_.check();
  open_ = false;
  return {};
}

}  // namespace mih::store::sqlite
