#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"
#include "api/rule_calls.hpp"
#include "base/header.hpp"
#include "core/fields.hpp"
#include "engine/enrichment.hpp"
#include "engine/event_reader.hpp"
#include "engine/render.hpp"

namespace mih::api {
namespace {

/// A request for a preview: a rule and an event, each given or named.
struct PreviewRequest {
  std::optional<json::Value> rule;
  std::optional<std::int64_t> rule_id;
  std::optional<json::Value> event;
  std::optional<std::string> event_id;
};

Result<PreviewRequest> read_preview(const json::Value& body) {
  ObjectReader reader(body);
  PreviewRequest out{.rule = reader.object("rule"),
                     .rule_id = reader.integer("rule_id"),
                     .event = reader.object("event"),
                     .event_id = reader.text("event_id")};
  auto valid = reader.check();
  if (!valid) return fail(valid);
  if (out.rule.has_value() == out.rule_id.has_value()) {
    return invalid("rule", "give either rule or rule_id");
  }
  if (out.event.has_value() == out.event_id.has_value()) {
    return invalid("event", "give either event or event_id");
  }
  return out;
}

Result<std::shared_ptr<const engine::CompiledRule>> previewed_rule(const Call& call,
                                                                   const PreviewRequest& request) {
  if (request.rule_id) return find_rule(call, core::RuleId{*request.rule_id});
  if (!call.caller.may_manage()) {
    return fail(ErrorCode::kForbidden,
                "Trying a rule that is not saved needs the role manage; name a rule_id.");
  }
  auto compiled = read_rule(call, *request.rule, core::Write::kReplace, {});
  if (!compiled) return fail(compiled);
  return std::make_shared<const engine::CompiledRule>(std::move(*compiled));
}

/// A posted event as intake would store it.
Result<std::shared_ptr<core::Event>> given_event(const Call& call, const json::Value& posted,
                                                 const core::Rule& rule) {
  auto event = engine::read_event(posted, call.caller.site, call.now(), rule.include_anonymous);
  if (event) return std::move(*event);
  return invalid("event", event.error().error);
}

async::Task<Result<std::shared_ptr<core::Event>>> stored_event(Call& call, std::string id) {
  const auto site = call.caller.site.empty() ? std::string(kDefaultSite) : call.caller.site;
  co_return co_await call.read(
      [site, id = std::move(id)](store::Reader& reader) -> Result<std::shared_ptr<core::Event>> {
        auto event = reader.event(site, id);
        if (!event) return fail(event);
        if (*event) return std::make_shared<core::Event>(std::move(**event));
        return fail(ErrorCode::kNotFound, fmt::format("There is no event {}.", id));
      });
}

/// The header that the transport will add for authentication, its secret hidden.
void add_masked_authentication(core::Headers& headers, const core::Service& service) {
  switch (service.auth_type) {
    case core::AuthType::kBearer:
    case core::AuthType::kOauth2:
      headers.emplace_back("Authorization", fmt::format("Bearer {}", core::kMask));
      break;
    case core::AuthType::kBasic:
      headers.emplace_back("Authorization", fmt::format("Basic {}", core::kMask));
      break;
    case core::AuthType::kApikey:
      headers.emplace_back(service.apikey_header, core::kMask);
      break;
    case core::AuthType::kNone:
    case core::AuthType::kMtls:
    case core::AuthType::kWsse:
      break;
  }
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

/// Asks the event's site, as a delivery would.
async::Task<Enriched> enrich(Call& call, const engine::CompiledRule& compiled,
                             const core::Event& event) {
  Enriched out;
  json::Document document;
  if (compiled.needs.none() || !document.parse(event.body)) co_return out;
  const auto references = engine::references_of(event.name, document.root());
  core::LookUp wanted;
  for (std::size_t i = 0; i < references.size(); ++i) {
    out.json[i] = references[i].known;
    const auto& object = references[i].object;
    if (!object || !compiled.needs[i]) continue;
    const bool user = object->kind == engine::SiteObject::Kind::kUser;
    (user ? wanted.users : wanted.courses).push_back(object->id);
  }
  if (wanted.users.empty() && wanted.courses.empty()) co_return out;
  const auto found = co_await call.ask<core::LookedUp>(
      [&](auto answer) { call.api.hub.look_up(event.site, std::move(wanted), std::move(answer)); });
  if (!found) {
    out.warning =
        "People and courses are shown as null, because the site cannot be asked for "
        "them: " +
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

struct Preview {
  std::optional<std::string> why_not;  ///< empty: it matches
  std::optional<core::Request> request;
  std::vector<std::string> warnings;
};

Result<Preview> make_preview(const engine::CompiledRule& compiled,
                             const std::shared_ptr<const core::Service>& service,
                             const core::Event& event, WallTime now, const Enriched& enriched) {
  json::Document document;
  if (!document.parse(event.body)) {
    return fail(ErrorCode::kInternal, fmt::format("The stored event {} is damaged.", event.id));
  }
  Preview out;
  if (!enriched.warning.empty()) out.warnings.push_back(enriched.warning);
  const auto& rule = compiled.rule;
  out.why_not = engine::why_not(compiled, event.name, document.root());
  if (!rule.enabled) out.warnings.emplace_back("The rule is disabled.");
  if (!service->enabled) out.warnings.emplace_back("The service is disabled.");
  const auto id = core::delivery_id(event.site, event.id, rule.id);
  auto request =
      engine::render_request(compiled, service, event, id, 1, now, document, enriched.view());
  if (!request) {
    out.warnings.push_back(request.error().detail);
    return out;
  }
  request->headers.emplace_back("webhook-id", id);
  out.request = std::move(*request);
  return out;
}

void write_rendered(json::Writer& out, const core::Request& request, Privacy privacy) {
  out.member("method", request.method);
  out.member("url", masked_url(request.url));
  if (privacy == Privacy::kRedacted) return;
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

std::string preview_body(const Preview& preview, Privacy privacy) {
  json::Writer out;
  out.begin_object();
  out.member("matches", !preview.why_not);
  out.member("why_not", preview.why_not);
  if (preview.request) {
    write_rendered(out, *preview.request, privacy);
  } else {
    for (const auto* name : {"method", "url", "headers", "payload"}) {
      out.key(name);
      out.null();
    }
  }
  out.key("warnings");
  out.begin_array();
  for (const auto& warning : preview.warnings)
    out.value(warning);
  out.end_array();
  if (privacy == Privacy::kRedacted) out.member("redacted", true);
  out.end_object();
  return out.take();
}

}  // namespace

HandlerTask preview_rule(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  auto request = read_preview(document->root());
  if (!request) co_return fail(request);
  auto compiled = previewed_rule(call, *request);
  if (!compiled) co_return fail(compiled);
  const auto& rule = (*compiled)->rule;
  const auto service = call.api.hub.catalog()->service(rule.service_name);
  if (!service) {
    co_return invalid("service", fmt::format("there is no service '{}'", rule.service_name));
  }

  Result<std::shared_ptr<core::Event>> event;
  if (request->event) {
    event = given_event(call, *request->event, rule);
  } else {
    event = co_await stored_event(call, *request->event_id);
  }
  if (!event) co_return fail(event);
  const auto enriched = co_await enrich(call, **compiled, **event);
  auto preview = make_preview(**compiled, service, **event, call.now().wall, enriched);
  if (!preview) co_return fail(preview);
  const bool shown = call.caller.may_manage() || request->event.has_value();
  co_return Response::json(preview_body(*preview, shown ? Privacy::kFull : Privacy::kRedacted));
}

}  // namespace mih::api
