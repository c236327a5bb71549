#include "engine/catalog.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>

#include "base/hash.hpp"
#include "engine/event_reader.hpp"

namespace mih::engine {
namespace {

/// A key is kept with every delivery, so a long one is kept as its hash.
constexpr std::size_t kMaxOrderingKey = 255;
constexpr std::size_t kDedupeKeyBytes = 16;

/// An event as a rule may see it.
class Visible {
 public:
  explicit Visible(const json::Value& event) : event_(event), anonymous_(is_anonymous(event)) {}

  json::Value for_rule(const core::Rule& rule) {
    if (!anonymous_ || rule.include_anonymous) return event_;
    if (masked_.empty()) {
      masked_ = without_identities(event_);
      // Nulls in place of values leave valid JSON valid; anything else would show identities.
      if (!document_.parse(masked_, {.max_depth = masked_.size()})) std::abort();
    }
    return document_.root();
  }

 private:
  json::Value event_;
  bool anonymous_;
  std::string masked_;
  json::Document document_;
};

/// What the rule is looked up by. A rule that wants an identity to be null is not: anonymous events
/// have it hidden from the rule, and not from the look-up.
std::optional<Discriminator> discriminator_of(const CompiledRule& compiled) {
  if (!compiled.filter) return std::nullopt;
  auto found = compiled.filter->discriminator();
  const bool wants_null =
      found && std::ranges::find(found->keys, key_of(std::nullopt)) != found->keys.end();
  if (wants_null && is_identity_field(found->path)) return std::nullopt;
  return found;
}

std::string ordering_key(const CompiledRule& compiled, const Scope& scope) {
  std::string key;
  // A key over the size limit is cut there: equal texts still give equal keys.
  const auto rendered = compiled.ordering_key->render(scope, key);
  if (rendered && key.size() <= kMaxOrderingKey) return key;
  return "sha256:" + to_hex(sha256(key));
}

/// What says which event it is, when the rule does not.
std::string meaning_of(const json::Value& event) {
  constexpr std::array kFields{"eventname",     "objectid", "userid",
                               "relateduserid", "courseid", "crud"};
  std::string text;
  for (const auto* field : kFields) {
    if (const auto value = event.find(field)) text.append(value->raw());
    text.push_back('\n');
  }
  return text;
}

core::Dedupe dedupe(const CompiledRule& compiled, const Scope& scope) {
  std::string text;
  if (!compiled.dedupe_key) {
    text = meaning_of(*scope.event);
  } else {
    // As above: what is cut is still equal.
    std::ignore = compiled.dedupe_key->render(scope, text);
  }
  const Sha256 hash = sha256(text);
  return {.key = {reinterpret_cast<const char*>(hash.data()), kDedupeKeyBytes},
          .window = compiled.rule.dedupe_window};
}

SharedServices shared(std::vector<core::Service> services) {
  std::ranges::sort(services, {}, &core::Service::id);
  SharedServices made;
  made.reserve(services.size());
  for (auto& service : services)
    made.push_back(std::make_shared<const core::Service>(std::move(service)));
  return made;
}

SharedRules shared(std::vector<CompiledRule> rules, const std::shared_ptr<const Secrets>& secrets) {
  std::ranges::sort(rules, {}, [](const CompiledRule& compiled) { return compiled.rule.id; });
  SharedRules made;
  made.reserve(rules.size());
  for (auto& compiled : rules) {
    compiled.secrets = secrets;
    made.push_back(std::make_shared<const CompiledRule>(std::move(compiled)));
  }
  return made;
}

}  // namespace

std::optional<std::string> why_not(const CompiledRule& compiled, std::string_view name,
                                   const json::Value& event) {
  const std::string& pattern = compiled.rule.eventname;
  if (!pattern_allows(pattern, name)) {
    return "the pattern " + pattern + " does not match " + std::string{name};
  }
  if (!compiled.filter) return std::nullopt;
  const auto unmet = compiled.filter->unmet(Visible{event}.for_rule(compiled.rule));
  if (!unmet) return std::nullopt;
  return "the filter's condition does not hold: " + *unmet;
}

Catalog::Catalog(std::uint64_t version, SharedServices services, SharedRules rules,
                 std::shared_ptr<const Secrets> secrets)
    : version_(version),
      secrets_(std::move(secrets)),
      services_(std::move(services)),
      rules_(std::move(rules)) {
  service_by_id_.reserve(services_.size());
  for (std::size_t index = 0; index < services_.size(); ++index)
    service_by_id_.emplace(services_[index]->id, index);
  rule_by_id_.reserve(rules_.size());
  for (std::size_t index = 0; index < rules_.size(); ++index) {
    const CompiledRule& compiled = *rules_[index];
    if (compiled.rule.enabled && service_by_id_.contains(compiled.rule.service)) {
      matcher_.add(compiled.rule.eventname, index, discriminator_of(compiled));
    }
    rule_by_id_.emplace(compiled.rule.id, index);
  }
}

Catalog::Catalog(std::uint64_t version, std::vector<core::Service> services,
                 std::vector<CompiledRule> rules, std::shared_ptr<const Secrets> secrets)
    // Braces: from left to right.
    : Catalog{version, shared(std::move(services)), shared(std::move(rules), secrets),
              std::move(secrets)} {}

std::shared_ptr<const core::Service> Catalog::service(core::ServiceId id) const {
  const auto found = service_by_id_.find(id);
  return found == service_by_id_.end() ? nullptr : services_[found->second];
}

std::shared_ptr<const core::Service> Catalog::service(std::string_view name) const {
  const auto found = std::ranges::find_if(
      services_, [name](const auto& service) { return service->name == name; });
  return found == services_.end() ? nullptr : *found;
}

std::shared_ptr<const CompiledRule> Catalog::rule(core::RuleId id) const {
  const auto found = rule_by_id_.find(id);
  return found == rule_by_id_.end() ? nullptr : rules_[found->second];
}

std::vector<core::FanOut> Catalog::fan_out(std::string_view site, std::string_view name,
                                           const json::Value& event, std::int64_t now_s) const {
  const std::vector<std::size_t> matching = matcher_.match(name, event);
  std::vector<core::FanOut> deliveries;
  if (matching.empty()) return deliveries;
  deliveries.reserve(matching.size());
  Visible visible{event};
  for (const std::size_t index : matching) {
    const CompiledRule& compiled = *rules_[index];
    if (compiled.filter && !compiled.filter->matches(visible.for_rule(compiled.rule))) continue;
    core::FanOut made{compiled.rule.id, compiled.rule.service, {}, {}};
    const bool deduplicated = compiled.rule.dedupe_window.count() > 0;
    if (compiled.ordering_key || deduplicated) {
      const auto seen = visible.for_rule(compiled.rule);
      const core::Service& service = *services_[service_by_id_.at(compiled.rule.service)];
      const Scope scope{.event = &seen,
                        .site_id = site,
                        .rule_id = compiled.rule.id,
                        .rule_name = compiled.rule.name,
                        .service_name = service.name,
                        .now_s = now_s,
                        .secret = find_in(compiled.secrets.get())};
      if (compiled.ordering_key) made.ordering_key = ordering_key(compiled, scope);
      if (deduplicated) made.dedupe = dedupe(compiled, scope);
    }
    deliveries.push_back(std::move(made));
  }
  return deliveries;
}

bool Catalog::shows_identities(const std::vector<core::FanOut>& deliveries) const {
  return std::ranges::any_of(deliveries, [this](const core::FanOut& made) {
    const auto found = rule(made.rule);
    return found && found->rule.include_anonymous;
  });
}

}  // namespace mih::engine
