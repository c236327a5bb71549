#include "store/sqlite/registry.hpp"

#include <fmt/format.h>

#include "core/fields.hpp"
#include "store/sqlite/field_columns.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/secrets.hpp"

namespace mih::store::sqlite {
namespace {

using Write = Transaction::Kind;

/// Inserts (id 0) or replaces a row with described fields; returns its id. `extra` are columns that
/// are not fields, in the order in which `bind_extra` binds them.
template <class T, class BindExtra>
std::int64_t write_row(Connection& connection, std::string_view table, std::int64_t id,
                       std::span<const core::Field<T>> fields, const T& item,
                       std::span<const std::string_view> extra, BindExtra bind_extra) {
  std::string sql;
  if (id == 0) {
    sql = fmt::format("INSERT INTO {} ({}", table, column_names(fields));
    for (const auto column : extra)
      sql.append(", ").append(column);
    sql += ") VALUES (?";
    for (std::size_t i = 1; i < fields.size() + extra.size(); ++i)
      sql += ",?";
    sql += ")";
  } else {
    sql = fmt::format("UPDATE {} SET {}", table, column_assignments(fields));
    for (const auto column : extra)
      sql.append(", ").append(column).append(" = ?");
    sql += " WHERE id = ?";
  }
  Statement statement{connection, sql};
  FieldBinder<T> binder{statement, item, [&](const auto& field, std::string_view text) {
                          return seal(connection, field, text);
                        }};
  statement.restart();
  for (const auto& field : fields)
    binder.bind(field);
  bind_extra(statement);
  if (id != 0) statement.bind_next(id);
  statement.finish();
  return id != 0 ? id : sqlite3_last_insert_rowid(connection.handle());
}

std::optional<WallTime> created_time(Connection& connection, std::string_view table,
                                     std::int64_t id) {
  Statement statement{connection, fmt::format("SELECT created_ms FROM {} WHERE id = ?", table)};
  Rows rows = statement.query(id);
  if (!rows.next()) return std::nullopt;
  return rows.time_ms(0);
}

void remove_flag(Connection& connection, core::RuleId rule) {
  Statement{connection, "DELETE FROM local_integrationhub_rule_flag WHERE rule_id = ?"}.run(rule);
}

}  // namespace

Registry::Registry(Connection& connection)
    : connection_(connection),
      save_circuit_(connection,
                    "INSERT INTO local_integrationhub_cb (serviceid, state, failure_count,"
                    " last_failure, timemodified, last_failure_ms, cooldown_end_ms, modified_ms,"
                    " last_error) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (serviceid) DO UPDATE SET"
                    " state = excluded.state, failure_count = excluded.failure_count,"
                    " last_failure = excluded.last_failure, timemodified = excluded.timemodified,"
                    " last_failure_ms = excluded.last_failure_ms,"
                    " cooldown_end_ms = excluded.cooldown_end_ms,"
                    " modified_ms = excluded.modified_ms, last_error = excluded.last_error"),
      flag_rule_(connection, "INSERT OR IGNORE INTO local_integrationhub_rule_flag VALUES (?,?)"),
      removed_service_(connection,
                       "SELECT name FROM local_integrationhub_svc_removed WHERE id = ?"),
      removed_rule_(connection, "SELECT name FROM local_integrationhub_rule_removed WHERE id = ?"),
      note_imported_(connection,
                     "INSERT OR IGNORE INTO local_integrationhub_imported VALUES (?,?,?,?)") {}

void Registry::refresh() {
  services_.clear();
  service_ids_.clear();
  rules_.clear();
  for (auto& service : read_services(connection_)) {
    service_ids_.emplace(service.name, service.id);
    services_.emplace(service.id, ServiceFacts{service.name, service.max_backlog});
  }
  for (auto& rule : read_rules(connection_))
    rules_.emplace(rule.id, std::move(rule.name));
  settings_ = read_settings(connection_);
}

const Registry::ServiceFacts* Registry::service(core::ServiceId id) const {
  const auto found = services_.find(id);
  return found == services_.end() ? nullptr : &found->second;
}

const Registry::ServiceFacts* Registry::service(std::string_view name, core::ServiceId& id) const {
  const auto found = service_ids_.find(std::string{name});
  if (found == service_ids_.end()) return nullptr;
  id = found->second;
  return service(id);
}

const std::string* Registry::rule_name(core::RuleId id) const {
  const auto found = rules_.find(id);
  return found == rules_.end() ? nullptr : &found->second;
}

Result<void> Registry::check_name(const core::Service& service) const {
  core::ServiceId same_name;
  if (!this->service(service.name, same_name) || same_name == service.id) return {};
  return fail(ErrorCode::kNameTaken,
              fmt::format("a service \"{}\" exists already; choose another name", service.name));
}

void Registry::write_service(core::Service& service, WallTime now) {
  constexpr std::string_view kTable = "local_integrationhub_svc";
  service.created =
      service.id ? created_time(connection_, kTable, service.id.value).value_or(now) : now;
  service.modified = now;
  static constexpr std::array<std::string_view, 5> kExtra{"paused", "timecreated", "timemodified",
                                                          "created_ms", "modified_ms"};
  service.id.value = write_row(connection_, kTable, service.id.value, core::service_fields(),
                               service, kExtra, [&](Statement& statement) {
                                 statement.bind_next(service.paused);
                                 statement.bind_next(to_unix_s(service.created));
                                 statement.bind_next(to_unix_s(service.modified));
                                 statement.bind_next(service.created);
                                 statement.bind_next(service.modified);
                               });
  // Its own rules follow the name; rules whose service of that name was removed are served again.
  Statement adopt{connection_,
                  "UPDATE local_integrationhub_rules SET service = ?1, serviceid = ?2"
                  " WHERE serviceid = ?2 OR (serviceid = 0 AND service = ?1)"};
  adopt.run(service.name, service.id);
}

void Registry::remember(const core::Service& service) {
  if (const ServiceFacts* before = this->service(service.id)) service_ids_.erase(before->name);
  service_ids_[service.name] = service.id;
  services_[service.id] = {service.name, service.max_backlog};
}

Result<core::Service> Registry::save_service(core::Service service, WallTime now) {
  if (auto free = check_name(service); !free) return fail(free);
  if (service.id && !this->service(service.id)) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no service {}", service.id.value));
  }
  Transaction transaction{connection_, Write::kWrite};
  write_service(service, now);
  if (auto done = transaction.commit(); !done) return fail(done);
  remember(service);
  return service;
}

