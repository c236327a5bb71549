#pragma once

#include <memory>

#include "api/call.hpp"
#include "base/json.hpp"
#include "core/fields.hpp"
#include "core/rule.hpp"
#include "engine/catalog.hpp"

/// Steps that several rule routes share.
namespace mih::api {

/// A number in a path; kNotFound when it is none.
Result<std::int64_t> path_number(const std::string& text);

/// The rule as it is in force; kNotFound.
Result<std::shared_ptr<const engine::CompiledRule>> find_rule(const Call& call, core::RuleId id);

/// Takes a body's fields into the rule, finds its service and compiles it. A rule that stays
/// disabled may keep naming a service that was deleted.
Result<engine::CompiledRule> read_rule(const Call& call, const json::Value& body, core::Write mode,
                                       core::Rule rule);

}  // namespace mih::api
