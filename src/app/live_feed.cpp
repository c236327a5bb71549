#include "app/live_feed.hpp"

#include <utility>

#include "api/json_views.hpp"
#include "base/json.hpp"

namespace mih::app {

using api::LiveKind;

void LiveFeed::listen(api::LiveSink sink) {
  const std::lock_guard lock(mutex_);
  heard_ = static_cast<bool>(sink);
  sink_ = std::move(sink);
}

void LiveFeed::on_commit(const store::Batch& batch) {
  if (!heard_) return;
  const std::lock_guard lock(mutex_);
  if (!sink_) return;
  tell_events(batch);
  tell_circuits(batch);
  for (const auto& update : batch.updates) {
    if (update.letter && update.letter->id) tell_letter(*update.letter, batch.now);
  }
  for (const auto& outcome : batch.handed_over) {
    if (outcome.letter && outcome.letter->id) tell_letter(*outcome.letter, batch.now);
  }
}

void LiveFeed::on_alert(const engine::AlertChange& change, WallTime now) {
  if (!heard_) return;
  const std::lock_guard lock(mutex_);
  if (!sink_ || !may_tell(LiveKind::kAlert, now)) return;
  json::Writer out;
  out.begin_object();
  api::write_alert_members(out, change.alert);
  out.member("raised", change.what == engine::AlertChange::What::kRaised);
  out.end_object();
  sink_({LiveKind::kAlert, out.take()});
}

void LiveFeed::tell_events(const store::Batch& batch) {
  for (const auto& entry : batch.events) {
    const auto& event = *entry.event;
    if (entry.outcome != store::EventEntry::Outcome::kAccepted || event.name.empty()) continue;
    if (!may_tell(LiveKind::kEvent, batch.now)) return;
    json::Writer out;
    out.begin_object();
    api::write_event_members(out, event, api::Privacy::kRedacted);
    out.end_object();
    sink_({LiveKind::kEvent, out.take(), event.site});
  }
}

void LiveFeed::tell_circuits(const store::Batch& batch) {
  if (batch.circuits.empty()) return;
  const auto catalog = catalog_();
  for (const auto& circuit : batch.circuits) {
    const auto service = catalog->service(circuit.service);
    if (!service || !may_tell(LiveKind::kCircuit, batch.now)) continue;
    json::Writer out;
    out.begin_object();
    out.member("service", service->name);
    out.member("state", core::name_of(circuit.state));
    out.member("failure_count", circuit.failure_count);
    out.member("time", to_unix_s(circuit.modified));
    out.end_object();
    sink_({LiveKind::kCircuit, out.take()});
  }
}

void LiveFeed::tell_letter(const core::DeadLetter& letter, WallTime now) {
  if (!may_tell(LiveKind::kDeadLetter, now)) return;
  json::Writer out;
  out.begin_object();
  out.member("id", letter.id.value);
  out.member("delivery_id", letter.delivery_id);
  const bool named = letter.event && !letter.event->name.empty();
  out.member("eventname", named ? std::optional(letter.event->name) : std::nullopt);
  out.member("service", letter.service_name);
  out.member("rule", letter.rule ? std::optional(letter.rule_name) : std::nullopt);
  out.member("reason", core::name_of(letter.reason));
  out.member("http_status", letter.http_status);
  out.member("timecreated", to_unix_s(letter.created));
  out.end_object();
  sink_({LiveKind::kDeadLetter, out.take()});
}

bool LiveFeed::may_tell(LiveKind kind, WallTime now) {
  const auto second = to_unix_s(now);
  if (second != second_) told_ = {};
  second_ = second;
  return told_[static_cast<std::size_t>(kind)]++ < kMostPerSecond;
}

}  // namespace mih::app
