#include <fmt/format.h>
#include <utility>

#include "api/handlers.hpp"
#include "api/problem.hpp"
#include "base/json.hpp"

namespace mih::api {
namespace {

/// What the proof of an unknown service is held against, so that it takes as long as with a known
/// one.
constexpr std::string_view kNobodysSecret = "whsec_bm8gc2VydmljZSBoYXMgdGhpcyBzZWNyZXQgISEhISE=";

Response slow_down(std::chrono::seconds wait) {
  auto response = problem(Error{ErrorCode::kRateLimited,
                                "Too many requests from this address, or too many with "
                                "credentials that are not valid.",
                                {}});
  response.headers = {{"Retry-After", std::to_string(wait.count())}};
  return response;
}

/// The service whose secret the sender knows; null to a stranger, whatever the reason.
std::shared_ptr<const core::Service> proven_service(const Call& call) {
  auto service = call.api.hub.catalog()->service(std::string_view{call.parameter(0)});
  const bool closed = !service || service->inbound_secret.empty();
  const auto& request = call.request;
  const bool proven = engine::proves(
      request.sender->proof, request.body,
      closed ? kNobodysSecret : std::string_view{service->inbound_secret}, call.now().wall);
  return proven && !closed ? service : nullptr;
}

}  // namespace

HandlerTask post_inbound(Call& call) {
  const auto now = call.now().steady;
  const auto wait = call.api.inbound_throttle.admit(call.caller.address, now);
  if (wait.count() > 0) co_return slow_down(wait);
  const auto service = proven_service(call);
  if (!service) {
    call.api.inbound_throttle.failed(call.caller.address, now);
    co_return fail(ErrorCode::kUnauthorized, "Credentials or service are not valid.");
  }
  if (!service->enabled || !service->inbound_enabled) {
    co_return fail(ErrorCode::kForbidden,
                   fmt::format("Service {} takes no messages: {} is off.", service->name,
                               service->enabled ? "inbound_enabled" : "enabled"));
  }
  core::InboundMessage message;
  message.service = service->id;
  message.service_name = service->name;
  message.message_id = std::move(call.request.sender->message_id);
  message.content_type = std::move(call.request.sender->content_type);
  message.body = std::move(call.request.body);
  auto receipt = co_await call.ask<core::InboundReceipt>(
      [&](auto answer) { call.api.hub.accept_inbound(std::move(message), std::move(answer)); });
  if (!receipt) co_return fail(receipt);
  json::Writer out;
  out.begin_object();
  out.member("id", receipt->id);
  out.member("duplicate", receipt->duplicate);
  out.end_object();
  co_return Response::json(out.take(), 202);
}

}  // namespace mih::api
