#include "engine/render.hpp"

#include <algorithm>

#include "engine/escape.hpp"
#include "engine/event_reader.hpp"
#include "engine/query.hpp"

namespace mih::engine {
namespace {

constexpr std::size_t kMaxRoutingKey = 255;
/// A template is at most 64 levels deep, and so is an event in it.
constexpr json::Limits kRenderedLimits{.max_depth = 2 * 64};

std::string_view trim_slashes_left(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of('/'), text.size()));
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// Adds a header, or replaces the one of that name.
void set_header(core::Headers& headers, std::string_view name, std::string_view value) {
  std::string clean;
  append_header_text(clean, value);
  const auto known = std::ranges::find_if(
      headers, [name](const auto& header) { return equal_ignoring_case(header.first, name); });
  if (known == headers.end()) {
    headers.emplace_back(name, std::move(clean));
  } else {
    *known = {std::string{name}, std::move(clean)};
  }
}

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

Result<std::string> render_payload(const CompiledRule& compiled, const Scope& scope, bool query) {
  std::string payload;
  if (compiled.payload) {
    if (auto rendered = compiled.payload->render(scope, payload); !rendered) return fail(rendered);
  } else {
    payload = scope.event->raw();
  }
  const bool form = compiled.rule.content_type == core::ContentType::kForm;
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

void append_query(std::string& url, std::string_view query) {
  if (query.empty()) return;
  const std::size_t mark = url.find('?');
  if (mark == std::string::npos) {
    url.push_back('?');
  } else if (mark + 1 != url.size() && url.back() != '&') {
    url.push_back('&');
  }
  url += query;
}

}  // namespace

Result<core::Request> render_request(const CompiledRule& compiled,
                                     std::shared_ptr<const core::Service> service,
                                     const core::Event& event, std::string_view delivery_id,
                                     int attempt, WallTime now, json::Document& document) {
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
  const Scope scope{.event = &root,
                    .site_id = event.site,
                    .rule_id = rule.id,
                    .rule_name = rule.name,
                    .service_name = service->name,
                    .delivery_id = delivery_id,
                    .attempt = attempt,
                    .now_s = to_unix_s(now)};

  core::Request request;
  const bool rest = service->type == core::ServiceType::kRest;
  const bool query = rest && rule.http_method == core::HttpMethod::kGet;
  auto url = render_url(compiled, *service, scope);
  if (!url) return fail(url);
  auto payload = render_payload(compiled, scope, query);
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
  request.delivery_id = delivery_id;
  request.event_name = event.name;
  request.timeout = service->timeout;
  request.service = std::move(service);
  return request;
}

std::string join_url(std::string_view base, std::string_view endpoint) {
  base = base.substr(0, base.find('#'));
  endpoint = endpoint.substr(0, endpoint.find('#'));
  const std::size_t base_mark = std::min(base.find('?'), base.size());
  const std::size_t endpoint_mark = std::min(endpoint.find('?'), endpoint.size());

  std::string url{base.substr(0, base_mark)};
  const std::string_view path = trim_slashes_left(endpoint.substr(0, endpoint_mark));
  if (!path.empty()) {
    while (url.ends_with('/'))
      url.pop_back();
    url.push_back('/');
    url += path;
  }
  if (base_mark < base.size()) append_query(url, base.substr(base_mark + 1));
  if (endpoint_mark < endpoint.size()) append_query(url, endpoint.substr(endpoint_mark + 1));
  return url;
}

}  // namespace mih::engine
