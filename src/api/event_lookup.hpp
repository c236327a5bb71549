#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"

/// Finding an event by its id, which is unique within its site alone.
namespace mih::api {

/// Where to look: the caller's site; else the one that was named; else the default one, then all
/// others.
std::vector<std::string> sites_to_search(const Call& call, std::string named);

/// kNotFound when none of them has it.
Result<core::Event> find_event(store::Reader& reader, const std::vector<std::string>& sites,
                               std::string_view id);

}  // namespace mih::api
