#include "store/sqlite/dead_letters.hpp"

#include <string>

#include "store/sqlite/codec.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/secrets.hpp"

namespace mih::store::sqlite {

DeadLetters::DeadLetters(Connection& connection)
    : connection_(connection),
      insert_(connection,
              "INSERT INTO local_integrationhub_dlq (eventname, serviceid, payload, error_message,"
              " event_seq, ordinal, delivery_id, reason, site, event_id, accepted_ms, rule_id,"
              " rule_name, service_name, method, url, http_status, ordering_key, replaying,"
              " attempts, headers, response, event, bytes, timecreated, created_ms)"
              " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,?,?,?,?,?,?,?)"),
      replace_(connection,
               "UPDATE local_integrationhub_dlq SET eventname = ?, serviceid = ?, payload = ?,"
               " error_message = ?, event_seq = ?, ordinal = ?, delivery_id = ?, reason = ?,"
               " site = ?, event_id = ?, accepted_ms = ?, rule_id = ?, rule_name = ?,"
               " service_name = ?, method = ?, url = ?, http_status = ?, ordering_key = ?,"
               " replaying = 0, attempts = ?, headers = ?, response = ?, event = ?, bytes = ?"
               " WHERE id = ?"),
      erase_(connection, "DELETE FROM local_integrationhub_dlq WHERE id = ?"),
      set_replaying_(connection, "UPDATE local_integrationhub_dlq SET replaying = 1 WHERE id = ?"),
      find_(connection, std::string{"SELECT "} + kDeadLetterColumns +
                            " FROM local_integrationhub_dlq WHERE id = ?"),
      count_of_(connection,
                "SELECT count(*) FROM local_integrationhub_dlq WHERE serviceid IN"
                " (SELECT id FROM local_integrationhub_svc WHERE name = ?1 UNION ALL"
                " SELECT id FROM local_integrationhub_svc_removed WHERE name = ?1)") {}

void DeadLetters::bind(Statement& statement, const core::DeadLetter& letter) {
  const core::Event& event = *letter.event;
  statement.restart();
  statement.bind_next(event.name);
  statement.bind_next(letter.service);
  statement.bind_next(letter.payload);
  statement.bind_next(letter.error_message);
  statement.bind_next(letter.key.event);
  statement.bind_next(letter.key.ordinal);
  statement.bind_next(letter.delivery_id);
  statement.bind_next(core::name_of(letter.reason));
  statement.bind_next(event.site);
  statement.bind_next(event.id);
  statement.bind_next(event.accepted);
  statement.bind_next(letter.rule);
  statement.bind_next(letter.rule_name);
  statement.bind_next(letter.service_name);
  statement.bind_next(letter.method);
  statement.bind_next(letter.url);
  statement.bind_next(letter.http_status);
  statement.bind_next(letter.ordering_key);
}

void DeadLetters::insert(core::DeadLetter& letter) {
  const std::string attempts = attempts_to_json(letter.attempts);
  const auto headers = seal(connection_, kLetterHeaders, headers_to_json(letter.headers));
  bind(insert_, letter);
  insert_.bind_next(attempts);
  insert_.bind_next(headers);
  insert_.bind_next(letter.response);
  insert_.bind_next(letter.event->body);
  insert_.bind_next(letter.bytes());
  insert_.bind_next(to_unix_s(letter.created));
  insert_.bind_next(letter.created);
  insert_.finish();
  letter.id.value = sqlite3_last_insert_rowid(connection_.handle());
}

bool DeadLetters::replace(core::DeadLetterId id, core::DeadLetter& letter) {
  const std::string attempts = attempts_to_json(letter.attempts);
  const auto headers = seal(connection_, kLetterHeaders, headers_to_json(letter.headers));
  bind(replace_, letter);
  replace_.bind_next(attempts);
  replace_.bind_next(headers);
  replace_.bind_next(letter.response);
  replace_.bind_next(letter.event->body);
  replace_.bind_next(letter.bytes());
  replace_.bind_next(id);
  if (replace_.finish() == 0) return false;
  letter.id = id;
  return true;
}

bool DeadLetters::erase(core::DeadLetterId id) {
  return erase_.run(id) > 0;
}

void DeadLetters::set_replaying(core::DeadLetterId id) {
  set_replaying_.run(id);
}

std::optional<core::DeadLetter> DeadLetters::find(core::DeadLetterId id) {
  Rows rows = find_.query(id);
  if (!rows.next()) return std::nullopt;
  return read_dead_letter(connection_, rows, true);
}

std::int64_t DeadLetters::count_of(std::string_view service) {
  Rows rows = count_of_.query(service);
  return rows.next() ? rows.integer(0) : 0;
}

}  // namespace mih::store::sqlite
