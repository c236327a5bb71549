#include "engine/render.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "engine/cloud_event_output.hpp"
#include "engine/escape.hpp"
#include "engine/event_reader.hpp"
#include "engine/query.hpp"
#include "engine/render_call.hpp"
#include "engine/request_parts.hpp"
#include "engine/soap_headers.hpp"

namespace mih::engine {
namespace {

constexpr std::size_t kMaxRoutingKey = 255;
constexpr std::int64_t kMostHops = 3;
/// A template is at most 64 levels deep, and so is an event in it.
constexpr json::Limits kRenderedLimits{.max_depth = 2 * 64};

std::string_view media_type(core::ContentType type) {
  switch (type) {
    case core::ContentType::kJson:
      return "application/json";
    case core::ContentType::kForm:
      return "application/x-www-form-urlencoded";
    case core::ContentType::kXml:
      return "application/xml";
    case core::ContentType::kText:
      return "text/plain; charset=utf-8";
  }
  return "application/json";
}

/// The rendered object as pairs.
Result<std::string> pairs_of(std::string_view rendered, PairStyle style) {
  json::Document document;
  if (!document.parse(rendered, kRenderedLimits) || !document.root().is_object()) {
    return fail(ErrorCode::kTemplateInvalid,
                "payload_template: the payload is no JSON object for this event, so it cannot be "
                "sent as a query or a form");
  }
  std::string pairs;
  append_pairs(pairs, document.root(), style);
  return pairs;
}

/// `arguments`: the payload stays an object, whatever the rule's content type.
Result<std::string> render_payload(const CompiledRule& compiled, const Scope& scope, bool query,
                                   bool arguments) {
  std::string payload;
  if (compiled.payload) {
    if (auto rendered = compiled.payload->render(scope, payload); !rendered) return fail(rendered);
  } else {
    payload = scope.event->raw();
  }
  const bool form = compiled.rule.content_type == core::ContentType::kForm && !arguments;
  if (compiled.payload_shape == Shape::kJson && (query || form)) {
    return pairs_of(payload, query ? PairStyle::kQuery : PairStyle::kForm);
  }
  return payload;
}

Result<std::string> render_url(const CompiledRule& compiled, const core::Service& service,
                               const Scope& scope) {
  std::string endpoint;
  if (service.type == core::ServiceType::kRest) {
    if (auto rendered = compiled.endpoint->render(scope, endpoint); !rendered) {
      return fail(rendered);
    }
    return join_url(service.base_url, endpoint);
  }
  if (auto rendered = compiled.routing_key->render(scope, endpoint); !rendered) {
    return fail(rendered);
  }
  if (endpoint.starts_with('/')) endpoint.erase(0, 1);
  if (service.type == core::ServiceType::kAmqp && endpoint.size() > kMaxRoutingKey) {
    return fail(ErrorCode::kTemplateInvalid,
                "endpoint: the routing key is over 255 bytes for this event");
  }
  return endpoint;
}

Result<void> render_headers(const CompiledRule& compiled, const Scope& scope,
                            core::Headers& headers) {
  for (const auto& [name, value] : compiled.headers) {
    std::string text;
    if (auto rendered = value.render(scope, text); !rendered) return fail(rendered);
    set_header(headers, name, text);
  }
  return {};
}

}  // namespace

Result<core::Request> render_request(const CompiledRule& compiled,
                                     std::shared_ptr<const core::Service> service,
                                     const core::Event& event, std::string_view delivery_id,
                                     int attempt, WallTime now, json::Document& document,
                                     const Surroundings& around) {
  const core::Rule& rule = compiled.rule;
  if (!document.parse(event.body)) {
    return fail(ErrorCode::kTemplateInvalid, "the stored event is not JSON");
  }
  std::string masked;
  if (!rule.include_anonymous && is_anonymous(document.root())) {
    masked = without_identities(document.root());
    if (!document.parse(masked)) {
      return fail(ErrorCode::kTemplateInvalid, "the stored event is not JSON");
    }
  }
  const json::Value root = document.root();
  if (hops_of(root) > kMostHops) {
    return fail(ErrorCode::kLoop,
                fmt::format("The event went through the hub more than {} times (hop).", kMostHops));
  }
  Scope scope{.event = &root,
              .site_id = event.site,
              .rule_id = rule.id,
              .rule_name = rule.name,
              .service_name = service->name,
              .delivery_id = delivery_id,
              .attempt = attempt,
              .now_s = to_unix_s(now),
              .secret = find_in(compiled.secrets.get()),
              .hide_signatures = compiled.secrets && compiled.secrets->hidden};

  if (around.sites != nullptr) {
    if (const auto site = around.sites->find(event.site); site != around.sites->end()) {
      scope.site_name = site->first;
      scope.site_url = site->second;
    }
  }
  std::array<json::Document, kEnrichedCount> known;
  for (std::size_t i = 0; i < kEnrichedCount; ++i) {
    if (known[i].parse(around.enrichment[i])) scope.enriched[i] = known[i].root();
  }

  core::Request request;
  const bool rest = service->type == core::ServiceType::kRest;
  const bool query = rest && rule.http_method == core::HttpMethod::kGet;
  auto url = render_url(compiled, *service, scope);
  if (!url) return fail(url);
  auto payload = render_payload(compiled, scope, query, service->type == core::ServiceType::kSoap);
  if (!payload) return fail(payload);
  request.url = std::move(*url);
  if (query) {
    append_query(request.url, *payload);
  } else {
    request.body = std::move(*payload);
    set_header(request.headers, "Content-Type", media_type(rule.content_type));
  }
  set_header(request.headers, "Accept", "application/json");
  for (const auto& [name, value] : service->headers)
    set_header(request.headers, name, value);
  if (auto rendered = render_headers(compiled, scope, request.headers); !rendered) {
    return fail(rendered);
  }
  request.method = name_of(rule.http_method);
  if (service->type != core::ServiceType::kSoap && !query) {
    const auto created = root.find("timecreated");
    make_cloud_event(request,
                     {.id = delivery_id,
                      .site = event.site,
                      .event_name = event.name,
                      .time_s = created && created->is_number() ? created->as_int() : std::nullopt,
                      .binding = service->type},
                     service->cloudevents);
  }
  request.delivery_id = delivery_id;
  request.event_name = event.name;
  request.timeout = service->timeout;
  request.service = std::move(service);
  if (auto added = add_soap_headers(request, scope); !added) return fail(added);
  return request;
}

namespace {

/// A request that no rule has rendered; of the event only what anybody may see.
Result<core::Request> with_soap_headers(core::Request request, const core::Event& event,
                                        int attempt, WallTime now, json::Document& document) {
  if (!document.parse(event.body)) return request;
  std::string masked;
  if (is_anonymous(document.root())) {
    masked = without_identities(document.root());
    if (!document.parse(masked)) return request;
  }
  const json::Value root = document.root();
  const Scope scope{.event = &root,
                    .site_id = event.site,
                    .service_name = request.service->name,
                    .delivery_id = request.delivery_id,
                    .attempt = attempt,
                    .now_s = to_unix_s(now)};
  if (auto added = add_soap_headers(request, scope); !added) return fail(added);
  return request;
}

}  // namespace

Result<core::Request> render_attempt(const core::Delivery& delivery, const CompiledRule* rule,
                                     std::shared_ptr<const core::Service> service,
                                     std::string_view delivery_id, int attempt, WallTime now,
                                     json::Document& document, const Surroundings& around) {
  const core::Event& event = *delivery.event;
  if (delivery.as_sent) {
    return with_soap_headers(resend(*delivery.as_sent, std::move(service), delivery_id, event.name),
                             event, attempt, now, document);
  }
  if (rule) {
    return render_request(*rule, std::move(service), event, delivery_id, attempt, now, document,
                          around);
  }
  if (!document.parse(event.body)) {
    return fail(ErrorCode::kTemplateInvalid, "the stored call is not JSON");
  }
  const auto call = call_from_json(document.root());
  auto request = render_call(call, std::move(service), delivery_id, document);
  if (!request) return request;
  if (auto added = add_soap_headers(*request, now, attempt); !added) return fail(added);
  return request;
}

}  // namespace mih::engine
