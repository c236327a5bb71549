#include "store/sqlite/reader.hpp"

#include <algorithm>

#include "store/sqlite/conditions.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/secrets.hpp"

namespace mih::store::sqlite {
namespace {

constexpr int kMaxConnections = 4;

std::optional<WallTime> accepted_time(Connection& connection, std::int64_t seq) {
  Statement statement{connection,
                      "SELECT accepted_ms FROM local_integrationhub_event WHERE seq >= ?"
                      " ORDER BY seq LIMIT 1"};
  Rows rows = statement.query(seq);
  if (!rows.next()) return std::nullopt;
  return rows.time_ms(0);
}

void add_calls(Connection& connection, WallTime since,
               std::map<core::ServiceId, ServiceStatistics>& statistics) {
  const std::int64_t minute = unix_minute(since);
  Statement statement{connection,
                      "SELECT sum(calls), sum(failed) + sum(retried), sum(latency_sum_ms)"
                      " FROM local_integrationhub_stat WHERE service_id = ? AND minute >= ?"};
  for (auto& [service, item] : statistics) {
    Rows rows = statement.query(service, minute);
    if (!rows.next()) continue;
    const std::int64_t calls = rows.integer(0);
    item.errors_24h = rows.integer(1);
    if (calls > 0) item.avg_latency_ms = rows.integer(2) / calls;
  }
}

}  // namespace

std::vector<std::int64_t> service_ids(Connection& connection, std::string_view name) {
  Statement statement{connection,
                      "SELECT id FROM local_integrationhub_svc WHERE name = ?1 UNION ALL"
                      " SELECT id FROM local_integrationhub_svc_removed WHERE name = ?1"};
  std::vector<std::int64_t> ids;
  Rows rows = statement.query(name);
  while (rows.next())
    ids.push_back(rows.integer(0));
  return ids;
}

SqliteReader::SqliteReader(std::filesystem::path file, std::string vfs)
    : file_(std::move(file)), vfs_(std::move(vfs)) {}

Result<std::unique_ptr<Connection>> SqliteReader::borrow() {
  std::unique_lock lock{mutex_};
  free_.wait(lock, [&] { return !idle_.empty() || lent_ < kMaxConnections; });
  ++lent_;
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    connection->use_secrets(secrets_);
    return connection;
  }
  auto connection = Connection::open(file_, SQLITE_OPEN_READONLY, vfs_);
  if (connection) {
    configure_reader(**connection);
    (*connection)->use_secrets(secrets_);
  } else {
    --lent_;
  }
  return connection;
}

void SqliteReader::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock{mutex_};
    --lent_;
    idle_.push_back(std::move(connection));
  }
  free_.notify_one();
}

Result<void> SqliteReader::check() {
  auto connection = borrow();
  if (!connection) return fail(connection);
  auto checked = check_store(**connection, file_.string());
  give_back(std::move(*connection));
  return checked;
}

Result<void> SqliteReader::unlock(const KeyFile& file) {
  auto connection = borrow();
  if (!connection) return fail(connection);
  auto secrets = unlock_for_reading(**connection, file);
  if (!secrets) return fail(secrets);
  secrets_ = std::move(*secrets);
  (*connection)->use_secrets(secrets_);
  give_back(std::move(*connection));
  return {};
}

Result<std::vector<core::Service>> SqliteReader::services() {
  return read(read_services);
}
Result<std::vector<core::Rule>> SqliteReader::rules() {
  return read(read_rules);
}
Result<std::vector<core::Token>> SqliteReader::tokens() {
  return read(read_tokens);
}
Result<core::Settings> SqliteReader::settings() {
  return read(read_settings);
}
Result<std::vector<core::CircuitRecord>> SqliteReader::circuits() {
  return read(read_circuits);
}

Result<std::vector<core::Alert>> SqliteReader::alerts() {
  return read(read_alerts);
}

Result<std::map<core::RuleId, WallTime>> SqliteReader::flagged_rules() {
  return read([](Connection& connection) {
    std::map<core::RuleId, WallTime> flagged;
    Statement statement{connection,
                        "SELECT rule_id, flagged_ms FROM local_integrationhub_rule_flag"};
    Rows rows = statement.query();
    while (rows.next())
      flagged[core::RuleId{rows.integer(0)}] = rows.time_ms(1);
    return flagged;
  });
}

Result<core::Totals> SqliteReader::totals() {
  return read([](Connection& connection) { return read_head(connection).totals; });
}

Result<std::int64_t> SqliteReader::dead_letter_count() {
  return read([](Connection& connection) { return read_head(connection).dead_letters; });
}

Result<std::map<core::ServiceId, ServiceStatistics>> SqliteReader::statistics(WallTime now) {
  return read([&](Connection& connection) {
    std::map<core::ServiceId, ServiceStatistics> statistics;
    Statement statement{connection,
                        "SELECT serviceid, backlog, last_used_ms"
                        " FROM local_integrationhub_svc_state"};
    Rows rows = statement.query();
    while (rows.next()) {
      ServiceStatistics& item = statistics[core::ServiceId{rows.integer(0)}];
      item.backlog = rows.integer(1);
      if (rows.integer(2) != 0) item.last_used_s = to_unix_s(rows.time_ms(2));
    }
    add_calls(connection, now - std::chrono::hours{24}, statistics);
    return statistics;
  });
}

Result<std::optional<WallTime>> SqliteReader::oldest_open() {
  return read([](Connection& connection) {
    std::optional<WallTime> oldest;
    const auto take = [&](std::int64_t seq) {
      const auto time = accepted_time(connection, seq);
      if (time && (!oldest || *time < *oldest)) oldest = time;
    };
    const Head head = read_head(connection);
    if (head.low_water <= head.last_seq) take(head.low_water);
    Statement waiting{connection,
                      "SELECT (SELECT min(event_seq) FROM local_integrationhub_pending"
                      " WHERE service_id = serviceid)"
                      " FROM local_integrationhub_svc_state WHERE backlog > 0"};
    Rows rows = waiting.query();
    while (rows.next()) {
      if (!rows.is_null(0)) take(rows.integer(0));
    }
    return oldest;
  });
}

}  // namespace mih::store::sqlite
