#include "store/sqlite/secrets.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <variant>
#include <vector>

#include "base/crash_point.hpp"
#include "base/header.hpp"
#include "core/base_url.hpp"
#include "core/fields.hpp"
#include "store/sqlite/codec.hpp"

namespace mih::store::sqlite {
namespace {

constexpr std::string_view kServices = "local_integrationhub_svc";
constexpr std::string_view kRules = "local_integrationhub_rules";
/// Stands before the id of the key once all columns of today are sealed with it, and no page or log
/// keeps what they were in clear.
constexpr std::string_view kAllColumns = "2:";
constexpr std::int64_t kRowsAtOnce = 1'000;
/// Smaller stores are written anew when their secrets are sealed for the first time, so that no
/// page keeps a piece of them.
constexpr std::int64_t kRewriteBytes = 64LL << 20;

using Kind = SecretColumn::Kind;
/// A stored text of a column changed; empty when it cannot be opened.
using Change = std::function<std::optional<std::string>(std::string_view, const SecretColumn&)>;

/// Headers often say who the hub is.
template <class T>
bool holds_headers(const core::Field<T>& field) {
  return std::holds_alternative<core::Headers T::*>(field.access);
}

std::optional<SecretColumn> column_of(const core::Field<core::Service>& field) {
  if (field.secret) return SecretColumn{kServices, field.name};
  if (field.url_password) return SecretColumn{kServices, field.name, Kind::kUrl};
  if (holds_headers(field)) return SecretColumn{kServices, field.name, Kind::kHeaders};
  if (field.name == "soap_headers") return SecretColumn{kServices, field.name, Kind::kText};
  return std::nullopt;
}

std::optional<SecretColumn> column_of(const core::Field<core::Rule>& field) {
  if (!holds_headers(field)) return std::nullopt;
  return SecretColumn{kRules, field.name, Kind::kHeaders};
}

bool is_harmless(const std::string& name, const std::string& value) {
  return value == core::kMask || equal_ignoring_case(name, "Content-Type");
}

bool may_hold_secret(Kind kind, std::string_view text) {
  if (text.empty()) return false;
  if (kind == Kind::kUrl) return core::may_hold_secret(text);
  if (kind != Kind::kHeaders) return true;
  return std::ranges::any_of(headers_from_json(text), [](const auto& header) {
    return !is_harmless(header.first, header.second);
  });
}

std::string sealed(const SecretBox& box, const SecretColumn& column, std::string_view text) {
  return may_hold_secret(column.kind, text) ? box.seal(text, column.place()) : std::string(text);
}

/// Whether a stored text is of a version that did not seal the whole column, or holds no secret.
bool is_clear(const SecretColumn& column, std::string_view stored) {
  return column.kind != Kind::kSecret && !SecretBox::is_sealed(stored);
}

/// Empty when it cannot be opened.
std::optional<std::string> opened(const SecretBox& box, const SecretColumn& column,
                                  std::string_view stored) {
  if (!is_clear(column, stored)) return box.open(stored, column.place());
  if (column.kind != Kind::kUrl || core::url_password(stored).empty()) return std::string(stored);
  const auto password = box.open(core::url_password(stored), column.place());
  if (!password) return std::nullopt;
  return core::with_url_password(stored, *password);
}

std::vector<SecretColumn> secret_columns() {
  std::vector<SecretColumn> columns{kCallbackKey, kSignonKey, kNamedSecret, kLetterHeaders};
  for (const auto& field : core::service_fields()) {
    if (auto column = column_of(field)) columns.push_back(*column);
  }
  for (const auto& field : core::rule_fields()) {
    if (auto column = column_of(field)) columns.push_back(*column);
  }
  return columns;
}

/// Changes the secrets of a column that stand in rows behind `row`, which moves on; false when
/// there are no more.
bool change_some(Connection& connection, const SecretColumn& column, const Change& change,
                 std::int64_t& row, std::int64_t& count) {
  std::vector<std::pair<std::int64_t, std::string>> texts;
  std::int64_t seen = 0;
  {
    Statement select{connection,
                     fmt::format("SELECT rowid, {0} FROM {1} WHERE rowid > ? AND {0} <> ''"
                                 " ORDER BY rowid LIMIT ?",
                                 column.column, column.table)};
    Rows rows = select.query(row, kRowsAtOnce);
    while (rows.next()) {
      ++seen;
      row = rows.integer(0);
      auto text = change(rows.text(1), column);
      if (!text) return connection.note_damage("a secret cannot be opened"), false;
      if (*text != rows.text(1)) texts.emplace_back(row, std::move(*text));
    }
  }
  Statement update{
      connection, fmt::format("UPDATE {} SET {} = ? WHERE rowid = ?", column.table, column.column)};
  for (const auto& [id, text] : texts)
    update.run(text, id);
  count += std::ssize(texts);
  return seen == kRowsAtOnce;
}

bool has_column(Connection& connection, const SecretColumn& column) {
  Statement select{connection, "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"};
  Rows rows = select.query(column.table, column.column);
  return rows.next();
}

bool has_secret(Connection& connection, const SecretColumn& column) {
  if (!has_column(connection, column)) return false;
  Statement select{connection, fmt::format("SELECT {} FROM {} WHERE {} <> ''", column.column,
                                           column.table, column.column)};
  Rows rows = select.query();
  while (rows.next()) {
    const auto stored = rows.text(0);
    if (!is_clear(column, stored)) return true;
    if (column.kind == Kind::kUrl && !core::url_password(stored).empty()) return true;
  }
  return false;
}

/// Changes every secret; inside of the caller's transaction. Returns how many there were.
std::int64_t change_all(Connection& connection, const Change& change,
                        const std::vector<SecretColumn>& columns = secret_columns()) {
  std::int64_t count = 0;
  for (const auto& column : columns) {
    std::int64_t row = std::numeric_limits<std::int64_t>::min();
    while (connection.ok() && change_some(connection, column, change, row, count)) {
    }
  }
  return count;
}

Change sealing(const SecretBox& box) {
  return [&box](std::string_view text, const SecretColumn& column) -> std::optional<std::string> {
    return sealed(box, column, text);
  };
}

/// Also what is not sealed yet, or only in part.
Change sealing_again(const SecretBox& box) {
  return [&box](std::string_view stored, const SecretColumn& column) -> std::optional<std::string> {
    const auto clear = opened(box, column, stored);
    if (!clear) return std::nullopt;
    return sealed(box, column, *clear);
  };
}

void save_key_mark(Connection& connection, const std::string& mark) {
  Statement{connection, "INSERT OR REPLACE INTO local_integrationhub_key VALUES (1, ?)"}.run(mark);
}

std::string all_sealed_with(const SecretKey& key) {
  return std::string{kAllColumns} + key.id();
}

/// As it is stored, "" when there is none.
std::string key_mark(Connection& connection) {
  if (connection.integer_of("SELECT count(*) FROM sqlite_schema"
                            " WHERE name = 'local_integrationhub_key'") == 0) {
    return {};
  }
  return connection.text_of("SELECT key_id FROM local_integrationhub_key");
}

Result<std::string> key_id_of(Connection& connection) {
  auto id = needed_key_id(connection);
  if (auto read = connection.check(); !read) return fail(read);
  return id;
}

Result<SecretKey> find_key(const std::vector<SecretKey>& keys, const std::string& id,
                           const KeyFile& file) {
  const auto key = std::ranges::find(keys, id, &SecretKey::id);
  if (key != keys.end()) return *key;
  return fail(ErrorCode::kConfigInvalid,
              fmt::format("The key file {} holds another key than the one of this store (its id is "
                          "{}). Nothing was changed. Put the right file there, or name it with "
                          "key_file",
                          file.path().string(), id));
}

/// The key for secrets that were in clear so far.
Result<SecretKey> first_key(const KeyFile& file) {
  if (file.exists()) {
    auto keys = file.read();
    if (!keys) return fail(keys);
    return keys->front();
  }
  const auto key = SecretKey::random();
  if (auto written = file.write({key}); !written) return fail(written);
  return key;
}

bool is_all_sealed(Connection& connection) {
  return key_mark(connection).starts_with(kAllColumns);
}

/// Lets no page keep a piece of what was in clear. False while somebody else reads the database,
/// which its log has to wait for.
bool forget_clear(Connection& connection) {
  const auto bytes =
      connection.integer_of("PRAGMA page_count") * connection.integer_of("PRAGMA page_size");
  if (bytes <= kRewriteBytes) connection.execute("VACUUM");
  return connection.integer_of("PRAGMA wal_checkpoint(TRUNCATE)") == 0;  // whether it was busy
}

/// Seals what is in clear. When it is interrupted, the next start goes on.
Result<void> seal_clear(Connection& connection, const SecretKey& key,
                        const std::function<std::int64_t()>& seal_columns) {
  connection.execute("PRAGMA secure_delete = ON");
  bool clean = is_all_sealed(connection);
  {
    Transaction transaction{connection, Transaction::Kind::kWrite};
    if (seal_columns() > 0) clean = false;
    save_key_mark(connection, clean ? all_sealed_with(key) : key.id());
    if (auto done = transaction.commit(); !done) return done;
  }
  crash_point(CrashPoint::kSecretsSealed);
  if (!clean) {
    const bool forgotten = forget_clear(connection);
    if (auto done = connection.check(); !done) return done;
    if (forgotten) save_key_mark(connection, all_sealed_with(key));
  }
  connection.execute("PRAGMA secure_delete = OFF");
  return connection.check();
}

/// In a store whose version sealed fewer columns.
Result<void> seal_the_others(Connection& connection, const SecretBox& box) {
  auto columns = secret_columns();
  std::erase_if(columns, [](const SecretColumn& column) { return column.kind == Kind::kSecret; });
  return seal_clear(connection, box.key(),
                    [&] { return change_all(connection, sealing_again(box), columns); });
}

}  // namespace

std::string SecretColumn::place() const {
  return fmt::format("{}.{}", table, column);
}

std::string seal(const Connection& connection, const SecretColumn& column, std::string_view text) {
  return sealed(*connection.secrets(), column, text);
}

std::string unseal(Connection& connection, const SecretColumn& column, std::string_view stored) {
  const auto& box = connection.secrets();
  if (!box || stored.empty()) return std::string(stored);
  auto text = opened(*box, column, stored);
  if (text) return std::move(*text);
  connection.note_damage(fmt::format("a secret in {} cannot be opened", column.place()));
  return {};
}

std::string seal(const Connection& connection, const core::Field<core::Service>& field,
                 std::string_view text) {
  const auto column = column_of(field);
  return column ? seal(connection, *column, text) : std::string(text);
}

std::string seal(const Connection& connection, const core::Field<core::Rule>& field,
                 std::string_view text) {
  const auto column = column_of(field);
  return column ? seal(connection, *column, text) : std::string(text);
}

std::string unseal(Connection& connection, const core::Field<core::Service>& field,
                   std::string_view stored) {
  const auto column = column_of(field);
  return column ? unseal(connection, *column, stored) : std::string(stored);
}

std::string unseal(Connection& connection, const core::Field<core::Rule>& field,
                   std::string_view stored) {
  const auto column = column_of(field);
  return column ? unseal(connection, *column, stored) : std::string(stored);
}

std::string stored_key_id(Connection& connection) {
  auto mark = key_mark(connection);
  if (mark.starts_with(kAllColumns)) mark.erase(0, kAllColumns.size());
  return mark;
}

std::string needed_key_id(Connection& connection) {
  return has_secrets(connection) ? stored_key_id(connection) : std::string{};
}

bool has_secrets(Connection& connection) {
  return std::ranges::any_of(
      secret_columns(), [&](const SecretColumn& column) { return has_secret(connection, column); });
}

Result<std::shared_ptr<SecretBox>> unlock(Connection& connection, const KeyFile& file) {
  const auto id = key_id_of(connection);
  if (!id) return std::unexpected(id.error());
  if (id->empty()) {
    auto key = first_key(file);
    if (!key) return fail(key);
    auto box = std::make_shared<SecretBox>(*key);
    auto sealed =
        seal_clear(connection, *key, [&] { return change_all(connection, sealing(*box)); });
    if (!sealed) return fail(sealed);
    return box;
  }
  auto keys = file.read();
  if (!keys) return fail(keys);
  auto key = find_key(*keys, *id, file);
  if (!key) return fail(key);
  // A change of keys was interrupted; the database says how it ended.
  if (keys->size() > 1) {
    if (auto written = file.write({*key}); !written) return fail(written);
  }
  auto box = std::make_shared<SecretBox>(*key);
  if (!is_all_sealed(connection)) {
    if (auto sealed = seal_the_others(connection, *box); !sealed) return fail(sealed);
  }
  return box;
}

Result<std::shared_ptr<SecretBox>> unlock_for_reading(Connection& connection, const KeyFile& file) {
  const auto id = key_id_of(connection);
  if (!id) return std::unexpected(id.error());
  if (id->empty()) return std::shared_ptr<SecretBox>{};
  auto keys = file.read();
  if (!keys) return fail(keys);
  auto key = find_key(*keys, *id, file);
  if (!key) return fail(key);
  return std::make_shared<SecretBox>(*key);
}

Result<void> rotate_key(Connection& connection, SecretBox& box, const KeyFile& file) {
  const auto old_key = box.key();
  const auto new_key = SecretKey::random();
  if (auto written = file.write({old_key, new_key}); !written) return written;
  crash_point(CrashPoint::kKeyAdded);
  box.use(new_key);
  Transaction transaction{connection, Transaction::Kind::kWrite};
  change_all(connection, sealing_again(box));
  save_key_mark(connection, all_sealed_with(new_key));
  if (auto done = transaction.commit(); !done) {
    box.use(old_key);
    return done;
  }
  crash_point(CrashPoint::kKeyChanged);
  return file.write({new_key});
}

}  // namespace mih::store::sqlite
