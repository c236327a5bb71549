#include <algorithm>
#include <fmt/format.h>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"
#include "api/service_call_body.hpp"
#include "api/service_calls.hpp"
#include "base/header.hpp"
#include "core/exchange.hpp"
#include "core/fields.hpp"
#include "core/service_secrets.hpp"
#include "engine/render_call.hpp"
#include "engine/soap_headers.hpp"

namespace mih::api {
namespace {

constexpr std::size_t kKeepResponse = 64U << 10U;

HandlerTask set_paused(Call& call, bool paused) {
  const auto lock = co_await call.api.changes.lock();
  auto current = find_service(call, call.parameter(0));
  if (!current) co_return fail(current);
  core::Service service = **current;
  if (service.paused != paused) {
    service.paused = paused;
    auto saved = co_await save_service(call, std::move(service));
    if (!saved) co_return fail(saved);
    service = std::move(*saved);
  }
  co_return co_await show_service(call, std::move(service));
}

/// The call that a test makes: by default a GET of the base URL.
Result<core::Request> read_test(const Request& http, std::shared_ptr<const core::Service> service,
                                WallTime now) {
  core::ServiceCall call;
  call.http_method = core::HttpMethod::kGet;
  if (!http.body.empty()) {
    auto document = parse_body(http);
    if (!document) return fail(document);
    ObjectReader reader(document->root());
    call = read_service_call(reader, core::HttpMethod::kGet);
    auto valid = reader.check();
    if (!valid) return fail(valid);
  }
  json::Document scratch;
  auto request = engine::render_call(call, std::move(service), {}, scratch);
  if (!request) return fail(ErrorCode::kValidationFailed, std::move(request.error().detail));
  auto added = engine::add_soap_headers(*request, now);
  if (!added) return fail(ErrorCode::kValidationFailed, std::move(added.error().detail));
  request->keep_response = kKeepResponse;
  return request;
}

void write_request(json::Writer& out, const core::Request& request) {
  out.begin_object();
  out.member("method", request.method);
  out.member("url", masked_url(request.url));
  out.key("headers");
  out.begin_object();
  core::Headers added;
  add_masked_authentication(added, *request.service);
  for (const auto& [name, value] : request.headers) {
    const auto is_this = [&](const auto& own) { return equal_ignoring_case(own.first, name); };
    if (std::ranges::none_of(added, is_this)) out.member(name, masked_header(name, value));
  }
  for (const auto& [name, value] : added)
    out.member(name, value);
  out.end_object();
  out.member("payload", request.body);
  out.end_object();
}

/// What a test of a SOAP service without an operation shows: that its WSDL can be loaded.
core::Reply look_at_description(Result<std::string> operations, std::chrono::nanoseconds took) {
  core::Reply reply;
  reply.latency = std::chrono::duration_cast<std::chrono::microseconds>(took);
  if (operations) {
    reply.http_status = 200;
    reply.body = std::move(*operations);
  } else {
    reply.failure = core::Failure::kDescription;
    reply.error = std::move(operations.error().detail);
  }
  return reply;
}

std::string test_body(const core::Request& request, const core::Reply& reply) {
  const bool success =
      reply.failure == core::Failure::kNone &&
      (!reply.http_status || (*reply.http_status >= 200 && *reply.http_status < 300));
  json::Writer out;
  out.begin_object();
  out.member("success", success);
  out.key("request");
  write_request(out, request);
  out.key("response");
  if (reply.failure == core::Failure::kNone || reply.http_status) {
    out.begin_object();
    out.member("http_status", reply.http_status);
    out.member("body", core::without_secrets(*request.service, reply.body));
    out.member("truncated", reply.truncated);
    out.end_object();
  } else {
    out.null();
  }
  out.member("error", reply.error.empty() ? std::nullopt : std::optional(reply.error));
  out.member(
      "latency_ms",
      std::int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(reply.latency).count()});
  out.end_object();
  return out.take();
}

}  // namespace

void add_masked_authentication(core::Headers& headers, const core::Service& service) {
  if (service.type == core::ServiceType::kAmqp) return;
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

HandlerTask reset_circuit(Call& call) {
  auto service = find_service(call, call.parameter(0));
  if (!service) co_return fail(service);
  auto reset = co_await call.ask<bool>(
      [&](auto answer) { call.api.hub.reset_circuits({(*service)->id}, std::move(answer)); });
  if (!reset) co_return fail(reset);
  co_return co_await show_service(call, **service);
}

HandlerTask reset_all_circuits(Call& call) {
  const auto count = call.api.hub.catalog()->services().size();
  auto reset = co_await call.ask<bool>(
      [&](auto answer) { call.api.hub.reset_circuits({}, std::move(answer)); });
  if (!reset) co_return fail(reset);
  json::Writer out;
  out.begin_object();
  out.member("reset", static_cast<std::int64_t>(count));
  out.end_object();
  co_return Response::json(out.take());
}

HandlerTask pause_service(Call& call) {
  return set_paused(call, true);
}

HandlerTask resume_service(Call& call) {
  return set_paused(call, false);
}

HandlerTask list_operations(Call& call) {
  Query query(call.request.query);
  const bool anew = query.flag("refresh").value_or(false);
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto service = find_service(call, call.parameter(0));
  if (!service) co_return fail(service);
  if ((*service)->type != core::ServiceType::kSoap) {
    co_return invalid("type", fmt::format("only SOAP services have operations; '{}' is of type {}",
                                          (*service)->name, core::name_of((*service)->type)));
  }
  auto operations = co_await call.ask<std::string>(
      [&](auto answer) { call.api.hub.list_operations(*service, anew, std::move(answer)); });
  if (!operations) co_return fail(operations);
  co_return Response::json(std::move(*operations));
}

HandlerTask test_service(Call& call) {
  auto service = find_service(call, call.parameter(0));
  if (!service) co_return fail(service);
  auto request = read_test(call.request, *service, call.now().wall);
  if (!request) co_return fail(request);
  if ((*service)->type == core::ServiceType::kSoap && request->url.empty()) {
    request->method = "GET";
    request->url = (*service)->base_url;
    const SteadyTime started = call.now().steady;
    auto operations = co_await call.ask<std::string>(
        [&](auto answer) { call.api.hub.list_operations(*service, true, std::move(answer)); });
    const auto took = call.now().steady - started;
    co_return Response::json(test_body(*request, look_at_description(std::move(operations), took)));
  }
  auto reply = co_await call.ask<core::Reply>(
      [&](auto answer) { call.api.hub.test_call(*request, std::move(answer)); });
  if (!reply) co_return fail(reply);
  co_return Response::json(test_body(*request, *reply));
}

}  // namespace mih::api
