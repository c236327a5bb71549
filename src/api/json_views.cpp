#include "api/json_views.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "api/http.hpp"
#include "base/base64.hpp"
#include "base/header.hpp"
#include "core/fields.hpp"
#include "core/service_call.hpp"
#include "engine/event_reader.hpp"

namespace mih::api {
namespace {

constexpr std::array<std::string_view, 12> kServiceExtras{
    "id",      "aliases",        "paused",     "circuit",   "last_failure", "circuit_changes",
    "backlog", "avg_latency_ms", "errors_24h", "last_used", "timecreated",  "timemodified"};
constexpr std::array<std::string_view, 9> kRuleExtras{"id",          "flagged",      "active_since",
                                                      "waiting_for", "hits",         "last_hit",
                                                      "timecreated", "timemodified", "warnings"};

void text_or_null(json::Writer& out, std::string_view name, std::string_view text) {
  out.key(name);
  if (text.empty())
    out.null();
  else
    out.value(text);
}

/// The event as people see it: who acted in an anonymous one is only for the rule that asks for it.
std::string shown_body(const core::Event& event) {
  json::Document document;
  if (!document.parse(event.body) || !engine::is_anonymous(document.root())) return event.body;
  return engine::without_identities(document.root());
}

void write_texts(json::Writer& out, std::string_view name, std::span<const std::string> texts) {
  out.key(name);
  out.begin_array();
  for (const auto& text : texts)
    out.value(text);
  out.end_array();
}

/// Ids count from 1; 0 is none.
void number_or_null(json::Writer& out, std::string_view name, std::int64_t number) {
  out.member(name, number == 0 ? std::nullopt : std::optional(number));
}

void write_attempts(json::Writer& out, const std::vector<core::Attempt>& attempts) {
  out.key("attempts");
  out.begin_array();
  for (const auto& attempt : attempts) {
    out.begin_object();
    out.member("n", attempt.n);
    out.member("time", to_unix_s(attempt.time));
    out.member("latency_ms", std::int64_t{attempt.latency.count()});
    out.member("http_status", attempt.http_status);
    text_or_null(out, "error", attempt.error);
    out.member("probe", attempt.probe);
    out.end_object();
  }
  out.end_array();
}

void write_history(json::Writer& out, const core::LaneHistory& history) {
  out.key("last_failure");
  if (history.failure) {
    out.begin_object();
    out.member("time", to_unix_s(history.failure->time));
    out.member("error", history.failure->error);
    out.end_object();
  } else {
    out.null();
  }
  out.key("circuit_changes");
  out.begin_array();
  for (const auto& change : history.changes) {
    out.begin_object();
    out.member("time", to_unix_s(change.time));
    out.member("state", core::name_of(change.state));
    out.end_object();
  }
  out.end_array();
}

void write_circuit(json::Writer& out, const LaneStatus& lane) {
  out.key("circuit");
  out.begin_object();
  out.member("state", core::name_of(lane.circuit));
  out.member("failure_count", lane.failure_count);
  out.key("retry_in_s");
  if (lane.circuit == core::CircuitState::kOpen && lane.retry_in_s) {
    out.value(static_cast<std::int64_t>(std::ceil(std::max(0.0, *lane.retry_in_s))));
  } else {
    out.null();
  }
  out.end_object();
}

void write_headers(json::Writer& out, const core::Headers& headers) {
  out.key("headers");
  out.begin_object();
  for (const auto& [name, value] : headers)
    out.member(name, masked_header(name, value));
  out.end_object();
}

bool contains_ignoring_case(std::string_view text, std::string_view word) {
  for (std::size_t i = 0; i + word.size() <= text.size(); ++i) {
    if (equal_ignoring_case(text.substr(i, word.size()), word)) return true;
  }
  return false;
}

}  // namespace

std::span<const std::string_view> service_extras() {
  return kServiceExtras;
}
std::span<const std::string_view> rule_extras() {
  return kRuleExtras;
}

void write_service(json::Writer& out, const core::Service& service,
                   std::span<const std::string> aliases, const store::ServiceStatistics& statistics,
                   const LaneStatus& lane) {
  out.begin_object();
  out.member("id", service.id.value);
  core::write_fields(out, core::service_fields(), service);
  write_texts(out, "aliases", aliases);
  out.member("paused", service.paused);
  write_circuit(out, lane);
  write_history(out, lane.history);
  out.member("backlog", statistics.backlog);
  out.member("avg_latency_ms", statistics.avg_latency_ms);
  out.member("errors_24h", statistics.errors_24h);
  out.member("last_used", statistics.last_used_s);
  out.member("timecreated", to_unix_s(service.created));
  out.member("timemodified", to_unix_s(service.modified));
  out.end_object();
}

void write_rule(json::Writer& out, const core::Rule& rule, std::optional<WallTime> flagged,
                const engine::CaptureState& capture, const core::RuleHits& hits,
                std::string_view doubt) {
  out.begin_object();
  out.member("id", rule.id.value);
  core::write_fields(out, core::rule_fields(), rule);
  out.key("flagged");
  if (flagged) {
    out.begin_object();
    out.member("reason", "gone");
    out.member("time", to_unix_s(*flagged));
    out.end_object();
  } else {
    out.null();
  }
  out.member("active_since", capture.active_since.transform(to_unix_s));
  write_texts(out, "waiting_for", capture.waiting_for);
  out.member("hits", hits.count);
  out.member("last_hit", hits.count == 0 ? std::nullopt : std::optional{to_unix_s(hits.last)});
  out.member("timecreated", to_unix_s(rule.created));
  out.member("timemodified", to_unix_s(rule.modified));
  if (!doubt.empty()) {
    out.key("warnings");
    out.begin_array();
    out.value(doubt);
    out.end_array();
  }
  out.end_object();
}

void write_alert(json::Writer& out, const core::Alert& alert) {
  out.begin_object();
  write_alert_members(out, alert);
  out.end_object();
}

void write_alert_members(json::Writer& out, const core::Alert& alert) {
  out.member("kind", core::name_of(alert.kind));
  out.member("service", alert.service ? std::optional(alert.service_name) : std::nullopt);
  out.member("site", alert.site ? std::optional(alert.site_name) : std::nullopt);
  out.member("since", to_unix_s(alert.since));
  out.member("message", alert.message);
}

std::string service_settings(const core::Service& service) {
  json::Writer out;
  out.begin_object();
  out.member("id", service.id.value);
  out.member("modified_ms", to_unix_ms(service.modified));
  out.member("paused", service.paused);
  core::write_fields(out, core::service_fields(), service);
  out.end_object();
  return out.take();
}

std::string rule_settings(const core::Rule& rule) {
  json::Writer out;
  out.begin_object();
  out.member("id", rule.id.value);
  out.member("modified_ms", to_unix_ms(rule.modified));
  core::write_fields(out, core::rule_fields(), rule);
  out.end_object();
  return out.take();
}

void write_delivery(json::Writer& out, const store::DeliveryRow& row,
                    const engine::Catalog& catalog, Detail detail, Privacy privacy) {
  using core::DeliveryState;
  const auto& progress = row.progress;
  const auto rule = catalog.rule(row.rule);
  const auto service = catalog.service(row.service);
  const bool waits = progress.state != DeliveryState::kDelivered &&
                     progress.state != DeliveryState::kDead && to_unix_ms(progress.due) > 0;
  out.begin_object();
  out.member("id", row.id);
  out.member("event_id", core::call_id(row.event_id));
  text_or_null(out, "eventname", row.eventname);
  text_or_null(out, "rule", rule ? rule->rule.name : std::string{});
  number_or_null(out, "rule_id", row.rule.value);
  text_or_null(out, "service", service ? service->name : std::string{});
  out.member("state", core::name_of(progress.state));
  text_or_null(out, "parked_because", core::name_of(progress.parked_because));
  out.member("attempt_count", std::int64_t{core::count_of(progress.attempts)});
  out.member("next_attempt", waits ? std::optional(to_unix_s(progress.due)) : std::nullopt);
  out.member("timecreated", to_unix_s(row.created));
  const auto* last = progress.attempts.empty() ? nullptr : &progress.attempts.back();
  text_or_null(out, "last_error", last ? last->error : std::string{});
  out.member("http_status", last ? last->http_status : std::nullopt);
  if (detail == Detail::kFull) {
    write_attempts(out, progress.attempts);
    if (privacy == Privacy::kRedacted) out.member("redacted", true);
  }
  out.end_object();
}

void write_dead_letter(json::Writer& out, const core::DeadLetter& letter, Detail detail,
                       Privacy privacy) {
  out.begin_object();
  out.member("id", letter.id.value);
  out.member("delivery_id", letter.delivery_id);
  text_or_null(out, "event_id",
               letter.event ? core::call_id(letter.event->id) : std::string_view{});
  text_or_null(out, "eventname", letter.event ? letter.event->name : std::string{});
  text_or_null(out, "service", letter.service_name);
  text_or_null(out, "rule", letter.rule_name);
  number_or_null(out, "rule_id", letter.rule.value);
  out.member("reason", core::name_of(letter.reason));
  text_or_null(out, "error_message", letter.error_message);
  out.member("http_status", letter.http_status);
  out.member("attempt_count", std::int64_t{core::count_of(letter.attempts)});
  out.member("timecreated", to_unix_s(letter.created));
  out.member("state", letter.replaying ? "replaying" : "dead");
  if (detail == Detail::kFull) {
    text_or_null(out, "url", masked_url(letter.url));
    text_or_null(out, "method", letter.method);
    write_attempts(out, letter.attempts);
    if (privacy == Privacy::kFull) {
      text_or_null(out, "payload", letter.payload);
      if (!json::is_utf8(letter.payload)) out.member("payload_base64", to_base64(letter.payload));
      text_or_null(out, "response", letter.response);
      write_headers(out, letter.headers);
      out.key("event");
      if (letter.event && !letter.event->body.empty())
        out.raw(shown_body(*letter.event));
      else
        out.null();
    } else {
      out.member("redacted", true);
    }
  }
  out.end_object();
}

void write_event_members(json::Writer& out, const core::Event& event, Privacy privacy) {
  out.member("id", event.id);
  out.member("site", event.site);
  out.member("eventname", event.name);
  out.member("accepted", to_unix_s(event.accepted));
  if (privacy == Privacy::kFull) {
    out.key("event");
    out.raw(shown_body(event));
  } else {
    out.member("redacted", true);
  }
}

void write_log_row(json::Writer& out, const store::LogRow& row, const engine::Catalog& catalog) {
  const auto& call = row.call;
  const auto service = catalog.service(call.service);
  out.begin_object();
  out.member("id", row.id);
  text_or_null(out, "service", service ? service->name : std::string{});
  out.member("kind", store::name_of(call.kind));
  out.member("direction", call.inbound ? "inbound" : "outbound");
  out.member("endpoint", masked_url(call.endpoint));
  text_or_null(out, "http_method", call.http_method);
  out.member("http_status", call.http_status);
  out.member("latency_ms", std::int64_t{call.latency.count()});
  out.member("attempt_count", call.attempt_count);
  out.member("success", call.success);
  text_or_null(out, "error_message", call.error_message);
  text_or_null(out, "eventname", call.eventname);
  text_or_null(out, "delivery_id", call.delivery_id);
  out.member("timecreated", to_unix_s(call.time));
  out.end_object();
}

std::string_view masked_header(std::string_view name, std::string_view value) {
  static constexpr std::array<std::string_view, 8> kSecretWords{
      "authorization", "cookie", "token", "secret", "password", "api-key", "apikey", "signature"};
  const bool secret = std::ranges::any_of(
      kSecretWords, [&](std::string_view word) { return contains_ignoring_case(name, word); });
  return secret && !value.empty() ? core::kMask : value;
}

std::string masked_url(std::string_view url) {
  std::string out(url);
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return out;
  const auto begin = scheme + 3;
  const auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) return out;
  return out.replace(begin + colon + 1, at - colon - 1, core::kMask);
}

}  // namespace mih::api
