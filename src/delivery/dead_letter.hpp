#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/delivery.hpp"
#include "core/exchange.hpp"
#include "delivery/lane_queue.hpp"
#include "engine/catalog.hpp"
#include "engine/render.hpp"

namespace mih::delivery {

/// "" for a success, "HTTP 500", or why there was no answer.
std::string describe(const core::Reply& reply);

/// What a dead letter keeps of a response: its beginning, without the secrets of the service.
std::string kept_response(const core::Reply& reply, const core::Service* service);

/// What a request's URL has below `base_url`, for the log: "/contacts/5". As it is, but
/// for secrets, when it does not begin so: a routing key, an operation.
std::string shown_endpoint(std::string_view url, std::string_view base_url);

/// Everything that is needed to understand and replay a delivery that is given up. What was sent
/// last is rendered again from the rule and service of that attempt; if an earlier process made it,
/// from those of now. `reply` is null when the end does not follow from an attempt.
std::unique_ptr<core::DeadLetter> make_dead_letter(const Item& item, core::DeadReason reason,
                                                   std::string error, const core::Reply* reply,
                                                   const engine::Catalog& catalog, WallTime now,
                                                   json::Document& scratch,
                                                   const engine::SiteAddresses& sites);

}  // namespace mih::delivery
