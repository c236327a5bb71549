#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "core/exchange.hpp"
#include "core/site.hpp"

namespace mih::app {

/// The signed call that tells a site which events to capture.
core::Request subscriptions_call(const core::Site& site, const core::Subscriptions& list, Now now);

/// The version that the site answered to have in force; empty when it did not take the call.
std::optional<std::int64_t> acknowledged_version(const core::Reply& reply);

}  // namespace mih::app
