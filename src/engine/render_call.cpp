#include "engine/render_call.hpp"

#include <algorithm>
#include <utility>

#include "base/header.hpp"
#include "core/base_url.hpp"
#include "core/fields.hpp"
#include "engine/escape.hpp"
#include "engine/query.hpp"
#include "engine/request_parts.hpp"
#include "engine/template_check.hpp"

namespace mih::engine {
namespace {

constexpr std::size_t kMaxRoutingKey = 255;

bool is_empty(const json::Value& payload) {
  return payload.is_null() || (payload.is_array() && payload.empty());
}

Result<void> add_query(std::string& url, const core::JsonText& payload, json::Document& document) {
  if (payload.text.empty()) return {};
  if (!document.parse(payload.text) || is_empty(document.root())) return {};
  if (!document.root().is_object()) {
    return fail(ErrorCode::kTemplateInvalid,
                "payload: must be an object to be sent as the query string of a GET");
  }
  std::string query;
  append_pairs(query, document.root(), PairStyle::kQuery);
  append_query(url, query);
  return {};
}

/// The address of a call: a URL, a routing key or an operation.
Result<std::string> address_of(const core::ServiceCall& call, const core::Service& service) {
  if (service.type == core::ServiceType::kRest) {
    const std::string_view path{call.endpoint};
    if (has_dot_segment(path.substr(0, path.find_first_of("?#")))) {
      return fail(ErrorCode::kTemplateInvalid,
                  "endpoint: the path has a part '.' or '..', which could lead out of base_url; "
                  "write the path that is meant");
    }
    return join_url(service.base_url, url_literal(call.endpoint));
  }
  std::string address = call.endpoint;
  if (address.starts_with('/')) address.erase(0, 1);
  if (service.type == core::ServiceType::kAmqp && address.size() > kMaxRoutingKey) {
    return fail(ErrorCode::kTemplateInvalid, "endpoint: the routing key is over 255 bytes");
  }
  return address;
}

}  // namespace

std::string call_to_json(const core::ServiceCall& call) {
  json::Writer out;
  out.begin_object();
  out.member("endpoint", call.endpoint);
  out.member("method", core::name_of(call.http_method));
  out.key("payload");
  if (call.payload.text.empty()) {
    out.null();
  } else {
    out.raw(call.payload.text);
  }
  out.key("headers");
  out.begin_object();
  for (const auto& [name, value] : call.headers)
    out.member(name, value);
  out.end_object();
  out.end_object();
  return out.take();
}

core::ServiceCall call_from_json(const json::Value& body) {
  core::ServiceCall call;
  if (const auto endpoint = body.find("endpoint")) call.endpoint = endpoint->as_string();
  if (const auto method = body.find("method")) {
    call.http_method = core::http_method_from(method->as_string()).value_or(call.http_method);
  }
  const auto payload = body.find("payload");
  if (payload && !payload->is_null()) call.payload.text = payload->raw();
  if (const auto headers = body.find("headers")) {
    headers->each_member([&](const json::Value& name, const json::Value& value) {
      call.headers.emplace_back(name.as_string(), value.as_string());
    });
  }
  return call;
}

Result<core::Request> render_call(const core::ServiceCall& call,
                                  std::shared_ptr<const core::Service> service,
                                  std::string_view delivery_id, json::Document& document) {
  core::Request request;
  auto url = address_of(call, *service);
  if (!url) return fail(url);
  request.url = std::move(*url);
  const bool query =
      service->type == core::ServiceType::kRest && call.http_method == core::HttpMethod::kGet;
  if (query) {
    if (auto added = add_query(request.url, call.payload, document); !added) return fail(added);
  } else if (!call.payload.text.empty()) {
    request.body = call.payload.text;
    set_header(request.headers, "Content-Type", "application/json");
  }
  set_header(request.headers, "Accept", "application/json");
  for (const auto& [name, value] : service->headers)
    set_header(request.headers, name, value);
  for (const auto& [name, value] : call.headers)
    set_header(request.headers, name, value);
  request.method = core::name_of(call.http_method);
  request.delivery_id = delivery_id;
  request.timeout = service->timeout;
  request.service = std::move(service);
  return request;
}

core::Request resend(const core::SentRequest& sent, std::shared_ptr<const core::Service> service,
                     std::string_view delivery_id, std::string_view event_name) {
  core::Request request;
  request.method = sent.method;
  request.url = core::with_secrets_of(service->base_url, sent.url);
  for (const auto& [name, value] : sent.headers) {
    if (value != core::kMask) request.headers.emplace_back(name, value);
  }
  // What was masked is authentication: as the service has it now.
  for (const auto& [name, value] : service->headers) {
    const auto masked = [&](const auto& header) {
      return header.second == core::kMask && equal_ignoring_case(header.first, name);
    };
    if (std::ranges::any_of(sent.headers, masked)) request.headers.emplace_back(name, value);
  }
  request.body = sent.body;
  request.delivery_id = delivery_id;
  request.event_name = event_name;
  request.timeout = service->timeout;
  request.service = std::move(service);
  return request;
}

}  // namespace mih::engine
