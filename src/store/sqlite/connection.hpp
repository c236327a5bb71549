#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.hpp"
#include "base/time.hpp"
#include "core/ids.hpp"
#include "store/secret_box.hpp"

namespace mih::store::sqlite {

/// Bytes to be bound as a BLOB.
struct Blob {
  std::string_view bytes;
};

/// One SQLite connection, for one thread at a time.
///
/// The first failure is latched: from then on statements find no rows and change nothing, so that
/// code reads straight on and asks once at its end, in Transaction::commit() or check().
class Connection {
 public:
  /// `vfs` "" is the default one.
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file, int flags,
                                                  const std::string& vfs);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one or more statements without values.
  void execute(const char* sql);
  /// The value of a statement such as `PRAGMA user_version`.
  std::int64_t integer_of(const char* sql);
  std::string text_of(const char* sql);

  bool ok() const { return !error_; }
  /// The latched failure, which is forgotten by this.
  Result<void> check();
  /// Latches the failure behind a result code, if it is one.
  void note(int result_code);
  /// Latches a failure that check() does not forget.
  void fail_for_good(Error error);
  /// Latches that the content is not what was written.
  void note_damage(std::string_view what);

  sqlite3* handle() { return db_; }

  /// What seals and opens the secrets in the rows; null until the store is unlocked, and while its
  /// secrets are in clear.
  const std::shared_ptr<SecretBox>& secrets() const { return secrets_; }
  void use_secrets(std::shared_ptr<SecretBox> secrets) { secrets_ = std::move(secrets); }

 private:
  Connection(sqlite3* db, std::string file) : db_(db), file_(std::move(file)) {}

  sqlite3* db_;
  std::string file_;
  std::shared_ptr<SecretBox> secrets_;
  std::optional<Error> error_;
  bool for_good_ = false;
};

class Statement;

/// The rows of a running query; the statement is free again at the end of its life.
class Rows {
 public:
  explicit Rows(Statement& statement) : statement_(statement) {}
  ~Rows();
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  bool next();
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  /// Valid until next().
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  std::optional<int> maybe_int(int column) const;
  WallTime time_ms(int column) const { return from_unix_ms(integer(column)); }

 private:
  Statement& statement_;
  bool done_ = false;
};

/// A prepared statement, kept for many runs. Values are bound in order, by reference: they must
/// live until the run or the rows end.
class Statement {
 public:
  Statement(Connection& connection, std::string_view sql);
  Statement(Statement&& other) noexcept;
  ~Statement();

  /// Runs a statement that gives no rows; returns how many rows it changed.
  template <class... Values>
  std::int64_t run(const Values&... values) {
    start(values...);
    return finish();
  }

  /// Starts a query.
  template <class... Values>
  [[nodiscard]] Rows query(const Values&... values) {
    start(values...);
    return Rows{*this};
  }

  /// For lists of values that are made at run time: restart(), bind_next() for each, then run() or
  /// query() without values.
  void restart();
  template <class Value>
  void bind_next(const Value& value) {
    bind(++bound_, value);
  }
  std::int64_t finish();
  Rows rows() { return Rows{*this}; }

 private:
  friend class Rows;

  template <class... Values>
  void start(const Values&... values) {
    restart();
    (bind_next(values), ...);
  }

  template <class Value>
    requires std::integral<Value> || std::is_enum_v<Value>
  void bind(int index, Value value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }
  template <class Tag>
  void bind(int index, core::Id<Tag> id) {
    bind_integer(index, id.value);
  }
  void bind(int index, WallTime time) { bind_integer(index, to_unix_ms(time)); }
  void bind(int index, double value);
  void bind(int index, std::string_view text);
  void bind(int index, const std::string& text) { bind(index, std::string_view{text}); }
  void bind(int index, const char* text) { bind(index, std::string_view{text}); }
  void bind(int index, Blob blob);
  void bind(int index, std::nullopt_t none);
  template <class Value>
  void bind(int index, const std::optional<Value>& maybe) {
    if (maybe) {
      bind(index, *maybe);
    } else {
      bind(index, std::nullopt);
    }
  }
  void bind_integer(int index, std::int64_t value);

  Connection* connection_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

/// A transaction; rolled back unless commit() succeeded.
class Transaction {
 public:
  enum class Kind : std::uint8_t { kRead, kWrite };

  Transaction(Connection& connection, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// The first failure since the beginning, with nothing changed; otherwise what was written is
  /// durable.
  Result<void> commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace mih::store::sqlite
