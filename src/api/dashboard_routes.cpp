#include "api/dashboard_routes.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>

#include "api/handlers.hpp"
#include "api/unpack.hpp"

namespace mih::api {
namespace {

constexpr std::string_view kIndex = "index.html";
constexpr std::size_t kMaxAsset = 16U << 20U;

const Asset* find_asset(std::string_view name) {
  const auto assets = dashboard_assets();
  const auto found = std::ranges::find(assets, name, &Asset::name);
  return found == assets.end() ? nullptr : &*found;
}

HandlerTask answer(const Call& call, const Asset& asset) {
  Response response;
  response.content_type = asset.content_type;
  response.policy = page_policy(call.api.hub.sites().sites());
  // Names of assets carry a hash of their content; the page itself changes with each version.
  response.cache = asset.name == kIndex ? "no-cache" : "public, max-age=31536000, immutable";
  response.headers.emplace_back("ETag", asset.tag);
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (names_tag(call.request.if_none_match, asset.tag)) {
    response.status = 304;
    co_return response;
  }
  if (call.request.accepts_gzip) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = asset.packed;
    co_return response;
  }
  auto unpacked = co_await unpack_gzip(std::string(asset.packed), kMaxAsset);
  if (!unpacked) co_return fail(unpacked);
  response.body = std::move(*unpacked);
  co_return response;
}

}  // namespace

std::string origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto name = url.substr(0, scheme);
  if (name != "http" && name != "https") return {};
  const auto origin = url.substr(0, url.find_first_of("/?#", scheme + 3));
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-.:/[]").contains(c);
  };
  return std::ranges::all_of(origin, plain) ? std::string(origin) : std::string();
}

std::string page_policy(const std::vector<core::Site>& sites) {
  std::string policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
      "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
  for (const auto& site : sites) {
    const auto origin = origin_of(site.wwwroot);
    if (!origin.empty()) policy += " " + origin;
  }
  return policy;
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
  return if_none_match == "*" || if_none_match.contains(tag);
}

HandlerTask get_dashboard(Call& call) {
  const auto* asset = find_asset(kIndex);
  if (!asset) {
    co_return fail(ErrorCode::kNotFound,
                   "This mih was built without its dashboard, because Node.js was missing then "
                   "(CONTRIBUTING.md says how to build it). The API is at /api/v1.");
  }
  co_return co_await answer(call, *asset);
}

HandlerTask get_asset(Call& call) {
  const auto* asset = find_asset("assets/" + call.parameter(0));
  if (!asset) {
    co_return fail(ErrorCode::kNotFound, fmt::format("There is no {}.", call.request.path));
  }
  co_return co_await answer(call, *asset);
}

}  // namespace mih::api