Result<ServiceDeletion> Registry::remove_service(core::ServiceId service) {
  const ServiceFacts* facts = this->service(service);
  if (!facts) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no service {}", service.value));
  }
  ServiceDeletion deletion;
  Transaction transaction{connection_, Write::kWrite};
  {
    Statement enabled{connection_,
                      "SELECT count(*) FROM local_integrationhub_rules"
                      " WHERE serviceid = ? AND enabled"};
    Rows rows = enabled.query(service);
    if (rows.next()) deletion.rules_disabled = rows.integer(0);
  }
  Statement{connection_,
            "UPDATE local_integrationhub_rules SET serviceid = 0, enabled = 0"
            " WHERE serviceid = ?"}
      .run(service);
  Statement{connection_, "DELETE FROM local_integrationhub_cb WHERE serviceid = ?"}.run(service);
  Statement{connection_, "DELETE FROM local_integrationhub_alias WHERE service_id = ?"}.run(
      service);
  Statement{connection_, "DELETE FROM local_integrationhub_svc WHERE id = ?"}.run(service);
  Statement{connection_, "INSERT INTO local_integrationhub_svc_removed VALUES (?,?)"}.run(
      service, facts->name);
  if (auto done = transaction.commit(); !done) return fail(done);
  service_ids_.erase(facts->name);
  services_.erase(service);
  return deletion;
}

Result<void> Registry::resolve_service(core::Rule& rule) const {
  const ServiceFacts* facts =
      rule.service ? service(rule.service) : service(rule.service_name, rule.service);
  if (facts) {
    rule.service_name = facts->name;
    return {};
  }
  if (rule.enabled) {
    return fail(ErrorCode::kServiceNotFound,
                fmt::format("there is no service \"{}\"; create it first", rule.service_name));
  }
  rule.service = {};
  return {};
}

void Registry::write_rule(core::Rule& rule, WallTime now) {
  constexpr std::string_view kTable = "local_integrationhub_rules";
  rule.created = rule.id ? created_time(connection_, kTable, rule.id.value).value_or(now) : now;
  rule.modified = now;
  static constexpr std::array<std::string_view, 5> kExtra{
      "serviceid", "timecreated", "timemodified", "created_ms", "modified_ms"};
  rule.id.value = write_row(connection_, kTable, rule.id.value, core::rule_fields(), rule, kExtra,
                            [&](Statement& statement) {
                              statement.bind_next(rule.service);
                              statement.bind_next(to_unix_s(rule.created));
                              statement.bind_next(to_unix_s(rule.modified));
                              statement.bind_next(rule.created);
                              statement.bind_next(rule.modified);
                            });
}

Result<core::Rule> Registry::save_rule(core::Rule rule, WallTime now) {
  if (rule.id && !rule_name(rule.id)) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no rule {}", rule.id.value));
  }
  if (auto resolved = resolve_service(rule); !resolved) return fail(resolved);
  Transaction transaction{connection_, Write::kWrite};
  write_rule(rule, now);
  remove_flag(connection_, rule.id);
  if (auto done = transaction.commit(); !done) return fail(done);
  rules_[rule.id] = rule.name;
  return rule;
}

