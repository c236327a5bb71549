#pragma once

#include <string>

#include "api/call.hpp"
#include "api/http.hpp"
#include "core/access.hpp"

/// What the audit trail says about a change.
namespace mih::api {

/// Who it was, for people: "ada", "token moodle (3)", "Ada Lovelace (Moodle user 5 of main)".
std::string who(const Caller& caller);

/// The body of a request as the trail keeps it: JSON with every secret masked, the names of its
/// members alone when it is long, "" when it is no JSON. `path` says what the body is about.
std::string masked_body(std::string_view path, std::string_view body);

/// The entry about a request; `what` is made before the handler takes the body.
core::AuditEntry audit_entry(const Caller& caller, const Request& request, std::string what,
                             WallTime now);

}  // namespace mih::api
