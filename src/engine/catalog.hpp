#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "core/delivery.hpp"
#include "core/rule.hpp"
#include "core/service.hpp"
#include "engine/filter.hpp"
#include "engine/matcher.hpp"
#include "engine/secrets.hpp"
#include "engine/template.hpp"

namespace mih::engine {

/// A rule with its templates compiled.
struct CompiledRule {
  core::Rule rule;
  std::shared_ptr<const Secrets> secrets;   ///< for its templates; null: there are none
  std::shared_ptr<const Filter> filter;     ///< null: no conditions
  std::shared_ptr<const Template> payload;  ///< null: the stored event as it is
  Shape payload_shape = Shape::kJson;
  std::shared_ptr<const Template> endpoint;      ///< of a URL
  std::shared_ptr<const Template> routing_key;   ///< the endpoint as plain text, for AMQP and SOAP
  std::shared_ptr<const Template> ordering_key;  ///< null: no order
  std::shared_ptr<const Template> dedupe_key;    ///< null: the fields that say what happened
  std::vector<std::pair<std::string, Template>> headers;
  EnrichmentNeeds needs;  ///< of all that is rendered for an attempt
};

/// Checks and compiles a rule. All faults are reported at once: kValidationFailed for the pattern
/// and fields, kFilterInvalid and kTemplateInvalid when only a filter or template is at fault.
Result<CompiledRule> compile_rule(core::Rule rule);

/// Why the rule, enabled or not, makes no delivery of an event: for people; empty when it does.
/// `name` has its leading backslash.
std::optional<std::string> why_not(const CompiledRule& rule, std::string_view name,
                                   const json::Value& event);

using SharedServices = std::vector<std::shared_ptr<const core::Service>>;
using SharedRules = std::vector<std::shared_ptr<const CompiledRule>>;

/// All services and rules at one moment, ready for use. Immutable; a change makes a new one that
/// shares what did not change.
class Catalog {
 public:
  Catalog() = default;
  /// Both in the order of their ids; the rules have these secrets already.
  Catalog(std::uint64_t version, SharedServices services, SharedRules rules,
          std::shared_ptr<const Secrets> secrets);
  /// In any order; the rules get the secrets.
  Catalog(std::uint64_t version, std::vector<core::Service> services,
          std::vector<CompiledRule> rules, std::shared_ptr<const Secrets> secrets = nullptr);

  /// Grows with every change.
  std::uint64_t version() const { return version_; }
  std::shared_ptr<const core::Service> service(core::ServiceId id) const;
  std::shared_ptr<const core::Service> service(std::string_view name) const;
  std::shared_ptr<const CompiledRule> rule(core::RuleId id) const;
  const std::shared_ptr<const Secrets>& secrets() const { return secrets_; }
  /// In the order of their ids.
  const SharedServices& services() const { return services_; }
  const SharedRules& rules() const { return rules_; }

  /// The deliveries that enabled rules make of an event, in the order of rule ids. `name` has its
  /// leading backslash, `event` is the stored event.
  std::vector<core::FanOut> fan_out(std::string_view site, std::string_view name,
                                    const json::Value& event, std::int64_t now_s) const;
  /// True if a rule of these deliveries shows who acted in anonymous events.
  bool shows_identities(const std::vector<core::FanOut>& deliveries) const;

 private:
  std::uint64_t version_ = 0;
  std::shared_ptr<const Secrets> secrets_;
  SharedServices services_;
  SharedRules rules_;
  std::unordered_map<core::ServiceId, std::size_t> service_by_id_;
  std::unordered_map<core::RuleId, std::size_t> rule_by_id_;
  Matcher matcher_;
};

}  // namespace mih::engine
