#include "api/rule_trial.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "api/event_classes.hpp"
#include "api/query.hpp"
#include "api/rule_calls.hpp"
#include "api/service_calls.hpp"
#include "base/header.hpp"
#include "core/base_url.hpp"
#include "core/fields.hpp"
#include "engine/enrichment.hpp"
#include "engine/event_reader.hpp"
#include "engine/generated_event.hpp"
#include "engine/render.hpp"

namespace mih::api {
namespace {

constexpr std::int64_t kPage = 500;
constexpr int kMostPages = 4;  ///< of recorded events that are looked through for an example

/// What the service adds to every request is for who may manage: it often says who the hub is.
void hide_headers_of(const core::Service& service, core::Headers& headers) {
  for (auto& [name, value] : headers) {
    const auto is_this = [&](const auto& own) { return equal_ignoring_case(own.first, name); };
    if (std::ranges::any_of(service.headers, is_this)) value = core::kMask;
  }
}

/// The rule with the secrets in force, what is made of them hidden unless the caller may manage.
std::shared_ptr<const engine::CompiledRule> with_secrets(const Call& call,
                                                         engine::CompiledRule compiled) {
  compiled.secrets = call.api.hub.catalog()->secrets();
  if (!call.caller.may_manage() && compiled.secrets) {
    auto hidden = *compiled.secrets;
    hidden.hidden = true;
    compiled.secrets = std::make_shared<const engine::Secrets>(std::move(hidden));
  }
  return std::make_shared<const engine::CompiledRule>(std::move(compiled));
}

/// What templates say of the people and the course of an event.
struct Enriched {
  std::array<std::string, engine::kEnrichedCount> json;  ///< "" = null
  std::string warning;                                   ///< why something is not known

