#pragma once

#include <string>

#include "core/service.hpp"

namespace mih::core {

/// What is wrong with a service's base_url for its type, for people; "" = nothing. Never shows the
/// password.
std::string fault_of_base_url(const Service& service);

}  // namespace mih::core