Result<void> Registry::remove_rule(core::RuleId rule) {
  if (!rule_name(rule)) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no rule {}", rule.value));
  }
  Transaction transaction{connection_, Write::kWrite};
  Statement{connection_, "DELETE FROM local_integrationhub_rules WHERE id = ?"}.run(rule);
  Statement{connection_, "INSERT INTO local_integrationhub_rule_removed VALUES (?,?)"}.run(
      rule, *rule_name(rule));
  remove_flag(connection_, rule);
  Statement{connection_, "DELETE FROM local_integrationhub_rule_hit WHERE rule_id = ?"}.run(rule);
  if (auto done = transaction.commit(); !done) return done;
  rules_.erase(rule);
  return {};
}

Result<core::Token> Registry::save_token(core::Token token, WallTime now) {
  constexpr std::string_view kTable = "local_integrationhub_token";
  const std::string_view hash{reinterpret_cast<const char*>(token.hash.data()), token.hash.size()};
  const auto role = core::name_of(token.role);
  Transaction transaction{connection_, Write::kWrite};
  if (!token.id) {
    token.created = now;
    Statement insert{connection_,
                     "INSERT INTO local_integrationhub_token (name, role, site, hash, timecreated,"
                     " created_ms) VALUES (?,?,?,?,?,?)"};
    insert.run(token.name, role, token.site, Blob{hash}, to_unix_s(now), now);
    token.id.value = sqlite3_last_insert_rowid(connection_.handle());
  } else {
    const auto created = created_time(connection_, kTable, token.id.value);
    if (connection_.ok() && !created) {
      return fail(ErrorCode::kNotFound, fmt::format("there is no token {}", token.id.value));
    }
    token.created = created.value_or(now);
    Statement update{connection_,
                     "UPDATE local_integrationhub_token SET name = ?, role = ?, site = ?, hash = ?"
                     " WHERE id = ?"};
    update.run(token.name, role, token.site, Blob{hash}, token.id);
  }
  if (auto done = transaction.commit(); !done) return fail(done);
  return token;
}

Result<void> Registry::remove_token(core::TokenId token) {
  Transaction transaction{connection_, Write::kWrite};
  Statement remove{connection_, "DELETE FROM local_integrationhub_token WHERE id = ?"};
  const bool found = remove.run(token) > 0;
  if (connection_.ok() && !found) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no token {}", token.value));
  }
  return transaction.commit();
}

Result<void> Registry::save_settings(const core::Settings& settings) {
  Transaction transaction{connection_, Write::kWrite};
  Statement save{connection_, "INSERT OR REPLACE INTO local_integrationhub_setting VALUES (?,?)"};
  FieldBinder<core::Settings> binder{save, settings};
  for (const auto& field : core::settings_fields()) {
    save.restart();
    save.bind_next(field.name);
    binder.bind(field);
    save.finish();
  }
  if (auto done = transaction.commit(); !done) return done;
  settings_ = settings;
  return {};
}

Result<void> Registry::save_alerts(const std::vector<core::Alert>& alerts) {
  Transaction transaction{connection_, Write::kWrite};
  connection_.execute("DELETE FROM local_integrationhub_alert");
  Statement insert{connection_, "INSERT INTO local_integrationhub_alert VALUES (?,?,?,?,?,?,?,?)"};
  for (const auto& alert : alerts) {
    insert.run(core::name_of(alert.kind), alert.service, alert.service_name, alert.site,
               alert.site_name, alert.since, alert.raised, alert.message);
  }
  return transaction.commit();
}

void Registry::flag_rule(core::RuleId rule, WallTime now) {
  if (!rule_name(rule)) return;
  flag_rule_.run(rule, now);
}

void Registry::name_removed(core::DeadLetter& letter) {
  if (letter.service_name.empty()) {
    Rows rows = removed_service_.query(letter.service);
    if (rows.next()) letter.service_name = rows.text(0);
  }
  if (letter.rule && letter.rule_name.empty()) {
    Rows rows = removed_rule_.query(letter.rule);
    if (rows.next()) letter.rule_name = rows.text(0);
  }
}

void Registry::save_circuit(const core::CircuitRecord& circuit) {
  std::optional<std::int64_t> last_failure;
  if (circuit.last_failure != WallTime{}) last_failure = to_unix_s(circuit.last_failure);
  save_circuit_.run(circuit.service, core::name_of(circuit.state), circuit.failure_count,
                    last_failure, to_unix_s(circuit.modified), circuit.last_failure,
                    circuit.cooldown_end, circuit.modified, circuit.last_error);
}

}  // namespace mih::store::sqlite
