#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/json.hpp"
#include "cli/session.hpp"

namespace mih::cli {

/// The id of the site that `is_it` accepts, 0 when there is none; empty when the hub could not be
/// asked, which has been printed.
std::optional<std::int64_t> find_site(Session& session,
                                      const std::function<bool(const json::Value&)>& is_it);

}  // namespace mih::cli
