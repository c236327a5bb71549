#include "store/sqlite/rows.hpp"

#include <algorithm>

#include "core/fields.hpp"
#include "store/sqlite/codec.hpp"
#include "store/sqlite/field_columns.hpp"
#include "store/sqlite/secrets.hpp"

namespace mih::store::sqlite {

core::Progress read_waiting(const Rows& row, int first) {
  core::Progress progress;
  progress.state = static_cast<core::DeliveryState>(row.integer(first));
  progress.parked_because = static_cast<core::ParkedBecause>(row.integer(first + 1));
  progress.counted_attempts = static_cast<int>(row.integer(first + 2));
  progress.due = row.time_ms(first + 3);
  progress.attempts = attempts_from_json(row.text(first + 4));
  return progress;
}

core::Progress read_finished(const Rows& row, int first) {
  core::Progress progress;
  progress.state = static_cast<core::DeliveryState>(row.integer(first));
  progress.counted_attempts = static_cast<int>(row.integer(first + 2));
  if (!row.is_null(first + 7)) {
    progress.attempts = attempts_from_json(row.text(first + 7));
  } else if (row.integer(first + 1) == 1) {
    core::Attempt attempt;
    attempt.n = 1;
    attempt.time = row.time_ms(first + 5);
    attempt.latency = std::chrono::milliseconds{row.integer(first + 4)};
    attempt.http_status = row.maybe_int(first + 3);
    attempt.error = row.text(first + 6);
    progress.attempts.push_back(std::move(attempt));
  }
  return progress;
}

core::DeadLetter read_dead_letter(Connection& connection, const Rows& row, bool whole) {
  core::DeadLetter letter;
  core::Event event;
  letter.id.value = row.integer(0);
  event.name = row.text(1);
  letter.service.value = row.integer(2);
  letter.payload = row.text(3);
  letter.error_message = row.text(4);
  letter.created = row.time_ms(5);
  letter.key = {core::EventSeq{row.integer(6)}, static_cast<std::uint32_t>(row.integer(7))};
  letter.delivery_id = row.text(8);
  letter.reason = core::dead_reason_from(row.text(9)).value_or(core::DeadReason::kRejected);
  event.seq = letter.key.event;
  event.site = row.text(10);
  event.id = row.text(11);
  event.accepted = row.time_ms(12);
  letter.rule.value = row.integer(13);
  letter.rule_name = row.text(14);
  letter.service_name = row.text(15);
  letter.method = row.text(16);
  letter.url = row.text(17);
  letter.http_status = row.maybe_int(18);
  letter.ordering_key = row.text(19);
  letter.replaying = row.integer(20) != 0;
  letter.attempts = attempts_from_json(row.text(21));
  if (whole) {
    letter.headers = headers_from_json(unseal(connection, kLetterHeaders, row.text(22)));
    letter.response = row.text(23);
    event.body = row.text(24);
  }
  letter.event = std::make_shared<const core::Event>(std::move(event));
  return letter;
}

std::vector<core::Service> read_services(Connection& connection) {
  const auto fields = core::service_fields();
  Statement statement{connection, "SELECT id, paused, created_ms, modified_ms, " +
                                      column_names(fields) +
                                      " FROM local_integrationhub_svc ORDER BY id"};
  const TextChange<core::Service> open = [&](const auto& field, std::string_view stored) {
    return unseal(connection, field, stored);
  };
  std::vector<core::Service> services;
  Rows row = statement.query();
  while (row.next()) {
    core::Service& service = services.emplace_back();
    service.id.value = row.integer(0);
    service.paused = row.integer(1) != 0;
    service.created = row.time_ms(2);
    service.modified = row.time_ms(3);
    int column = 4;
    for (const auto& field : fields)
      read_field(row, column++, field, service, open);
  }
  return services;
}

std::vector<core::Rule> read_rules(Connection& connection) {
  const auto fields = core::rule_fields();
  Statement statement{connection, "SELECT id, serviceid, created_ms, modified_ms, " +
                                      column_names(fields) +
                                      " FROM local_integrationhub_rules ORDER BY id"};
  const TextChange<core::Rule> open = [&](const auto& field, std::string_view stored) {
    return unseal(connection, field, stored);
  };
  std::vector<core::Rule> rules;
  Rows row = statement.query();
  while (row.next()) {
    core::Rule& rule = rules.emplace_back();
    rule.id.value = row.integer(0);
    rule.service.value = row.integer(1);
    rule.created = row.time_ms(2);
    rule.modified = row.time_ms(3);
    int column = 4;
    for (const auto& field : fields)
      read_field(row, column++, field, rule, open);
  }
  return rules;
}

std::vector<core::Token> read_tokens(Connection& connection) {
  Statement statement{connection,
                      "SELECT id, name, role, site, hash, created_ms"
                      " FROM local_integrationhub_token ORDER BY id"};
  std::vector<core::Token> tokens;
  Rows row = statement.query();
  while (row.next()) {
    core::Token& token = tokens.emplace_back();
    token.id.value = row.integer(0);
    token.name = row.text(1);
    token.role = core::role_from(row.text(2)).value_or(core::Role::kNone);
    token.site = row.text(3);
    const auto hash = row.blob(4);
    std::ranges::copy(hash.substr(0, token.hash.size()), token.hash.begin());
    token.created = row.time_ms(5);
  }
  return tokens;
}

core::Settings read_settings(Connection& connection) {
  core::Settings settings;
  Statement statement{connection, "SELECT value FROM local_integrationhub_setting WHERE name = ?"};
  for (const auto& field : core::settings_fields()) {
    Rows row = statement.query(field.name);
    if (row.next()) read_field(row, 0, field, settings);
  }
  return settings;
}

std::vector<core::CircuitRecord> read_circuits(Connection& connection) {
  Statement statement{connection,
                      "SELECT serviceid, state, failure_count, last_failure_ms, cooldown_end_ms,"
                      " modified_ms, last_error FROM local_integrationhub_cb ORDER BY serviceid"};
  std::vector<core::CircuitRecord> circuits;
  Rows row = statement.query();
  while (row.next()) {
    circuits.push_back(
        {.service = core::ServiceId{row.integer(0)},
         .state = core::circuit_state_from(row.text(1)).value_or(core::CircuitState::kClosed),
         .failure_count = static_cast<int>(row.integer(2)),
         .last_failure = row.time_ms(3),
         .cooldown_end = row.time_ms(4),
         .modified = row.time_ms(5),
         .last_error = std::string{row.text(6)}});
  }
  return circuits;
}

std::vector<core::Alert> read_alerts(Connection& connection) {
  Statement statement{connection,
                      "SELECT kind, service_id, service_name, site_id, site_name, since_ms, raised,"
                      " message FROM local_integrationhub_alert"
                      " ORDER BY since_ms, service_id, site_id, kind"};
  std::vector<core::Alert> alerts;
  Rows row = statement.query();
  while (row.next()) {
    const auto kind = core::alert_kind_from(row.text(0));
    if (!kind) continue;
    alerts.push_back({.kind = *kind,
                      .service = core::ServiceId{row.integer(1)},
                      .service_name = std::string{row.text(2)},
                      .site = core::SiteId{row.integer(3)},
                      .site_name = std::string{row.text(4)},
                      .since = row.time_ms(5),
                      .raised = row.integer(6) != 0,
                      .message = std::string{row.text(7)}});
  }
  return alerts;
}

core::Counts read_counts(const Rows& row) {
  core::Counts counts;
  counts.accepted = row.integer(1);
  counts.delivered = row.integer(2);
  counts.dead = row.integer(3);
  counts.calls = row.integer(4);
  counts.failed = row.integer(5);
  counts.retried = row.integer(6);
  counts.latency_sum_ms = row.integer(7);
  counts.latency = decode_histogram(row.blob(8));
  if (!row.is_null(9)) counts.backlog = row.integer(9);
  return counts;
}

Head read_head(Connection& connection) {
  Statement statement{connection,
                      "SELECT events_accepted, duplicates, deduplicated, unmatched, created,"
                      " delivered, dead, dead_letters, last_seq, low_water, pruned"
                      " FROM local_integrationhub_head WHERE id = 1"};
  Head head;
  Rows row = statement.query();
  if (!row.next()) {
    connection.note_damage("the row of totals is missing");
    return head;
  }
  head.totals = {row.integer(0), row.integer(1), row.integer(2), row.integer(3),
                 row.integer(4), row.integer(5), row.integer(6)};
  head.dead_letters = row.integer(7);
  head.last_seq = row.integer(8);
  head.low_water = row.integer(9);
  head.pruned = row.integer(10);
  return head;
}

}  // namespace mih::store::sqlite
