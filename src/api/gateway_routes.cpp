#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/problem.hpp"
#include "api/service_call_body.hpp"
#include "api/service_calls.hpp"
#include "base/base64.hpp"
#include "base/uuid.hpp"

namespace mih::api {
namespace {

using std::chrono::milliseconds;

constexpr double kLongestCall_s = 300;
constexpr std::size_t kMaxCallBytes = 1U << 20U;  ///< enqueued
constexpr std::size_t kMaxId = 64;

std::optional<milliseconds> read_timeout(ObjectReader& reader) {
  const auto seconds = reader.number("timeout");
  if (!seconds) return std::nullopt;
  if (!(*seconds > 0 && *seconds <= kLongestCall_s)) {
    reader.fault("timeout", "must be seconds, more than 0 and at most 300");
    return std::nullopt;
  }
  return milliseconds{static_cast<std::int64_t>(std::ceil(*seconds * 1000))};
}

/// The id that the caller gave, or a new one.
std::string read_id(ObjectReader& reader, Now now) {
  const auto id = reader.text("id");
  if (!id) return make_uuid7(now.wall);
  const bool visible = std::ranges::all_of(*id, [](char c) { return c > ' ' && c < '\x7f'; });
  if (id->empty() || id->size() > kMaxId || !visible) {
    reader.fault("id", "must be 1 to 64 visible ASCII characters");
  }
  return *id;
}

/// Only objects can be sent as a query string; found out now, not at the delivery.
void check_query(ObjectReader& reader, const core::ServiceCall& call) {
  const auto payload = reader.value("payload");
  if (call.http_method != core::HttpMethod::kGet || !payload) return;
  const bool empty = payload->is_array() && payload->empty();
  if (!payload->is_object() && !empty) {
    reader.fault("payload", "must be an object to be sent as the query string of a GET");
  }
}

/// The body of an answer: text, with what is not UTF-8 replaced and the bytes beside it.
void write_body(json::Writer& out, const core::Reply& reply) {
  const bool answered = reply.failure == core::Failure::kNone && reply.http_status;
  if (!answered && reply.body.empty()) {
    out.member("body", std::optional<std::string>{});
    return;
  }
  out.member("body", reply.body);
  if (!json::is_utf8(reply.body)) out.member("body_base64", to_base64(reply.body));
  if (reply.truncated) out.member("truncated", true);
}

std::optional<std::string> error_of(const GatewayResult& result) {
  using enum GatewayResult::Kind;
  if (result.kind == kRateLimited) return "rate_limited";
  if (result.kind != kAnswered || result.attempts == 0) return "busy";
  if (result.success) return std::nullopt;
  if (!result.reply.error.empty()) return result.reply.error;
  return fmt::format("HTTP {}", result.reply.http_status.value_or(0));
}

Response result_body(const GatewayResult& result) {
  json::Writer out;
  out.begin_object();
  out.member("success", result.success);
  out.member("http_status", result.reply.http_status);
  write_body(out, result.reply);
  out.member("error", error_of(result));
  out.member("latency_ms", std::int64_t{result.latency.count()});
  out.member("attempts", result.attempts);
  out.end_object();
  return Response::json(out.take());
}

Response circuit_open(const core::Service& service, milliseconds retry_in) {
  const auto wait =
      std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(retry_in).count(), 1);
  auto response = problem({ErrorCode::kCircuitOpen,
                           fmt::format("The circuit of service {} is open; no call was made. It is "
                                       "tried again in {} s.",
                                       service.name, wait),
                           {}});
  for (auto& [name, value] : response.headers) {
    if (name == "Retry-After") value = std::to_string(wait);
  }
  return response;
}

/// Plugins go on to use the names that services had with the original plugin.
Result<std::shared_ptr<const core::Service>> find_callable(const Call& call,
                                                           const std::string& name) {
  auto service = find_service(call, name);
  if (service) return service;
  if (auto renamed = call.api.hub.service_by_alias(name)) return renamed;
  return service;
}

/// What the hub answers belongs to the field it came from.
Error as_validation(Error error) {
  if (error.code == ErrorCode::kTemplateInvalid) error.code = ErrorCode::kValidationFailed;
  return error;
}

}  // namespace

HandlerTask request_service(Call& call) {
  auto service = find_callable(call, call.parameter(0));
  if (!service) co_return fail(service);
  GatewayRequest request{.service = *service, .call = {}, .timeout = {}};
  {
    auto document = parse_body(call.request);
    if (!document) co_return fail(document);
    ObjectReader reader(document->root());
    request.call = read_service_call(reader, core::HttpMethod::kPost);
    request.timeout = read_timeout(reader);
    check_query(reader, request.call);
    if (auto valid = reader.check(); !valid) co_return fail(valid);
  }
  if (!(*service)->enabled) {
    co_return fail(ErrorCode::kServiceDisabled,
                   fmt::format("Service {} is disabled.", (*service)->name));
  }
  auto result = co_await call.ask<GatewayResult>(
      [&](auto answer) { call.api.hub.request(std::move(request), std::move(answer)); });
  if (!result) co_return std::unexpected(as_validation(std::move(result.error())));
  if (result->kind == GatewayResult::Kind::kCircuitOpen) {
    co_return circuit_open(**service, result->retry_in);
  }
  co_return result_body(*result);
}

HandlerTask enqueue_call(Call& call) {
  auto service = find_callable(call, call.parameter(0));
  if (!service) co_return fail(service);
  if (call.request.body.size() > kMaxCallBytes) {
    co_return fail(ErrorCode::kTooLarge, "An enqueued call may have at most 1 MiB.");
  }
  const auto& site = call.caller.site;
  EnqueueRequest request{.service = *service,
                         .call = {},
                         .site = site.empty() ? std::string{kDefaultSite} : site,
                         .id = {}};
  {
    auto document = parse_body(call.request);
    if (!document) co_return fail(document);
    ObjectReader reader(document->root());
    request.call = read_service_call(reader, core::HttpMethod::kPost);
    request.id = read_id(reader, call.now());
    read_timeout(reader);
    check_query(reader, request.call);
    if (auto valid = reader.check(); !valid) co_return fail(valid);
  }
  auto id = co_await call.ask<std::string>(
      [&](auto answer) { call.api.hub.enqueue(std::move(request), std::move(answer)); });
  if (!id) co_return std::unexpected(as_validation(std::move(id.error())));
  json::Writer out;
  out.begin_object();
  out.member("delivery_id", *id);
  out.end_object();
  co_return Response::json(out.take(), 202);
}

}  // namespace mih::api
