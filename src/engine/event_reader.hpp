#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "core/event.hpp"

namespace mih::engine {

inline constexpr std::size_t kMaxEventBytes = 1 << 20;

/// Why one event of a request is refused, as the answer's `code` and `error`.
struct Rejection {
  std::string code;   ///< "validation_failed", "wrong_site", "too_large", "invalid_json"
  std::string error;  ///< names the field and what is allowed
};

/// Checks one posted event and gives it the form in which it is stored: the leading backslash of
/// the name, the integer rule for Moodle's number fields (digits in quotes become integers),
/// identities of anonymous events set to null unless `keep_identities`, and `id`, `site`,
/// `timecreated` appended where they are missing. Everything else keeps type and spelling.
/// `token_site` is the site of the caller's token, "" if it is not bound to one.
std::expected<std::shared_ptr<core::Event>, Rejection> read_event(const json::Value& posted,
                                                                  std::string_view token_site,
                                                                  Now now, bool keep_identities);

/// True if the people in the event must not be shown: `anonymous` is 1 (or true).
bool is_anonymous(const json::Value& event);

/// How often what the event tells of has been through a hub: its member `hop`, 0 without.
std::int64_t hops_of(const json::Value& event);

/// A member that says who acted or was acted on; hidden in anonymous events.
bool is_identity_field(std::string_view name);

/// The stored event with its identities (userid, relateduserid, realuserid, ip) set to null.
std::string without_identities(const json::Value& event);

}  // namespace mih::engine
