#include <algorithm>
#include <fmt/format.h>

#include "app/importer.hpp"
#include "core/base_url.hpp"
#include "core/service_call.hpp"
#include "engine/event_reader.hpp"
#include "engine/matcher.hpp"
#include "engine/render_call.hpp"

/// Dead letters and queued events of the original plugin.
namespace mih::app {
namespace {

/// Letters that are older would go at once with the next clearing up.
std::optional<WallTime> oldest_kept(const core::Settings& settings, WallTime now) {
  if (settings.dead_letter_retention == 0) return std::nullopt;
  return now - std::chrono::days{settings.dead_letter_retention};
}

/// Enters what became of dead letters and queued events. What the store could not take is refused,
/// like a row: services and rules are there already, and the next import goes on.
void report_events(api::ImportReport& report, const std::vector<core::Origin>& origins,
                   const Result<store::Intake>& taken) {
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const bool is_letter = origins[i].kind == core::ImportKind::kDeadLetter;
    auto& rows = is_letter ? report.dead_letters : report.deliveries;
    if (!taken) {
      rows.refused.push_back(
          {fmt::format("{} {}", is_letter ? "dead letter" : "task", origins[i].id),
           taken.error().detail});
    } else {
      const bool made = taken->events[i].outcome == store::EventEntry::Outcome::kAccepted;
      ++(made ? rows.created : rows.unchanged);
    }
  }
  const auto tell = [&](const api::ImportedRows& rows, std::string_view what) {
    if (rows.created > 0) report.made.push_back(fmt::format("{} {}", rows.created, what));
  };
  tell(report.dead_letters, "dead letters");
  tell(report.deliveries, "deliveries");
}

}  // namespace

void Importer::add_event(Kind kind, std::int64_t id, store::EventEntry entry,
                         std::shared_ptr<core::DeadLetter> letter) {
  entry.imported = std::make_shared<store::ImportedEvent>(
      store::ImportedEvent{{request_.site, kind, id}, std::move(letter)});
  events_.push_back(std::move(entry));
}

core::ServiceCall Importer::call_of(const engine::OriginalLetter& original,
                                    const core::Service& service) {
  core::ServiceCall call;
  call.payload.text = original.payload;
  // The original kept neither endpoint nor method: it took those of a rule for event and service.
  std::vector<const core::Rule*> rules;
  const auto pattern = engine::normalise_pattern(original.eventname).value_or(original.eventname);
  for (const auto& compiled : catalog_->rules()) {
    const auto& rule = compiled->rule;
    if (rule.service == service.id && rule.eventname == pattern) rules.push_back(&rule);
  }
  if (rules.empty()) {
    notice(fmt::format("dead letter {}", original.id),
           {"no rule says where it was sent to: a replay posts it to the service's base_url"});
    return call;
  }
  const auto& first = *rules.front();
  if (!first.endpoint.empty()) call.endpoint = first.endpoint;
  call.http_method = first.http_method;
  const bool differ = std::ranges::any_of(rules, [&](const core::Rule* rule) {
    return rule->endpoint != first.endpoint || rule->http_method != first.http_method;
  });
  if (differ) {
    notice(fmt::format("dead letter {}", original.id),
           {fmt::format("several rules may have made it: a replay goes where \"{}\" sends",
                        first.name)});
  }
  return call;
}

void Importer::plan_letter(const engine::OriginalLetter& original) {
  auto& rows = report_.dead_letters;
  const auto label = fmt::format("dead letter {}", original.id);
  if (is_known(Kind::kDeadLetter, original.id, label, rows)) return;
  const auto service = service_of(original.service);
  if (!service) {
    refuse(rows, label, fmt::format("its service {} was not imported", original.service));
    return;
  }
  if (request_.dry_run) {
    ++rows.created;
    return;
  }
  const auto call = call_of(original, *service);
  auto event = std::make_shared<core::Event>();
  event->site = request_.site;
  event->id = core::call_event_id(service->name, fmt::format("original-dlq-{}", original.id));
  event->body = engine::call_to_json(call);
  event->accepted = now_.wall;
  auto letter = std::make_shared<core::DeadLetter>();
  auto shown = *event;
  shown.name = original.eventname;
  letter->event = std::make_shared<const core::Event>(std::move(shown));
  letter->delivery_id = core::delivery_id(event->site, event->id, {});
  letter->reason = core::DeadReason::kExhausted;
  letter->service = service->id;
  letter->service_name = service->name;
  letter->error_message = original.error_message;
  const WallTime created{std::chrono::seconds{original.created_s}};
  core::Attempt attempt;
  attempt.n = 1;
  attempt.time = created;
  attempt.error = original.error_message;
  core::add_attempt(letter->attempts, std::move(attempt));
  const auto oldest = oldest_kept(registry_.settings(), now_.wall);
  const bool in_future = created > now_.wall;
  letter->created = in_future || (oldest && created < *oldest) ? now_.wall : created;
  json::Document scratch;
  letter->payload = original.payload;
  if (auto request = engine::render_call(call, service, letter->delivery_id, scratch)) {
    letter->method = request->method;
    letter->url = core::without_secrets_of(service->base_url, request->url);
    letter->headers = std::move(request->headers);
    letter->payload = std::move(request->body);
  }
  add_event(Kind::kDeadLetter, original.id,
            {event, {{.rule = {}, .service = service->id, .ordering_key = {}}}, {}},
            std::move(letter));
}

void Importer::plan_task(const engine::OriginalTask& original) {
  auto& rows = report_.deliveries;
  const auto label = fmt::format("task {}", original.id);
  if (is_known(Kind::kDelivery, original.id, label, rows)) return;
  const auto rule = rule_of(original.rule);
  if (!rule || !rule->enabled) {
    refuse(rows, label,
           rule ? rule->why_not : fmt::format("its rule {} was not imported", original.rule));
    return;
  }
  // An id of its own behind what is there: the last of two members of one name counts.
  const auto open = original.event.rfind('}');
  const bool is_empty = original.event.find('"') == std::string::npos;
  const auto text = fmt::format("{}{}\"id\":\"original-task-{}\"}}", original.event.substr(0, open),
                                is_empty ? "" : ",", original.id);
  json::Document document;
  if (!document.parse(text)) {
    refuse(rows, label, "its event is not JSON, or over 64 levels deep");
    return;
  }
  auto event = engine::read_event(document.root(), request_.site, now_, false);
  if (!event) {
    refuse(rows, label, "its event is refused: " + event.error().error);
    return;
  }
  if (request_.dry_run) {
    ++rows.created;
    return;
  }
  add_event(
      Kind::kDelivery, original.id,
      {std::move(*event), {{.rule = rule->id, .service = rule->service, .ordering_key = {}}}, {}},
      nullptr);
}

void Importer::take_events(api::Answer<api::ImportReport> answer) {
  for (const auto& letter : request_.tables.letters)
    plan_letter(letter);
  for (const auto& task : request_.tables.tasks)
    plan_task(task);
  if (events_.empty()) return answer(std::move(report_));
  std::vector<core::Origin> origins;
  for (const auto& entry : events_)
    origins.push_back(entry.imported->origin);
  writer_.accept(std::move(events_), catalog_->version(),
                 [report = std::move(report_), origins = std::move(origins),
                  answer = std::move(answer)](const Result<store::Intake>& taken) mutable {
                   report_events(report, origins, taken);
                   answer(std::move(report));
                 });
}

}  // namespace mih::app
