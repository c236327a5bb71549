#pragma once

#include <string>
#include <string_view>

#include "core/rule.hpp"
#include "core/service.hpp"

namespace mih::core {

/// A direct call of a plugin to a service, as it was asked for.
struct ServiceCall {
  std::string endpoint = "/";
  HttpMethod http_method = HttpMethod::kPost;
  JsonText payload;  ///< any JSON; "" = none
  Headers headers;
};

/// An enqueued call is kept in the event log as an entry without a name. Its id there is made of
/// the service's name and the id that the caller gave: so it is unique per site and service, and
/// never that of an event.
std::string call_event_id(std::string_view service, std::string_view call);
/// The parts of such an id.
std::string_view call_service(std::string_view event_id);
std::string_view call_id(std::string_view event_id);

}  // namespace mih::core
