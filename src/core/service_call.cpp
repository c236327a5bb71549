#include "core/service_call.hpp"

#include <algorithm>

namespace mih::core {
namespace {

/// Neither names of services nor ids contain it.
constexpr char kSeparator = '\n';

}  // namespace

std::string call_event_id(std::string_view service, std::string_view call) {
  std::string id{service};
  id.push_back(kSeparator);
  id.append(call);
  return id;
}

std::string_view call_service(std::string_view event_id) {
  return event_id.substr(0, event_id.find(kSeparator));
}

std::string_view call_id(std::string_view event_id) {
  const auto separator = event_id.find(kSeparator);
  return separator == std::string_view::npos ? event_id : event_id.substr(separator + 1);
}

}  // namespace mih::core
