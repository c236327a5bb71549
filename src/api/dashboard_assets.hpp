#pragma once

#include <span>
#include <string_view>

namespace mih::api {

/// A file of the dashboard, which lives as long as the program.
struct Asset {
  std::string_view name;          ///< "index.html", "assets/index-Cx8f.js"
  std::string_view content_type;  ///< value of the header
  std::string_view tag;           ///< a strong entity tag, with its quotes
  std::string_view packed;        ///< the content, as gzip
};

/// The files that the build has embedded (cmake/dashboard.cmake); none when it had no Node.
std::span<const Asset> dashboard_assets();

}  // namespace mih::api
