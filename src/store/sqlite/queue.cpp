#include "store/sqlite/queue.hpp"

#include "store/sqlite/codec.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/secrets.hpp"

namespace mih::store::sqlite {
namespace {

// The request of a replay as sent comes from its dead letter.
#define MIH_LOAD_PENDING                                                                        \
  "SELECT p.event_seq, p.ordinal, p.state, p.parked_because, p.counted, p.due_ms, p.attempts,"  \
  " e.site, e.id, e.eventname, e.accepted_ms, e.replay_of, e.fan_out, e.body, d.method, d.url," \
  " d.headers, d.payload, p.asked_ms FROM local_integrationhub_pending p"
#define MIH_LOAD_JOINS                                        \
  " JOIN local_integrationhub_event e ON e.seq = p.event_seq" \
  " LEFT JOIN local_integrationhub_dlq d ON e.as_sent AND d.id = e.replay_of"

std::shared_ptr<const core::SentRequest> read_sent(Connection& connection, const Rows& row,
                                                   int first) {
  if (row.is_null(first)) return nullptr;
  return std::make_shared<const core::SentRequest>(core::SentRequest{
      .method = std::string{row.text(first)},
      .url = std::string{row.text(first + 1)},
      .headers = headers_from_json(unseal(connection, kLetterHeaders, row.text(first + 2))),
      .body = std::string{row.text(first + 3)}});
}

bool needs_json(std::span<const core::Attempt> attempts) {
  return attempts.size() > 1 || (attempts.size() == 1 && attempts.front().probe);
}

}  // namespace

Queue::Queue(Connection& connection, Ledger& ledger)
    : connection_(connection),
      ledger_(ledger),
      insert_id_(connection, "INSERT OR IGNORE INTO local_integrationhub_eventid VALUES (?,?,?,?)"),
      expired_id_(connection,
                  "SELECT seq FROM local_integrationhub_eventid"
                  " WHERE site = ? AND id = ? AND accepted_ms <= ?"),
      forget_id_(connection, "DELETE FROM local_integrationhub_eventid WHERE seq = ?"),
      insert_event_(connection,
                    "INSERT INTO local_integrationhub_event VALUES (?,?,?,?,?,?,?,?,?,?)"),
      fan_out_of_(connection, "SELECT fan_out FROM local_integrationhub_event WHERE seq = ?"),
      fan_outs_from_(connection,
                     "SELECT seq, fan_out FROM local_integrationhub_event WHERE seq >= ?"
                     " ORDER BY seq"),
      insert_outcome_(connection,
                      "INSERT OR IGNORE INTO local_integrationhub_delivery"
                      " VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"),
      has_outcome_(connection,
                   "SELECT 1 FROM local_integrationhub_delivery"
                   " WHERE event_seq = ? AND ordinal = ?"),
      supersede_(connection,
                 "UPDATE local_integrationhub_delivery SET state = ?"
                 " WHERE event_seq = ? AND ordinal = ?"),
      insert_pending_(connection,
                      "INSERT INTO local_integrationhub_pending VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"),
      update_pending_(connection,
                      "UPDATE local_integrationhub_pending SET state = ?, parked_because = ?,"
                      " counted = ?, attempt_count = ?, due_ms = ?, attempts = ?, asked_ms = ?,"
                      " response = ?"
                      " WHERE service_id = ? AND event_seq = ? AND ordinal = ?"),
      delete_pending_(connection,
                      "DELETE FROM local_integrationhub_pending"
                      " WHERE service_id = ? AND event_seq = ? AND ordinal = ?"),
      response_to_(connection,
                   "SELECT response FROM local_integrationhub_pending"
                   " WHERE service_id = ? AND event_seq = ? AND ordinal = ?"
                   " AND attempt_count = ? AND response IS NOT NULL"),
      has_pending_(connection,
                   "SELECT 1 FROM local_integrationhub_pending"
                   " WHERE service_id = ? AND event_seq = ? AND ordinal = ?"),
      load_tried_(connection,
                  MIH_LOAD_PENDING " INDEXED BY local_integrationhub_pending_tried" MIH_LOAD_JOINS
                                   " WHERE p.service_id = ? AND p.attempt_count > 0"
                                   " ORDER BY p.event_seq, p.ordinal"),
      load_new_(connection, MIH_LOAD_PENDING MIH_LOAD_JOINS
                " WHERE p.service_id = ? AND (p.event_seq, p.ordinal) > (?, ?)"
                " AND p.attempt_count = 0"
                " ORDER BY p.event_seq, p.ordinal LIMIT ?"),
      load_of_rule_(connection, MIH_LOAD_PENDING MIH_LOAD_JOINS
                    " WHERE p.service_id = ? AND (p.event_seq, p.ordinal) > (?, ?)"
                    " AND p.attempt_count = 0 AND p.rule_id = ?"
                    " ORDER BY p.event_seq, p.ordinal LIMIT ?"),
      load_one_(connection, MIH_LOAD_PENDING MIH_LOAD_JOINS
                " WHERE p.service_id = ? AND p.event_seq = ? AND p.ordinal = ?"),
      bring_forward_(connection,
                     "UPDATE local_integrationhub_pending SET due_ms = min(due_ms, ?)"
                     " WHERE service_id = ? AND event_seq = ? AND ordinal = ?") {}

bool Queue::claim(core::Event& event, WallTime now) {
  event.seq.value = ledger_.head.last_seq + 1;
  if (insert_id_.run(event.seq, event.site, event.id, event.accepted) > 0) return true;
  std::int64_t expired = 0;
  {
    Rows rows = expired_id_.query(event.site, event.id, now - kIdWindow);
    if (rows.next()) expired = rows.integer(0);
  }
  if (expired == 0) return false;
  forget_id_.run(expired);
  insert_id_.run(event.seq, event.site, event.id, event.accepted);
  return true;
}

void Queue::append(const core::Event& event, std::span<const core::FanOut> fan_out) {
  insert_event(event, fan_out, std::nullopt);
}

void Queue::append_replay(core::Event& event, const core::FanOut& fan_out, const Replay& replay) {
  event.seq.value = ledger_.head.last_seq + 1;
  insert_event(event, std::span{&fan_out, 1}, replay);
}

void Queue::insert_event(const core::Event& event, std::span<const core::FanOut> fan_out,
                         const std::optional<Replay>& replay) {
  ledger_.head.last_seq = event.seq.value;
  fan_out_bytes_.clear();
  encode_fan_out(fan_out_bytes_, fan_out);
  std::optional<core::DeadLetterId> letter;
  std::optional<core::EventSeq> origin;
  if (replay) {
    letter = replay->letter;
    origin = replay->origin;
  }
  insert_event_.run(event.seq, event.site, event.id, event.name, event.accepted, letter, origin,
                    replay && replay->as_sent, Blob{fan_out_bytes_}, event.body);
}

void Queue::spill(core::DeliveryKey key, const core::FanOut& delivery) {
  insert_pending_.run(delivery.service, key.event, key.ordinal, delivery.rule,
                      core::DeliveryState::kPending, core::ParkedBecause::kNone, 0, 0, 0,
                      std::nullopt, 0, std::nullopt);
  ++ledger_.change(delivery.service).pending_rows;
}

bool Queue::add_outcome(const DeliveryUpdate& update, WallTime now) {
  const auto& attempts = update.progress.attempts;
  std::string json;
  if (needs_json(attempts)) json = attempts_to_json(attempts);
  std::optional<int> http_status;
  std::optional<std::int64_t> latency_ms;
  std::optional<std::string_view> error;
  WallTime finished = now;
  if (!attempts.empty()) {
    const core::Attempt& last = attempts.back();
    http_status = last.http_status;
    latency_ms = last.latency.count();
    if (!last.error.empty()) error = last.error;
    finished = last.time;
  }
  return insert_outcome_.run(
             update.key.event, update.key.ordinal, update.progress.state, update.rule,
             update.service, core::count_of(attempts), update.progress.counted_attempts,
             http_status, latency_ms, finished, error,
             json.empty() ? std::nullopt : std::optional<std::string_view>{json}) > 0;
}

void Queue::complete_letter(DeliveryUpdate& update) {
  const auto attempts = core::count_of(update.progress.attempts);
  const bool lacks = update.letter && update.letter->response.empty() && attempts > 0;
  if (!lacks || ledger_.lane(update.service).pending_rows == 0) return;
  Rows rows = response_to_.query(update.service, update.key.event, update.key.ordinal, attempts);
  if (rows.next()) update.letter->response = rows.text(0);
}

bool Queue::finish(const DeliveryUpdate& update, WallTime now) {
  const core::DeliveryKey key = update.key;
  if (ledger_.lane(update.service).pending_rows > 0 &&
      delete_pending_.run(update.service, key.event, key.ordinal) > 0) {
    --ledger_.change(update.service).pending_rows;
    add_outcome(update, now);
  } else {
    if (!ledger_.may_be_fresh(key.event) || !add_outcome(update, now)) return false;
    ledger_.settle(key.event);
  }
  --ledger_.change(update.service).backlog;
  return true;
}

bool Queue::wait(const DeliveryUpdate& update) {
  const core::Progress& progress = update.progress;
  const core::DeliveryKey key = update.key;
  const std::string json = progress.attempts.empty() ? "" : attempts_to_json(progress.attempts);
  const auto attempts = json.empty() ? std::nullopt : std::optional<std::string_view>{json};
  const auto attempt_count = core::count_of(progress.attempts);
  if (ledger_.lane(update.service).pending_rows > 0 &&
      update_pending_.run(progress.state, progress.parked_because, progress.counted_attempts,
                          attempt_count, progress.due, attempts, progress.asked_wait.count(),
                          update.response, update.service, key.event, key.ordinal) > 0) {
    return true;
  }
  if (!ledger_.may_be_fresh(key.event)) return false;
  {
    Rows rows = has_outcome_.query(key.event, key.ordinal);
    if (rows.next()) return false;
  }
  insert_pending_.run(update.service, key.event, key.ordinal, update.rule, progress.state,
                      progress.parked_because, progress.counted_attempts, attempt_count,
                      progress.due, attempts, progress.asked_wait.count(), update.response);
  ++ledger_.change(update.service).pending_rows;
  ledger_.settle(key.event);
  return true;
}

void Queue::bring_forward(core::ServiceId service, core::DeliveryKey key, WallTime now) {
  bring_forward_.run(now, service, key.event, key.ordinal);
}

void Queue::supersede(core::DeliveryKey key) {
  supersede_.run(kReplayed, key.event, key.ordinal);
}

bool Queue::has_row(core::DeliveryKey key, core::ServiceId service) {
  {
    Rows rows = has_outcome_.query(key.event, key.ordinal);
    if (rows.next()) return true;
  }
  Rows rows = has_pending_.query(service, key.event, key.ordinal);
  return rows.next();
}

std::uint32_t Queue::force(core::EventSeq event, std::span<const core::FanOut> fan_out) {
  std::uint32_t forced = 0;
  for (std::uint32_t ordinal = 0; ordinal < fan_out.size(); ++ordinal) {
    const core::DeliveryKey key{event, ordinal};
    if (has_row(key, fan_out[ordinal].service)) continue;
    spill(key, fan_out[ordinal]);
    ++forced;
  }
  return forced;
}

bool Queue::force_oldest(const std::function<bool(core::EventSeq)>& wanted, std::size_t limit) {
  for (std::size_t i = 0; i < limit && connection_.ok(); ++i) {
    const core::EventSeq event{ledger_.reached()};
    if (!wanted(event)) return false;
    std::vector<core::FanOut> fan_out;
    {
      Rows rows = fan_out_of_.query(event);
      if (rows.next()) fan_out = decode_fan_out(rows.blob(0));
    }
    force(event, fan_out);
    ledger_.settle(event, ledger_.fresh(event));
  }
  return true;
}

void Queue::recover() {
  Rows rows = fan_outs_from_.query(ledger_.head.low_water);
  while (rows.next())
    force(core::EventSeq{rows.integer(0)}, decode_fan_out(rows.blob(1)));
  ledger_.head.low_water = ledger_.head.last_seq + 1;
}

Window Queue::load(core::ServiceId service, std::optional<core::DeliveryKey> after,
                   std::size_t limit) {
  Window window;
  if (!after) {
    Rows rows = load_tried_.query(service);
    read_deliveries(rows, SIZE_MAX, window.deliveries);
  }
  const auto from = after.value_or(core::DeliveryKey{});
  Rows rows =
      load_new_.query(service, from.event, from.ordinal, static_cast<std::int64_t>(limit) + 1);
  read_deliveries(rows, limit, window.deliveries);
  window.drained = !rows.next();
  return window;
}

std::vector<core::Delivery> Queue::load_of_rule(core::ServiceId service, core::RuleId rule,
                                                core::DeliveryKey after, std::size_t limit) {
  std::vector<core::Delivery> deliveries;
  Rows rows = load_of_rule_.query(service, after.event, after.ordinal, rule,
                                  static_cast<std::int64_t>(limit));
  read_deliveries(rows, limit, deliveries);
  return deliveries;
}

std::optional<core::Delivery> Queue::load_one(core::ServiceId service, core::DeliveryKey key) {
  std::vector<core::Delivery> deliveries;
  Rows rows = load_one_.query(service, key.event, key.ordinal);
  read_deliveries(rows, 1, deliveries);
  if (deliveries.empty()) return std::nullopt;
  return std::move(deliveries.front());
}

void Queue::read_deliveries(Rows& rows, std::size_t limit,
                            std::vector<core::Delivery>& deliveries) {
  core::EventPtr event;
  for (std::size_t i = 0; i < limit && rows.next(); ++i) {
    core::Delivery delivery;
    delivery.key = {core::EventSeq{rows.integer(0)}, static_cast<std::uint32_t>(rows.integer(1))};
    delivery.progress = read_waiting(rows, 2);
    delivery.progress.asked_wait = std::chrono::milliseconds{rows.integer(18)};
    if (!event || event->seq != delivery.key.event) {
      event = std::make_shared<const core::Event>(
          core::Event{delivery.key.event, std::string{rows.text(7)}, std::string{rows.text(8)},
                      std::string{rows.text(9)}, std::string{rows.text(13)}, rows.time_ms(10)});
    }
    delivery.event = event;
    delivery.replay_of.value = rows.integer(11);
    delivery.as_sent = read_sent(connection_, rows, 14);
    const auto fan_out = decode_fan_out(rows.blob(12));
    if (delivery.key.ordinal >= fan_out.size()) {
      connection_.note_damage("the fan-out of an event does not fit its pending deliveries");
      return;
    }
    const core::FanOut& decided = fan_out[delivery.key.ordinal];
    delivery.rule = decided.rule;
    delivery.service = decided.service;
    delivery.ordering_key = decided.ordering_key;
    deliveries.push_back(std::move(delivery));
  }
}

}  // namespace mih::store::sqlite