  engine::Enrichment view() const {
    engine::Enrichment out;
    std::ranges::copy(json, out.begin());
    return out;
  }
};

async::Task<Enriched> enrich(Call& call, const TriedRule& tried, const core::Event& event) {
  Enriched out;
  json::Document document;
  const auto& needs = tried.compiled->needs;
  if (needs.none() || !document.parse(event.body)) co_return out;
  const auto references = engine::references_of(event.name, document.root());
  core::LookUp wanted;
  for (std::size_t i = 0; i < references.size(); ++i) {
    out.json[i] = references[i].known;
    const auto& object = references[i].object;
    if (!object || !needs[i]) continue;
    const bool user = object->kind == engine::SiteObject::Kind::kUser;
    (user ? wanted.users : wanted.courses).push_back(object->id);
  }
  if (wanted.users.empty() && wanted.courses.empty()) co_return out;
  const auto found = co_await call.ask<core::LookedUp>(
      [&](auto answer) { call.api.hub.look_up(event.site, std::move(wanted), std::move(answer)); });
  if (!found) {
    out.warning =
        "People and courses are shown as null, because the site cannot be asked for them: " +
        found.error().detail;
    co_return out;
  }
  for (std::size_t i = 0; i < references.size(); ++i) {
    const auto& object = references[i].object;
    if (!object) continue;
    const bool user = object->kind == engine::SiteObject::Kind::kUser;
    const auto& objects = user ? found->users : found->courses;
    const auto known = objects.find(object->id);
    if (known != objects.end()) out.json[i] = known->second.value_or("");
  }
  co_return out;
}

void write_request(json::Writer& out, const core::Request& request, Privacy privacy) {
  out.member("method", request.method);
  const bool redacted = privacy == Privacy::kRedacted;
  out.member("url", redacted ? core::without_secrets_of(request.service->base_url, request.url)
                             : masked_url(request.url));
  if (redacted) return;
  auto headers = request.headers;
  std::erase_if(headers, [](const auto& header) {
    return equal_ignoring_case(header.first, "Authorization");
  });
  out.key("headers");
  out.begin_object();
  for (const auto& [name, value] : headers)
    out.member(name, masked_header(name, value));
  core::Headers added;
  add_masked_authentication(added, *request.service);
  for (const auto& [name, value] : added)
    out.member(name, value);
  out.end_object();
  out.member("payload", request.body);
}

Result<std::optional<core::Event>> newest_event(store::Reader& reader, const std::string& pattern,
                                                const std::string& site) {
  const bool exact = pattern.find('*') == std::string::npos;
  const store::EventFilter filter{.eventname = exact ? pattern : "", .site = site};
  store::Page page{exact ? 1 : kPage, 0};
  for (int i = 0; i < kMostPages; ++i) {
    auto events = reader.events(filter, page);
    if (!events) return fail(events);
    const auto found = std::ranges::find_if(*events, [&](const core::Event& event) {
      return engine::pattern_allows(pattern, event.name);
    });
    if (found != events->end()) return std::optional(std::move(*found));
    if (std::ssize(*events) < page.limit) break;
    page.before = events->back().seq.value;
  }
  return std::optional<core::Event>{};
}

/// The Moodle that is most likely meant.
std::string likely_site(const Call& call) {
  if (!call.caller.site.empty()) return call.caller.site;
  for (const auto& site : call.api.hub.sites().sites()) {
    if (site.is_connected()) return site.name;
  }
  return std::string{kDefaultSite};
}

async::Task<Result<core::EventPtr>> generate(Call& call, std::string pattern) {
  const auto classes = co_await event_classes(call);
  if (!classes) co_return std::unexpected(classes.error());
  const auto known = std::ranges::find_if(
      *classes, [&](const KnownClass& one) { return engine::pattern_allows(pattern, one.name); });
  const auto name = engine::name_for_pattern(pattern);
  const bool use_known = known != classes->end() && pattern != "*";
  const auto body = engine::generated_event(use_known ? known->view() : engine::guessed_class(name),
                                            to_unix_s(call.now().wall));
  json::Document document;
  if (!document.parse(body)) co_return fail(ErrorCode::kInternal, "A made-up event is no JSON.");
  auto event = engine::read_event(document.root(), likely_site(call), call.now(), false);
  if (!event) {
    co_return invalid("eventname", fmt::format("no example can be made of this pattern: {}",
                                               event.error().error));
  }
  co_return core::EventPtr{std::move(*event)};
}

}  // namespace

RuleChoice read_rule_choice(ObjectReader& reader) {
  RuleChoice choice{.rule = reader.object("rule"), .rule_id = reader.integer("rule_id")};
  if (choice.rule.has_value() == choice.rule_id.has_value()) {
    reader.fault("rule", "give either rule or rule_id");
  }
  return choice;
}

Result<TriedRule> tried_rule(const Call& call, const RuleChoice& choice) {
  TriedRule tried;
  if (choice.rule_id) {
    auto saved = find_rule(call, core::RuleId{*choice.rule_id});
    if (!saved) return fail(saved);
    tried.compiled = std::move(*saved);
  } else {
    if (!call.caller.may_manage()) {
      return fail(ErrorCode::kForbidden,
                  "Trying a rule that is not saved needs the role manage; name a rule_id.");
    }
    auto compiled = read_rule(call, *choice.rule, core::Write::kReplace, {});
    if (!compiled) return fail(compiled);
    tried.compiled = std::make_shared<const engine::CompiledRule>(std::move(*compiled));
  }
  const auto& name = tried.compiled->rule.service_name;
  tried.service = call.api.hub.catalog()->service(name);
  if (!tried.service) return invalid("service", fmt::format("there is no service '{}'", name));
  tried.compiled = with_secrets(call, *tried.compiled);
  return tried;
}

async::Task<Result<Trial>> try_rule(Call& call, TriedRule tried, core::EventPtr event) {
  const auto enriched = co_await enrich(call, tried, *event);
  json::Document document;
  if (!document.parse(event->body)) {
    co_return fail(ErrorCode::kInternal, fmt::format("The stored event {} is damaged.", event->id));
  }
  Trial out;
  if (!enriched.warning.empty()) out.warnings.push_back(enriched.warning);
  out.is_personal =
      std::ranges::any_of(enriched.json, [](const auto& json) { return !json.empty(); });
  const auto& rule = tried.compiled->rule;
  out.why_not = engine::why_not(*tried.compiled, event->name, document.root());
  if (!rule.enabled) out.warnings.emplace_back("The rule is disabled.");
  if (!tried.service->enabled) out.warnings.emplace_back("The service is disabled.");
  const auto id = core::delivery_id(event->site, event->id, rule.id);
  engine::SiteAddresses addresses;
  for (const auto& site : call.api.hub.sites().sites())
    addresses.emplace(site.name, site.wwwroot);
  auto request = engine::render_request(*tried.compiled, tried.service, *event, id, 1,
                                        call.now().wall, document, {enriched.view(), &addresses});
  if (!request) {
    out.warnings.push_back(request.error().detail);
    co_return out;
  }
  request->headers.emplace_back("webhook-id", id);
  if (!call.caller.may_manage()) hide_headers_of(*tried.service, request->headers);
  out.request = std::move(*request);
  co_return out;
}

void write_trial(json::Writer& out, const Trial& trial, Privacy privacy) {
  out.member("matches", !trial.why_not);
  out.member("why_not", trial.why_not);
  if (trial.request) {
    write_request(out, *trial.request, privacy);
  } else {
    for (const auto* name : {"method", "url", "headers", "payload"}) {
      out.key(name);
      out.null();
    }
  }
  out.key("warnings");
  out.begin_array();
  for (const auto& warning : trial.warnings)
    out.value(warning);
  out.end_array();
}

std::string_view name_of(Origin origin) {
  switch (origin) {
    case Origin::kGiven:
      return "given";
    case Origin::kRecorded:
      return "recorded";
    case Origin::kSample:
      return "sample";
    case Origin::kGenerated:
      return "generated";
  }
  return "generated";
}

async::Task<Result<Example>> find_example(Call& call, std::string pattern) {
  auto recorded = co_await call.read([pattern, site = call.caller.site](store::Reader& reader) {
    return newest_event(reader, pattern, site);
  });
  if (!recorded) co_return fail(recorded);
  if (*recorded) {
    co_return Example{std::make_shared<const core::Event>(std::move(**recorded)),
                      Origin::kRecorded};
  }
  call.api.hub.sites().request_samples(pattern);
  auto sample = call.api.hub.sample_event(pattern);
  const bool own = sample && (call.caller.site.empty() || sample->site == call.caller.site);
  if (own) co_return Example{std::move(sample), Origin::kSample};
  auto generated = co_await generate(call, std::move(pattern));
  if (!generated) co_return fail(generated);
  co_return Example{std::move(*generated), Origin::kGenerated};
}

}  // namespace mih::api
