#include "app/importer.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "core/service_call.hpp"
#include "delivery/dead_letter.hpp"
#include "engine/event_reader.hpp"
#include "engine/matcher.hpp"
#include "engine/render_call.hpp"

namespace mih::app {
namespace {

/// Letters that are older would go at once with the next clearing up.
std::optional<WallTime> oldest_kept(const core::Settings& settings, WallTime now) {
  if (settings.dead_letter_retention == 0) return std::nullopt;
  return now - std::chrono::days{settings.dead_letter_retention};
}

std::string short_event_name(std::string_view eventname) {
  return std::string{eventname.substr(eventname.rfind('\\') + 1)};
}

/// All faults of a rule in one line.
std::string faults_of(const Error& error) {
  if (error.fields.size() < 2) return error.detail;
  std::string out;
  for (const auto& fault : error.fields) {
    if (!out.empty()) out += "; ";
    out += fault.line > 0 ? fmt::format("{}, line {}, column {}: {}", fault.field, fault.line,
                                        fault.column, fault.message)
                          : fmt::format("{}: {}", fault.field, fault.message);
  }
  return out;
}

}  // namespace

Importer::Importer(Registry& registry, store::Writer& writer, Now now, api::ImportRequest request)
    : registry_(registry),
      writer_(writer),
      now_(now),
      request_(std::move(request)),
      catalog_(registry.catalog()) {}

bool Importer::is_known(Kind kind, std::int64_t id, const std::string& name,
                        api::ImportedRows& rows) {
  if (!seen_.insert({kind, id}).second) {
    refuse(rows, name, fmt::format("id {} is there twice", id));
    return true;
  }
  if (!known_.contains({kind, id})) return false;
  ++rows.unchanged;
  return true;
}

void Importer::refuse(api::ImportedRows& rows, std::string name, std::string error) {
  rows.refused.push_back({std::move(name), std::move(error)});
}

void Importer::notice(const std::string& about, const std::vector<std::string>& notices) {
  for (const auto& text : notices)
    report_.notices.push_back(about + ": " + text);
}

Result<void> Importer::take_configuration(store::Store& store, store::Reader& reader) {
  auto known = reader.imported(request_.site);
  if (!known) return fail(known);
  known_ = std::move(*known);
  auto aliases = reader.aliases();
  if (!aliases) return fail(aliases);
  aliases_ = std::move(*aliases);
  for (auto& row : request_.tables.refused) {
    auto& rows = row.kind == Kind::kService      ? report_.services
                 : row.kind == Kind::kRule       ? report_.rules
                 : row.kind == Kind::kDeadLetter ? report_.dead_letters
                                                 : report_.deliveries;
    refuse(rows, std::move(row.name), std::move(row.error));
  }
  report_.notices = std::move(request_.tables.notices);

  for (const auto& service : catalog_->services())
    taken_.insert(service->name);
  auto& services = request_.tables.services;
  // Those that keep their names come first, so that no other takes one of them.
  std::vector<engine::OriginalService*> renamed;
  for (auto& original : services) {
    if (original.name != original.service.name) {
      renamed.push_back(&original);
      continue;
    }
    taken_.insert(original.name);
    plan_service(original);
  }
  for (auto* original : renamed)
    plan_service(*original);
  for (auto& original : request_.tables.rules)
    plan_rule(original);
  if (request_.dry_run) return {};
  if (import_.services.empty() && import_.rules.empty()) return {};
  if (auto saved = store.import(import_, now_.wall); !saved) return saved;
  registry_.put_import(import_, std::move(compiled_));
  remember_saved();
  return {};
}

void Importer::plan_service(engine::OriginalService& original) {
  auto& rows = report_.services;
  if (is_known(Kind::kService, original.id, original.name, rows)) {
    const auto here = service_of(original.id);
    if (here && here->name != original.name) rows.renamed.push_back({original.name, here->name});
    return;
  }
  const core::Origin origin{request_.site, Kind::kService, original.id};
  if (const auto here = catalog_->service(original.name)) {
    if (here->type != original.service.type || here->base_url != original.service.base_url) {
      refuse(rows, original.name,
             "a service of this name with another address is here already; rename one of them, "
             "then import again");
      return;
    }
    ++rows.unchanged;
    notice("service " + original.name, {"was here already and stays as it is"});
    import_.services.push_back({*here, origin, {}});
    services_[original.id] = here;
    return;
  }
  auto& service = original.service;
  std::string alias;
  if (service.name != original.name) {
    service.name = free_name(service.name);
    taken_.insert(service.name);
    alias = original.name;
    rows.renamed.push_back({original.name, service.name});
    if (aliases_.contains(alias)) {
      notice("service " + service.name,
             {fmt::format("calls of \"{}\" already go to another service;"
                          " they must use the new name",
                          alias)});
    }
  }
  ++rows.created;
  notice("service " + service.name, original.notices);
  report_.made.push_back("service " + service.name);
  services_[original.id] = std::make_shared<const core::Service>(service);
  import_.services.push_back({std::move(service), origin, std::move(alias)});
}

std::string Importer::free_name(const std::string& wanted) const {
  if (!taken_.contains(wanted)) return wanted;
  for (int n = 2;; ++n) {
    const auto suffix = fmt::format("-{}", n);
    auto name = wanted.substr(0, 255 - suffix.size()) + suffix;
    if (!taken_.contains(name)) return name;
  }
}

void Importer::tell_if_unusable(std::int64_t original) {
  const auto known = known_.find({Kind::kRule, original});
  if (known == known_.end()) return;
  const auto here = catalog_->rule(core::RuleId{known->second});
  if (!here || here->rule.enabled) return;
  const auto compiled = engine::compile_rule(here->rule);
  if (compiled) return;
  report_.rules.disabled.push_back({here->rule.id, here->rule.name, faults_of(compiled.error())});
}

void Importer::plan_rule(engine::OriginalRule& original) {
  auto& rows = report_.rules;
  const auto label = fmt::format("rule {}", original.id);
  if (is_known(Kind::kRule, original.id, label, rows)) {
    tell_if_unusable(original.id);
    return;
  }
  const auto service = service_of(original.service);
  if (!service) {
    refuse(rows, label, fmt::format("its service {} was not imported", original.service));
    return;
  }
  auto rule = std::move(original.rule);
  rule.service_name = service->name;
  rule.name =
      fmt::format("{} to {} ({})", short_event_name(rule.eventname), service->name, original.id)
          .substr(0, 255);
  RuleRef ref{.id = {}, .service = service->id, .enabled = rule.enabled, .why_not = {}};
  if (!rule.enabled) ref.why_not = "its rule was disabled, and the original would have dropped it";
  if (!service->enabled && ref.enabled) {
    ref.enabled = false;
    ref.why_not = "its service was disabled, and the original would have dropped it";
  }
  auto compiled = engine::compile_rule(rule);
  if (!compiled) {
    // The text stays in the rule, where it can be mended.
    rule.enabled = false;
    ref.enabled = false;
    ref.why_not = "its rule cannot be used yet; change and enable the rule, then import again";
    rows.disabled.push_back({{}, rule.name, faults_of(compiled.error())});
    compiled = engine::CompiledRule{};
    compiled->rule = rule;
  }
  ++rows.created;
  notice(rule.name, original.notices);
  rules_[original.id] = std::move(ref);
  import_.rules.push_back({compiled->rule, {request_.site, Kind::kRule, original.id}});
  compiled_.push_back(std::move(*compiled));
}

void Importer::remember_saved() {
  catalog_ = registry_.catalog();
  for (const auto& saved : import_.services)
    services_[saved.origin.id] = catalog_->service(saved.service.id);
  for (const auto& saved : import_.rules) {
    auto& ref = rules_[saved.origin.id];
    ref.id = saved.rule.id;
    ref.service = saved.rule.service;
    report_.made.push_back(fmt::format("rule {} ({})", saved.rule.id.value, saved.rule.name));
    for (auto& disabled : report_.rules.disabled)
      if (disabled.name == saved.rule.name) disabled.id = saved.rule.id;
  }
}

Importer::ServicePtr Importer::service_of(std::int64_t original) const {
  if (const auto found = services_.find(original); found != services_.end()) return found->second;
  const auto before = known_.find({Kind::kService, original});
  if (before == known_.end()) return nullptr;
  return catalog_->service(core::ServiceId{before->second});
}

std::optional<Importer::RuleRef> Importer::rule_of(std::int64_t original) const {
  if (const auto found = rules_.find(original); found != rules_.end()) return found->second;
  const auto before = known_.find({Kind::kRule, original});
  if (before == known_.end()) return std::nullopt;
  const auto compiled = catalog_->rule(core::RuleId{before->second});
  if (!compiled) return std::nullopt;
  const auto& rule = compiled->rule;
  return RuleRef{.id = rule.id,
                 .service = rule.service,
                 .enabled = rule.enabled && rule.service,
                 .why_not = "its rule is disabled; enable it, then import again"};
}

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
    letter->url = delivery::shown_url(request->url);
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
  writer_.accept(std::move(events_), catalog_->version(),
                 [report = std::move(report_),
                  answer = std::move(answer)](Result<store::Intake> taken) mutable {
                   if (!taken) return answer(fail(taken));
                   for (const auto& entry : taken->events) {
                     auto& rows = entry.imported->letter ? report.dead_letters : report.deliveries;
                     const bool made = entry.outcome == store::EventEntry::Outcome::kAccepted;
                     ++(made ? rows.created : rows.unchanged);
                   }
                   for (const auto& [rows, what] : {std::pair{&report.dead_letters, "dead letters"},
                                                    std::pair{&report.deliveries, "deliveries"}}) {
                     if (rows->created > 0)
                       report.made.push_back(fmt::format("{} {}", rows->created, what));
                   }
                   answer(std::move(report));
                 });
}

}  // namespace mih::app
