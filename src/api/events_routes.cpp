#include <algorithm>
#include <fmt/format.h>

#include "api/delivery_state.hpp"
#include "api/event_lookup.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"
#include "api/unpack.hpp"
#include "engine/catalog.hpp"

namespace mih::api {
namespace {

Result<EventFormat> format_of(const Request& request) {
  const auto& type = request.content_type;
  if (type == "application/json") return EventFormat::kJson;
  if (type == "application/x-ndjson") return EventFormat::kNdjson;
  if (type == "application/cloudevents+json") return EventFormat::kCloudEvent;
  if (type == "application/cloudevents-batch+json") return EventFormat::kCloudEventBatch;
  return fail(ErrorCode::kUnsupportedMediaType,
              fmt::format("Content-Type is '{}'; send application/json (an object or an array), "
                          "application/x-ndjson, application/cloudevents+json or "
                          "application/cloudevents-batch+json.",
                          type));
}

Result<bool> is_packed(const Request& request) {
  const auto& encoding = request.content_encoding;
  if (encoding.empty() || encoding == "identity") return false;
  if (encoding == "gzip" || encoding == "x-gzip") return true;
  return fail(ErrorCode::kUnsupportedMediaType,
              fmt::format("Content-Encoding is {}; send gzip or none.", encoding));
}

Response events_answer(const EventsAnswer& answer) {
  json::Writer out;
  out.begin_object();
  out.member("accepted", answer.accepted);
  out.member("duplicates", answer.duplicates);
  out.key("rejected");
  out.begin_array();
  for (const auto& rejected : answer.rejected) {
    out.begin_object();
    out.member("index", static_cast<std::int64_t>(rejected.index));
    out.member("code", rejected.code);
    out.member("error", rejected.error);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  const bool nothing_taken =
      answer.accepted == 0 && answer.duplicates == 0 && !answer.rejected.empty();
  return Response::json(out.take(), nothing_taken ? 400 : 202);
}

/// Why a rule that made no delivery of the event did not.
std::string why_no_delivery(const engine::CompiledRule& compiled, const core::Event& event,
                            const json::Value& body) {
  const auto& rule = compiled.rule;
  if (!rule.enabled) return "the rule is disabled";
  if (auto reason = engine::why_not(compiled, event.name, body)) return *reason;
  if (rule.modified > event.accepted) return "the rule was changed after the event was accepted";
  return "an event of the same meaning was delivered within its dedupe_window";
}

std::string event_body(const core::Event& event, const std::vector<store::DeliveryRow>& rows,
                       const engine::Catalog& catalog, Privacy privacy) {
  json::Writer out;
  out.begin_object();
  write_event_members(out, event, privacy);
  out.key("deliveries");
  out.begin_array();
  for (const auto& row : rows)
    write_delivery(out, row, catalog, Detail::kFull, privacy);
  out.end_array();
  json::Document document;
  // What is stored is JSON; if it were not, the rules would have nothing to say about it.
  const bool readable = document.parse(event.body).has_value();
  out.key("not_matched");
  out.begin_array();
  for (const auto& compiled : catalog.rules()) {
    const auto id = compiled->rule.id;
    if (std::ranges::any_of(rows, [&](const auto& row) { return row.rule == id; })) continue;
    out.begin_object();
    out.member("rule_id", id.value);
    out.member("rule", compiled->rule.name);
    out.member("why_not", readable ? why_no_delivery(*compiled, event, document.root())
                                   : std::string{"the stored event is damaged"});
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return out.take();
}

}  // namespace

HandlerTask post_events(Call& call) {
  auto format = format_of(call.request);
  if (!format) co_return fail(format);
  auto packed = is_packed(call.request);
  if (!packed) co_return fail(packed);

  if (*packed) {
    auto body = co_await unpack_gzip(std::move(call.request.body), call.api.max_body);
    if (!body) co_return fail(body);
    call.request.body = std::move(*body);
  }
  auto answer = co_await call.ask<EventsAnswer>([&](auto reply) {
    call.api.hub.accept_events(std::move(call.request.body), *format, std::move(call.caller.site),
                               std::move(reply));
  });
  if (!answer) co_return fail(answer);
  co_return events_answer(*answer);
}

HandlerTask list_events(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  store::EventFilter filter{.eventname = query.text("eventname"), .site = query.text("site")};
  if (!call.caller.site.empty()) filter.site = call.caller.site;
  auto valid = query.check();
  if (!valid) co_return fail(valid);

  auto events = co_await call.read(
      [filter, page](store::Reader& reader) { return reader.events(filter, one_more(page)); });
  if (!events) co_return fail(events);
  const auto privacy = privacy_for(call.caller);
  co_return Response::json(page_body(
      *events, page, [](const core::Event& event) { return event.seq.value; },
      [&](json::Writer& out, const core::Event& event) {
        out.begin_object();
        write_event_members(out, event, privacy);
        out.end_object();
      }));
}

HandlerTask get_event(Call& call) {
  const Query query(call.request.query);

  struct Found {
    core::Event event;
    std::vector<store::DeliveryRow> deliveries;
  };
  auto found = co_await call.read([sites = sites_to_search(call, query.text("site")),
                                   id = call.parameter(0)](store::Reader& reader) -> Result<Found> {
    auto event = find_event(reader, sites, id);
    if (!event) return fail(event);
    auto deliveries = reader.deliveries_of(event->seq);
    if (!deliveries) return fail(deliveries);
    return Found{std::move(*event), std::move(*deliveries)};
  });
  if (!found) co_return fail(found);
  const auto lanes = co_await call.ask<Lanes>(
      [&hub = call.api.hub](auto answer) { hub.lane_status(std::move(answer)); });
  if (!lanes) co_return std::unexpected(lanes.error());
  const auto catalog = call.api.hub.catalog();
  for (auto& row : found->deliveries)
    show_state(row, {*catalog, *lanes});
  co_return Response::json(
      event_body(found->event, found->deliveries, *catalog, privacy_for(call.caller)));
}

}  // namespace mih::api
