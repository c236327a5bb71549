#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/body.hpp"
#include "api/call.hpp"
#include "api/json_views.hpp"
#include "core/event.hpp"
#include "core/exchange.hpp"
#include "engine/catalog.hpp"

/// Trying a rule on an event without sending anything, for previews and dry runs.
namespace mih::api {

/// A rule that is tried, and the service that it serves.
struct TriedRule {
  std::shared_ptr<const engine::CompiledRule> compiled;
  std::shared_ptr<const core::Service> service;
};

/// `rule` or `rule_id` of a body; the values belong to the body's document.
struct RuleChoice {
  std::optional<json::Value> rule;
  std::optional<std::int64_t> rule_id;
};

/// Notes a fault unless exactly one of the two is there.
RuleChoice read_rule_choice(ObjectReader& reader);
/// A saved rule: view; one in the body: manage.
Result<TriedRule> tried_rule(const Call& call, const RuleChoice& choice);

struct Trial {
  std::optional<std::string> why_not;  ///< empty: it matches
  std::optional<core::Request> request;
  std::vector<std::string> warnings;
  bool is_personal = false;  ///< a site has told of people, which is real also for made-up events
};

/// What the rule makes of the event. Its site is asked for people and courses, as for a delivery.
async::Task<Result<Trial>> try_rule(Call& call, TriedRule tried, core::EventPtr event);

/// matches, why_not, method, url, headers, payload, warnings; with secrets hidden.
void write_trial(json::Writer& out, const Trial& trial, Privacy privacy);

/// Where an event comes from on which a rule is tried.
enum class Origin : std::uint8_t {
  kGiven,      ///< posted with the request
  kRecorded,   ///< a real one
  kSample,     ///< one that a site sent to be looked at
  kGenerated,  ///< made up
};
std::string_view name_of(Origin origin);
inline bool is_personal(Origin origin) {
  return origin == Origin::kRecorded || origin == Origin::kSample;
}

struct Example {
  core::EventPtr event;
  Origin origin = Origin::kGenerated;
};

/// An event that the pattern allows: the newest real one, else a sample, else a generated one. When
/// there is no real one the sites are asked for samples.
async::Task<Result<Example>> find_example(Call& call, std::string pattern);

}  // namespace mih::api
