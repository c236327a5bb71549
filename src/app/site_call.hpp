#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "core/exchange.hpp"
#include "core/inbound.hpp"
#include "core/site.hpp"
#include "core/site_exchange.hpp"

/// The calls of a site's callback: a JSON object with `action`, signed with the site's callback
/// key, and what the answers mean.
namespace mih::app {

/// A site that has not answered by then does not.
inline constexpr std::chrono::seconds kSiteTimeout{10};

/// Tells a site which events to capture.
core::Request subscriptions_call(const core::Site& site, const core::Subscriptions& list, Now now);
/// Asks for people and courses.
core::Request look_up_call(const core::Site& site, const core::LookUp& wanted, Now now);
/// Hands a message of a service over; its body is JSON.
core::Request inbound_call(const core::Site& site, const core::InboundMessage& message, Now now);

/// The version that the site answered to have in force; empty when it did not take the call.
std::optional<std::int64_t> acknowledged_version(const core::Reply& reply);
/// What was found; an id that is not there is not mentioned. Else why there is no answer.
std::expected<core::LookedUp, std::string> looked_up(const core::Reply& reply);
/// Whether the site took the message. It refuses one only by the connector's own words; what a
/// server in front of it says is an outage. Without retry_at.
std::expected<void, core::SiteFailure> taken(const core::Reply& reply);
/// Why a site did not do what it was asked for, in words.
std::string trouble_of(const core::Reply& reply);

}  // namespace mih::app
