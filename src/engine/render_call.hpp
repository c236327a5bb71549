#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "core/delivery.hpp"
#include "core/exchange.hpp"
#include "core/service_call.hpp"

/// Requests that no rule has a part in.
namespace mih::engine {

/// The call as the body of its entry in the event log, and back.
std::string call_to_json(const core::ServiceCall& call);
core::ServiceCall call_from_json(const json::Value& body);

/// The request of a gateway call, with the service as it is now: URL and headers joined as for
/// rules, payload as body or (GET) query string. `document` is scratch memory.
/// Errors: kTemplateInvalid when the payload of a GET is no object.
Result<core::Request> render_call(const core::ServiceCall& call,
                                  std::shared_ptr<const core::Service> service,
                                  std::string_view delivery_id, json::Document& document);

/// The request as it was sent; the transport authenticates and signs it anew.
core::Request resend(const core::SentRequest& sent, std::shared_ptr<const core::Service> service,
                     std::string_view delivery_id, std::string_view event_name);

}  // namespace mih::engine
