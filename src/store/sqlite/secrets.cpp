#include "store/sqlite/secrets.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

#include "base/crash_point.hpp"
#include "core/fields.hpp"

namespace mih::store::sqlite {
namespace {

constexpr std::string_view kServices = "local_integrationhub_svc";
/// Smaller stores are written anew when their secrets are sealed for the first time, so that no
/// page keeps a piece of them.
constexpr std::int64_t kRewriteBytes = 64LL << 20;

using Change = std::function<std::optional<std::string>(std::string_view, std::string_view place)>;

std::vector<SecretColumn> secret_columns() {
  std::vector<SecretColumn> columns{kCallbackKey, kSignonKey, kNamedSecret};
  for (const auto& field : core::service_fields()) {
    if (field.secret || field.url_password) {
      columns.push_back({kServices, field.name, field.url_password});
    }
  }
  return columns;
}

/// The stored text with its secret changed; empty when the secret cannot be.
std::optional<std::string> changed(const SecretColumn& column, std::string_view stored,
                                   const Change& change) {
  if (!column.url_password) return change(stored, column.place());
  const auto secret = change(core::url_password(stored), column.place());
  if (!secret) return std::nullopt;
  return core::with_url_password(stored, *secret);
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
    if (!column.url_password || !core::url_password(rows.text(0)).empty()) return true;
  }
  return false;
}

/// Changes every secret; inside of the caller's transaction. Returns how many there were.
std::int64_t change_all(Connection& connection, const Change& change) {
  std::int64_t count = 0;
  for (const auto& column : secret_columns()) {
    std::vector<std::pair<std::int64_t, std::string>> texts;
    {
      Statement select{connection, fmt::format("SELECT rowid, {} FROM {} WHERE {} <> ''",
                                               column.column, column.table, column.column)};
      Rows rows = select.query();
      while (rows.next()) {
        auto text = changed(column, rows.text(1), change);
        if (!text) return connection.note_damage("a secret cannot be opened"), count;
        if (*text != rows.text(1)) texts.emplace_back(rows.integer(0), std::move(*text));
      }
    }
    Statement update{connection, fmt::format("UPDATE {} SET {} = ? WHERE rowid = ?", column.table,
                                             column.column)};
    for (const auto& [row, text] : texts)
      update.run(text, row);
    count += std::ssize(texts);
  }
  return count;
}

Change sealing(const SecretBox& box) {
  return [&box](std::string_view text, std::string_view place) -> std::optional<std::string> {
    return box.seal(text, place);
  };
}

void save_key_id(Connection& connection, const SecretKey& key) {
  Statement{connection, "INSERT OR REPLACE INTO local_integrationhub_key VALUES (1, ?)"}.run(
      key.id());
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

Result<void> seal_first(Connection& connection, const SecretBox& box) {
  connection.execute("PRAGMA secure_delete = ON");
  std::int64_t count = 0;
  {
    Transaction transaction{connection, Transaction::Kind::kWrite};
    count = change_all(connection, sealing(box));
    save_key_id(connection, box.key());
    if (auto done = transaction.commit(); !done) return done;
  }
  if (count > 0) {
    const auto bytes =
        connection.integer_of("PRAGMA page_count") * connection.integer_of("PRAGMA page_size");
    if (bytes <= kRewriteBytes) connection.execute("VACUUM");
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  connection.execute("PRAGMA secure_delete = OFF");
  return connection.check();
}

}  // namespace

std::string SecretColumn::place() const {
  return fmt::format("{}.{}", table, column);
}

std::string seal(const Connection& connection, const SecretColumn& column, std::string_view text) {
  return *changed(column, text, sealing(*connection.secrets()));
}

std::string unseal(Connection& connection, const SecretColumn& column, std::string_view stored) {
  const auto& box = connection.secrets();
  if (!box) return std::string(stored);
  auto text = changed(column, stored, [&](std::string_view sealed, std::string_view place) {
    return box->open(sealed, place);
  });
  if (text) return std::move(*text);
  connection.note_damage(fmt::format("a secret in {} cannot be opened", column.place()));
  return {};
}

core::Service seal(const Connection& connection, core::Service service) {
  for (const auto& field : core::service_fields()) {
    if (!field.secret && !field.url_password) continue;
    auto& text = service.*std::get<std::string core::Service::*>(field.access);
    text = seal(connection, {kServices, field.name, field.url_password}, text);
  }
  return service;
}

void unseal(Connection& connection, core::Service& service) {
  for (const auto& field : core::service_fields()) {
    if (!field.secret && !field.url_password) continue;
    auto& text = service.*std::get<std::string core::Service::*>(field.access);
    text = unseal(connection, {kServices, field.name, field.url_password}, text);
  }
}

std::string stored_key_id(Connection& connection) {
  if (connection.integer_of("SELECT count(*) FROM sqlite_schema"
                            " WHERE name = 'local_integrationhub_key'") == 0) {
    return {};
  }
  return connection.text_of("SELECT key_id FROM local_integrationhub_key");
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
    if (auto sealed = seal_first(connection, *box); !sealed) return fail(sealed);
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
  return std::make_shared<SecretBox>(*key);
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
  const auto reseal = [&](std::string_view text,
                          std::string_view place) -> std::optional<std::string> {
    const auto clear = box.open(text, place);
    if (!clear) return std::nullopt;
    return box.seal(*clear, place);
  };
  Transaction transaction{connection, Transaction::Kind::kWrite};
  change_all(connection, reseal);
  save_key_id(connection, new_key);
  if (auto done = transaction.commit(); !done) {
    box.use(old_key);
    return done;
  }
  crash_point(CrashPoint::kKeyChanged);
  return file.write({new_key});
}

}  // namespace mih::store::sqlite
