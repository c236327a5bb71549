#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/error.hpp"
#include "base/json.hpp"
#include "core/delivery.hpp"
#include "core/exchange.hpp"
#include "engine/catalog.hpp"

namespace mih::engine {

/// Sites by name, with the addresses of their pages ("" = not known).
using SiteAddresses = std::map<std::string, std::string, std::less<>>;

/// What templates know beyond event, rule, service and delivery.
struct Surroundings {
  Enrichment enrichment{};
  const SiteAddresses* sites = nullptr;  ///< null: none are known
};

/// Renders the request of one attempt from the rule and the service as they are now: URL joined by
/// exactly one slash, both queries joined with &, JSON body or (GET) query string, headers of
/// service and rule, Content-Type and Accept. `document` is scratch memory.
/// Errors: kTemplateInvalid (a dead letter `template`), kLoop (a dead letter `loop`).
Result<core::Request> render_request(const CompiledRule& rule,
                                     std::shared_ptr<const core::Service> service,
                                     const core::Event& event, std::string_view delivery_id,
                                     int attempt, WallTime now, json::Document& document,
                                     const Surroundings& around = {});

/// Renders the request of one attempt of a delivery: from its rule, from the gateway call that was
/// enqueued, or as it was sent before. `rule` may be null when the delivery needs none.
Result<core::Request> render_attempt(const core::Delivery& delivery, const CompiledRule* rule,
                                     std::shared_ptr<const core::Service> service,
                                     std::string_view delivery_id, int attempt, WallTime now,
                                     json::Document& document, const Surroundings& around = {});

}  // namespace mih::engine
