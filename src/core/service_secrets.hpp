#pragma once

#include <string>

#include "core/service.hpp"

namespace mih::core {

/// A text that the service has answered, without the secrets that the hub has sent to it: some
/// servers answer with the request. Secrets of less than 4 bytes are taken for chance.
std::string without_secrets(const Service& service, std::string text);

}  // namespace mih::core
