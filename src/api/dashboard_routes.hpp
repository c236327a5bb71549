#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/dashboard_assets.hpp"
#include "core/site.hpp"

/// The decisions of the routes that serve the dashboard.
namespace mih::api {

/// "https://moodle.example" of an http or https address; "" of anything else.
std::string origin_of(std::string_view url);

/// The Content-Security-Policy of the page: nothing but its own files, no inline script or style,
/// framed by itself and the connected sites only.
std::string page_policy(const std::vector<core::Site>& sites);

/// Whether an If-None-Match names this strong tag.
bool names_tag(std::string_view if_none_match, std::string_view tag);

}  // namespace mih::api
