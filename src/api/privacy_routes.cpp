#include <charconv>
#include <fmt/format.h>
#include <set>

#include "api/audit.hpp"
#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/personal_data.hpp"
#include "api/query.hpp"

/// /privacy: what the hub has of a person of a Moodle.
namespace mih::api {
namespace {

constexpr std::int64_t kEventsPerPage = 500;   ///< looked through
constexpr std::int64_t kLettersPerPage = 100;  ///< likewise
constexpr std::int64_t kLogRows = 500;

struct Person {
  std::string site;
  std::int64_t user = 0;
};

/// Whose data it is about: of the caller's site; somebody who may manage can name another one.
Person read_person(const Call& call, ObjectReader& reader) {
  Person person{.site = call.caller.site, .user = reader.integer("userid").value_or(0)};
  if (person.user <= 0) reader.fault("userid", "is needed: the id of a user of the site, from 1");
  const auto named = reader.text("site");
  if (named && !call.caller.site.empty() && *named != call.caller.site) {
    reader.fault("site", "must be the site of the token, which is " + call.caller.site);
  } else if (named && !call.caller.may_manage()) {
    reader.fault("site", "can be named by somebody who may manage");
  } else if (named) {
    person.site = *named;
  }
  if (person.site.empty()) person.site = kDefaultSite;
  return person;
}

/// To read and erase what there is of people takes more than to send events: an ingest token must
/// be that of a connected site, whose Moodle answers for whom it asks.
Result<void> check_token(const Call& call) {
  if (call.caller.may_manage()) return {};
  for (const auto& site : call.api.hub.sites().sites()) {
    if (site.is_connected() && site.token.value == call.caller.id) return {};
  }
  return fail(ErrorCode::kConflict,
              "This token is not that of a connected site. Use one of role manage, and name the "
              "site.");
}

/// "events:17": where the next page goes on.
struct Place {
  enum class Part : std::uint8_t { kEvents, kLetters, kInbound };
  Part part = Part::kEvents;
  std::int64_t before = 0;
};

constexpr std::string_view kParts[] = {"events", "dead_letters", "inbound"};

std::optional<Place> place_from(std::string_view cursor) {
  const auto colon = cursor.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  for (std::size_t i = 0; i < std::size(kParts); ++i) {
    if (cursor.substr(0, colon) != kParts[i]) continue;
    Place place{.part = static_cast<Place::Part>(i)};
    const auto digits = cursor.substr(colon + 1);
    const auto [end, fault] =
        std::from_chars(digits.data(), digits.data() + digits.size(), place.before);
    if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return place;
  }
  return std::nullopt;
}

struct Export {
  struct Event {
    core::Event event;
    std::vector<store::DeliveryRow> deliveries;
  };
  std::vector<Event> events;
  std::vector<core::EventPtr> samples;
  std::vector<core::DeadLetter> letters;
  std::vector<store::LogRow> log;
  std::vector<core::InboundMessage> inbound;
  std::optional<Place> next;
};

/// Samples, which are few, are on the first page.
Result<void> read_events(store::Reader& reader, const Person& person, std::int64_t before,
                         Export& out) {
  if (before == 0) {
    auto samples = reader.samples_of(person.site, person.user);
    if (!samples) return fail(samples);
    out.samples = std::move(*samples);
  }
  auto events = reader.events({.eventname = {}, .site = person.site, .with_calls = true},
                              {kEventsPerPage, before});
  if (!events) return fail(events);
  for (auto& event : *events) {
    if (!core::text_concerns(event.name, event.body, person.user)) continue;
    auto deliveries = reader.deliveries_of(event.seq);
    if (!deliveries) return fail(deliveries);
    out.events.push_back({event, std::move(*deliveries)});
  }
  const bool more = std::ssize(*events) == kEventsPerPage;
  out.next = more ? Place{Place::Part::kEvents, events->back().seq.value}
                  : Place{Place::Part::kLetters, 0};
  return {};
}

bool is_of(const core::DeadLetter& letter, const Person& person,
           const std::set<std::string>& own_services) {
  if (!letter.event) return false;
  const bool inbound = letter.reason == core::DeadReason::kInbound;
  if (inbound) {
    return own_services.contains(letter.service_name) &&
           core::text_concerns({}, letter.payload, person.user);
  }
  return letter.event->site == person.site &&
         core::text_concerns(letter.event->name, letter.event->body, person.user);
}

Result<void> read_letters(store::Reader& reader, const Person& person, std::int64_t before,
                          const std::set<std::string>& own_services, Export& out) {
  const auto rows = reader.dead_letters({}, {kLettersPerPage, before});
  if (!rows) return std::unexpected(rows.error());
  for (const auto& row : *rows) {
    auto letter = reader.dead_letter(row.id);
    if (!letter) return fail(letter);
    if (*letter && is_of(**letter, person, own_services))
      out.letters.push_back(std::move(**letter));
  }
  const bool more = std::ssize(*rows) == kLettersPerPage;
  out.next =
      more ? Place{Place::Part::kLetters, rows->back().id.value} : Place{Place::Part::kInbound, 0};
  return {};
}

Result<void> read_inbound(store::Reader& reader, const Person& person,
                          const std::vector<core::ServiceId>& services, Export& out) {
  for (const auto service : services) {
    const auto rows = reader.inbound_rows(service, {}, SIZE_MAX >> 1U);
    if (!rows) return std::unexpected(rows.error());
    for (const auto& row : *rows) {
      auto message = reader.inbound_message(row.seq);
      if (!message) return fail(message);
      if (*message && core::text_concerns({}, (*message)->body, person.user)) {
        out.inbound.push_back(std::move(**message));
      }
    }
  }
  return {};
}

/// The rows of the request log about what is on the page.
Result<void> read_log(store::Reader& reader, Export& out) {
  std::set<std::string> deliveries;
  for (const auto& event : out.events) {
    for (const auto& row : event.deliveries)
      deliveries.insert(row.id);
  }
  for (const auto& letter : out.letters)
    deliveries.insert(letter.delivery_id);
  store::Page page{kLogRows, 0};
  while (!deliveries.empty()) {
    auto rows = reader.log({}, page);
    if (!rows) return fail(rows);
    for (auto& row : *rows) {
      page.before = row.id;
      if (deliveries.contains(row.call.delivery_id)) out.log.push_back(std::move(row));
    }
    if (std::ssize(*rows) < kLogRows) break;
  }
  return {};
}

void write_deliveries(json::Writer& out, const std::vector<store::DeliveryRow>& deliveries,
                      const engine::Catalog& catalog) {
  out.key("deliveries");
  out.begin_array();
  for (const auto& row : deliveries)
    write_delivery(out, row, catalog, Detail::kFull, Privacy::kFull);
  out.end_array();
}

void write_events(json::Writer& out, const std::vector<Export::Event>& events,
                  const engine::Catalog& catalog) {
  out.key("events");
  out.begin_array();
  for (const auto& [event, deliveries] : events) {
    if (event.name.empty()) continue;
    out.begin_object();
    write_event_members(out, event, Privacy::kFull);
    write_deliveries(out, deliveries, catalog);
    out.end_object();
  }
  out.end_array();
}

/// What plugins have enqueued.
void write_calls(json::Writer& out, const std::vector<Export::Event>& events,
                 const engine::Catalog& catalog) {
  out.key("calls");
  out.begin_array();
  for (const auto& [event, deliveries] : events) {
    if (!event.name.empty()) continue;
    out.begin_object();
    out.member("id", core::call_id(event.id));
    out.member("service", core::call_service(event.id));
    out.member("accepted", to_unix_s(event.accepted));
    out.key("call");
    out.raw(event.body);
    write_deliveries(out, deliveries, catalog);
    out.end_object();
  }
  out.end_array();
}

std::string export_body(const Export& page, const Person& person, const engine::Catalog& catalog) {
  json::Writer out;
  out.begin_object();
  out.member("site", person.site);
  out.member("userid", person.user);
  write_events(out, page.events, catalog);
  write_calls(out, page.events, catalog);
  out.key("samples");
  out.begin_array();
  for (const auto& sample : page.samples) {
    out.begin_object();
    write_event_members(out, *sample, Privacy::kFull);
    out.end_object();
  }
  out.end_array();
  out.key("dead_letters");
  out.begin_array();
  for (const auto& letter : page.letters)
    write_dead_letter(out, letter, Detail::kFull, Privacy::kFull);
  out.end_array();
  out.key("log");
  out.begin_array();
  for (const auto& row : page.log)
    write_log_row(out, row, catalog);
  out.end_array();
  out.key("inbound");
  out.begin_array();
  for (const auto& message : page.inbound) {
    out.begin_object();
    out.member("id", message.id);
    out.member("service", message.service_name);
    out.member("received", to_unix_s(message.received));
    out.member("body", message.body);
    out.end_object();
  }
  out.end_array();
  out.key("next_cursor");
  if (page.next) {
    out.value(
        fmt::format("{}:{}", kParts[static_cast<std::size_t>(page.next->part)], page.next->before));
  } else {
    out.null();
  }
  out.end_object();
  return out.take();
}

Result<Export> read_page(store::Reader& reader, const Person& person, Place place,
                         const engine::Catalog& catalog) {
  Export page;
  std::set<std::string> names;
  std::vector<core::ServiceId> ids;
  for (const auto& service : catalog.services()) {
    if (!service->inbound_site.empty() && service->inbound_site != person.site) continue;
    names.insert(service->name);
    ids.push_back(service->id);
  }
  Result<void> read;
  if (place.part == Place::Part::kEvents) read = read_events(reader, person, place.before, page);
  if (place.part == Place::Part::kLetters) {
    read = read_letters(reader, person, place.before, names, page);
  }
  if (place.part == Place::Part::kInbound) read = read_inbound(reader, person, ids, page);
  if (read) read = read_log(reader, page);
  if (!read) return fail(read);
  return page;
}

}  // namespace

std::string erasure_body(const core::Erasure& erasure) {
  const auto erased = erasure.events + erasure.dead_letters;
  json::Writer out;
  out.begin_object();
  out.member("id", fmt::format("e{}", erasure.id));
  out.member("kind", "erase");
  out.member("state", erasure.done ? "done" : "running");
  out.member("total", erased + erasure.waiting);
  out.member("done", erased);
  out.member("succeeded", erased);
  out.member("skipped", 0);
  out.member("failed", 0);
  out.key("errors");
  out.begin_array();
  out.end_array();
  out.end_object();
  return out.take();
}

HandlerTask export_personal_data(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  ObjectReader reader(document->root());
  const auto person = read_person(call, reader);
  const auto cursor = reader.text("cursor");
  const auto place = cursor ? place_from(*cursor) : Place{};
  if (!place) reader.fault("cursor", "must be the next_cursor of an earlier page");
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  if (auto allowed = check_token(call); !allowed) co_return fail(allowed);
  const auto catalog = call.api.hub.catalog();
  auto page = co_await call.read([person, place = *place, catalog](store::Reader& store) {
    return read_page(store, person, place, *catalog);
  });
  if (!page) co_return fail(page);
  co_return Response::json(export_body(*page, person, *catalog));
}

HandlerTask erase_personal_data(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  ObjectReader reader(document->root());
  const auto person = read_person(call, reader);
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  if (auto allowed = check_token(call); !allowed) co_return fail(allowed);
  const auto erasure = co_await call.ask<core::Erasure>([&](auto answer) {
    call.api.hub.personal_data().erase(person.site, person.user, std::move(answer));
  });
  if (!erasure) co_return std::unexpected(erasure.error());
  // Who it was about is what shall be forgotten.
  auto entry = audit_entry(
      call.caller, call.request,
      fmt::format(R"({{"site":{},"job_id":"e{}"}})", json::quoted(person.site), erasure->id),
      call.now().wall);
  const auto noted = co_await call.ask<bool>(
      [&](auto answer) { call.api.hub.append_audit(std::move(entry), std::move(answer)); });
  if (!noted) co_return std::unexpected(noted.error());
  auto response = Response::json(fmt::format(R"({{"job_id":"e{}"}})", erasure->id), 202);
  response.headers.emplace_back("Location", fmt::format("/api/v1/jobs/e{}", erasure->id));
  co_return response;
}

}  // namespace mih::api
