#include <fmt/format.h>
#include <sqlite3.h>

#include "store/sqlite/reader.hpp"
#include "store/sqlite/secrets.hpp"
#include "store/sqlite/store_impl.hpp"

/// Named secrets, users, the audit trail, and the key of the secrets.
namespace mih::store::sqlite {
namespace {

using Write = Transaction::Kind;

std::optional<WallTime> created_time(Connection& connection, core::UserId user) {
  Statement known{connection, "SELECT created_ms FROM local_integrationhub_user WHERE id = ?"};
  Rows row = known.query(user);
  if (!row.next()) return std::nullopt;
  return row.time_ms(0);
}

bool is_name_taken(Connection& connection, const core::User& user) {
  Statement other{connection, "SELECT 1 FROM local_integrationhub_user WHERE name = ? AND id <> ?"};
  return other.query(user.name, user.id).next();
}

std::unexpected<Error> no_user(core::UserId user) {
  return fail(ErrorCode::kNotFound, fmt::format("there is no user {}", user.value));
}

std::vector<core::User> read_users(Connection& connection) {
  Statement statement{connection,
                      "SELECT id, name, role, password_hash, one_time, last_login_ms, created_ms,"
                      " modified_ms FROM local_integrationhub_user ORDER BY id"};
  std::vector<core::User> users;
  Rows row = statement.query();
  while (row.next()) {
    auto& user = users.emplace_back();
    user.id.value = row.integer(0);
    user.name = row.text(1);
    user.role = core::role_from(row.text(2)).value_or(core::Role::kNone);
    user.password_hash = row.text(3);
    user.one_time = row.integer(4) != 0;
    user.last_login = row.time_ms(5);
    user.created = row.time_ms(6);
    user.modified = row.time_ms(7);
  }
  return users;
}

std::vector<core::NamedSecret> read_secrets(Connection& connection) {
  Statement statement{connection,
                      "SELECT name, value, created_ms, modified_ms"
                      " FROM local_integrationhub_secret ORDER BY name"};
  std::vector<core::NamedSecret> secrets;
  Rows row = statement.query();
  while (row.next()) {
    auto& secret = secrets.emplace_back();
    secret.name = row.text(0);
    secret.value = unseal(connection, kNamedSecret, row.text(1));
    secret.created = row.time_ms(2);
    secret.modified = row.time_ms(3);
  }
  return secrets;
}

}  // namespace

Result<core::NamedSecret> SqliteStore::save_secret(core::NamedSecret secret, WallTime now) {
  secret.created = now;
  secret.modified = now;
  Transaction transaction{*connection_, Write::kWrite};
  {
    Statement known{*connection_,
                    "SELECT created_ms FROM local_integrationhub_secret WHERE name = ?"};
    if (Rows row = known.query(secret.name); row.next()) secret.created = row.time_ms(0);
  }
  Statement save{*connection_,
                 "INSERT INTO local_integrationhub_secret VALUES (?,?,?,?) ON CONFLICT (name)"
                 " DO UPDATE SET value = excluded.value, modified_ms = excluded.modified_ms"};
  save.run(secret.name, seal(*connection_, kNamedSecret, secret.value), secret.created,
           secret.modified);
  if (auto done = transaction.commit(); !done) return fail(done);
  return secret;
}

Result<void> SqliteStore::remove_secret(const std::string& name) {
  Transaction transaction{*connection_, Write::kWrite};
  Statement remove{*connection_, "DELETE FROM local_integrationhub_secret WHERE name = ?"};
  const bool found = remove.run(name) > 0;
  if (connection_->ok() && !found) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no secret \"{}\"", name));
  }
  return transaction.commit();
}

Result<core::User> SqliteStore::save_user(core::User user, WallTime now) {
  Transaction transaction{*connection_, Write::kWrite};
  if (is_name_taken(*connection_, user)) {
    return fail(ErrorCode::kNameTaken,
                fmt::format("a user \"{}\" exists already; choose another name", user.name));
  }
  user.created = now;
  user.modified = now;
  if (user.id) {
    const auto created = created_time(*connection_, user.id);
    if (connection_->ok() && !created) return no_user(user.id);
    user.created = created.value_or(now);
    Statement{*connection_,
              "UPDATE local_integrationhub_user SET name = ?, role = ?, password_hash = ?,"
              " one_time = ?, last_login_ms = ?, modified_ms = ? WHERE id = ?"}
        .run(user.name, core::name_of(user.role), user.password_hash, user.one_time,
             user.last_login, user.modified, user.id);
  } else {
    Statement{*connection_,
              "INSERT INTO local_integrationhub_user (name, role, password_hash, one_time,"
              " last_login_ms, created_ms, modified_ms) VALUES (?,?,?,?,?,?,?)"}
        .run(user.name, core::name_of(user.role), user.password_hash, user.one_time,
             user.last_login, user.created, user.modified);
    user.id.value = sqlite3_last_insert_rowid(connection_->handle());
  }
  if (auto done = transaction.commit(); !done) return fail(done);
  return user;
}

Result<void> SqliteStore::remove_user(core::UserId user) {
  Transaction transaction{*connection_, Write::kWrite};
  Statement remove{*connection_, "DELETE FROM local_integrationhub_user WHERE id = ?"};
  const bool found = remove.run(user) > 0;
  if (connection_->ok() && !found) return no_user(user);
  return transaction.commit();
}

Result<void> SqliteStore::append_audit(const core::AuditEntry& entry) {
  Transaction transaction{*connection_, Write::kWrite};
  Statement{*connection_,
            "INSERT INTO local_integrationhub_audit (time_ms, who, address, action, what)"
            " VALUES (?,?,?,?,?)"}
      .run(entry.time, entry.who, entry.address, entry.action, entry.what);
  return transaction.commit();
}

Result<void> SqliteStore::rotate_key() {
  return sqlite::rotate_key(*connection_, *connection_->secrets(), key_file_);
}

Result<std::vector<core::NamedSecret>> SqliteReader::secrets() {
  return read(read_secrets);
}

Result<std::vector<core::User>> SqliteReader::users() {
  return read(read_users);
}

Result<std::vector<core::AuditEntry>> SqliteReader::audit(Page page) {
  return read([page](Connection& connection) {
    Statement statement{connection,
                        "SELECT id, time_ms, who, address, action, what"
                        " FROM local_integrationhub_audit WHERE (?1 = 0 OR id < ?1)"
                        " ORDER BY id DESC LIMIT ?2"};
    std::vector<core::AuditEntry> entries;
    Rows row = statement.query(page.before, page.limit);
    while (row.next()) {
      auto& entry = entries.emplace_back();
      entry.id = row.integer(0);
      entry.time = row.time_ms(1);
      entry.who = row.text(2);
      entry.address = row.text(3);
      entry.action = row.text(4);
      entry.what = row.text(5);
    }
    return entries;
  });
}

}  // namespace mih::store::sqlite
