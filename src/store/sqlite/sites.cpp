#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <sqlite3.h>
#include <tuple>

#include "store/sqlite/reader.hpp"
#include "store/sqlite/secrets.hpp"
#include "store/sqlite/store_impl.hpp"

/// Sites, their catalogues, and the subscription list.
namespace mih::store::sqlite {
namespace {

std::unexpected<Error> no_site(core::SiteId site) {
  return fail(ErrorCode::kNotFound, fmt::format("there is no site {}", site.value));
}

std::optional<Blob> code_of(const core::Site& site) {
  if (!site.code_hash) return std::nullopt;
  return Blob{{reinterpret_cast<const char*>(site.code_hash->data()), site.code_hash->size()}};
}

bool is_name_taken(Connection& connection, const core::Site& site) {
  Statement other{connection, "SELECT 1 FROM local_integrationhub_site WHERE name = ? AND id <> ?"};
  return other.query(site.name, site.id).next();
}

std::optional<WallTime> created_time(Connection& connection, core::SiteId site) {
  Statement known{connection, "SELECT created_ms FROM local_integrationhub_site WHERE id = ?"};
  Rows row = known.query(site);
  if (!row.next()) return std::nullopt;
  return row.time_ms(0);
}

void insert_row(Connection& connection, core::Site& site) {
  Statement statement{
      connection,
      "INSERT INTO local_integrationhub_site (name, wwwroot, callback_url, plugin_version,"
      " moodle_version, outbox_rows, last_seen_ms, token_id, callback_key, signon_key, code_hash,"
      " code_expires_ms, list_version, timecreated, created_ms, modified_ms)"
      " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"};
  statement.run(site.name, site.wwwroot, site.callback_url, site.plugin_version,
                site.moodle_version, site.outbox_rows, site.last_seen, site.token,
                seal(connection, kCallbackKey, site.callback_key),
                seal(connection, kSignonKey, site.signon_key), code_of(site), site.code_expires,
                site.list_version, to_unix_s(site.created), site.created, site.modified);
  site.id.value = sqlite3_last_insert_rowid(connection.handle());
}

void update_row(Connection& connection, const core::Site& site) {
  Statement statement{
      connection,
      "UPDATE local_integrationhub_site SET name = ?, wwwroot = ?, callback_url = ?,"
      " plugin_version = ?, moodle_version = ?, outbox_rows = ?, last_seen_ms = ?, token_id = ?,"
      " callback_key = ?, signon_key = ?, code_hash = ?, code_expires_ms = ?, list_version = ?,"
      " modified_ms = ? WHERE id = ?"};
  statement.run(site.name, site.wwwroot, site.callback_url, site.plugin_version,
                site.moodle_version, site.outbox_rows, site.last_seen, site.token,
                seal(connection, kCallbackKey, site.callback_key),
                seal(connection, kSignonKey, site.signon_key), code_of(site), site.code_expires,
                site.list_version, site.modified, site.id);
}

std::vector<core::Site> read_sites(Connection& connection) {
  Statement statement{
      connection,
      "SELECT id, name, wwwroot, callback_url, plugin_version, moodle_version, outbox_rows,"
      " last_seen_ms, token_id, callback_key, signon_key, code_hash, code_expires_ms, list_version,"
      " created_ms, modified_ms FROM local_integrationhub_site ORDER BY id"};
  std::vector<core::Site> sites;
  Rows row = statement.query();
  while (row.next()) {
    core::Site& site = sites.emplace_back();
    site.id.value = row.integer(0);
    site.name = row.text(1);
    site.wwwroot = row.text(2);
    site.callback_url = row.text(3);
    site.plugin_version = row.text(4);
    site.moodle_version = row.text(5);
    site.outbox_rows = row.integer(6);
    site.last_seen = row.time_ms(7);
    site.token.value = row.integer(8);
    site.callback_key = unseal(connection, kCallbackKey, row.text(9));
    site.signon_key = unseal(connection, kSignonKey, row.text(10));
    if (const auto code = row.blob(11); code.size() == Sha256{}.size()) {
      std::ranges::copy(code, site.code_hash.emplace().begin());
    }
    site.code_expires = row.time_ms(12);
    site.list_version = row.integer(13);
    site.created = row.time_ms(14);
    site.modified = row.time_ms(15);
  }
  return sites;
}

core::Subscriptions read_subscriptions(Connection& connection) {
  core::Subscriptions list;
  Statement version{connection, "SELECT version FROM local_integrationhub_subscription_list"};
  if (Rows row = version.query(); row.next()) list.version = row.integer(0);
  Statement patterns{connection,
                     "SELECT pattern, since, active_since_ms FROM"
                     " local_integrationhub_subscription ORDER BY pattern"};
  Rows row = patterns.query();
  while (row.next()) {
    list.patterns.push_back({std::string{row.text(0)}, row.integer(1), row.time_ms(2)});
  }
  return list;
}

bool is_before_by_pattern(const core::SubscribedPattern& a, const core::SubscribedPattern& b) {
  return a.pattern < b.pattern;
}

bool is_before(const core::SubscribedPattern& a, const core::SubscribedPattern& b) {
  const auto kept = [](const core::SubscribedPattern& one) {
    return std::tuple(std::string_view{one.pattern}, one.since, to_unix_ms(one.active_since));
  };
  return kept(a) < kept(b);
}

/// Those of `patterns` that `others` lacks. Both are in order.
template <class Before>
std::vector<core::SubscribedPattern> without(const std::vector<core::SubscribedPattern>& patterns,
                                             const std::vector<core::SubscribedPattern>& others,
                                             Before before) {
  std::vector<core::SubscribedPattern> left;
  std::ranges::set_difference(patterns, others, std::back_inserter(left), before);
  return left;
}

}  // namespace

Result<core::Site> SqliteStore::save_site(core::Site site, WallTime now) {
  Transaction transaction{*connection_, Transaction::Kind::kWrite};
  if (is_name_taken(*connection_, site)) {
    return fail(ErrorCode::kNameTaken,
                fmt::format("a site \"{}\" exists already; choose another name", site.name));
  }
  site.created = now;
  site.modified = now;
  if (site.id) {
    const auto created = created_time(*connection_, site.id);
    if (connection_->ok() && !created) return no_site(site.id);
    site.created = created.value_or(now);
    update_row(*connection_, site);
  } else {
    insert_row(*connection_, site);
  }
  if (auto done = transaction.commit(); !done) return fail(done);
  return site;
}

Result<void> SqliteStore::remove_site(core::SiteId site) {
  Transaction transaction{*connection_, Transaction::Kind::kWrite};
  Statement remove{*connection_, "DELETE FROM local_integrationhub_site WHERE id = ?"};
  const bool found = remove.run(site) > 0;
  if (connection_->ok() && !found) return no_site(site);
  Statement{*connection_, "DELETE FROM local_integrationhub_catalogue WHERE site_id = ?"}.run(site);
  return transaction.commit();
}

Result<void> SqliteStore::save_catalogue(core::SiteId site, const std::string& catalogue) {
  Transaction transaction{*connection_, Transaction::Kind::kWrite};
  const auto known = created_time(*connection_, site);
  if (connection_->ok() && !known) return no_site(site);
  Statement{*connection_, "INSERT OR REPLACE INTO local_integrationhub_catalogue VALUES (?,?)"}.run(
      site, catalogue);
  return transaction.commit();
}

Result<void> SqliteStore::save_subscriptions(const core::Subscriptions& list) {
  Transaction transaction{*connection_, Transaction::Kind::kWrite};
  Statement{*connection_, "UPDATE local_integrationhub_subscription_list SET version = ?"}.run(
      list.version);
  const auto before = read_subscriptions(*connection_);
  Statement remove{*connection_, "DELETE FROM local_integrationhub_subscription WHERE pattern = ?"};
  for (const auto& one : without(before.patterns, list.patterns, is_before_by_pattern))
    remove.run(one.pattern);
  Statement put{*connection_,
                "INSERT OR REPLACE INTO local_integrationhub_subscription VALUES (?,?,?)"};
  for (const auto& one : without(list.patterns, before.patterns, is_before))
    put.run(one.pattern, one.since, one.active_since);
  return transaction.commit();
}

Result<std::vector<core::Site>> SqliteReader::sites() {
  return read(read_sites);
}

Result<std::string> SqliteReader::catalogue(core::SiteId site) {
  return read([site](Connection& connection) {
    Statement statement{connection,
                        "SELECT events FROM local_integrationhub_catalogue WHERE site_id = ?"};
    Rows row = statement.query(site);
    return row.next() ? std::string{row.text(0)} : std::string{};
  });
}

Result<core::Subscriptions> SqliteReader::subscriptions() {
  return read(read_subscriptions);
}

}  // namespace mih::store::sqlite
