#include "api/event_lookup.hpp"

#include <fmt/format.h>

namespace mih::api {

std::vector<std::string> sites_to_search(const Call& call, std::string named) {
  if (!call.caller.site.empty()) return {call.caller.site};
  if (!named.empty()) return {std::move(named)};
  std::vector<std::string> sites{std::string{kDefaultSite}};
  for (const auto& known : call.api.hub.sites().sites())
    sites.push_back(known.name);
  return sites;
}

Result<core::Event> find_event(store::Reader& reader, const std::vector<std::string>& sites,
                               std::string_view id) {
  for (const auto& site : sites) {
    auto event = reader.event(site, id);
    if (!event) return fail(event);
    if (*event) return std::move(**event);
  }
  const auto where = sites.size() == 1 ? fmt::format(" of site {}", sites.front()) : std::string{};
  return fail(ErrorCode::kNotFound,
              fmt::format("There is no event {}{}; it may have been pruned.", id, where));
}

}  // namespace mih::api
