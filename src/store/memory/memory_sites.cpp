#include <fmt/format.h>

#include "store/memory/memory_store.hpp"

/// Sites, their catalogues, and the subscription list.
namespace mih::store::memory {
namespace {

std::unexpected<Error> no_site(core::SiteId site) {
  return mih::fail(ErrorCode::kNotFound, fmt::format("there is no site {}", site.value));
}

}  // namespace

Result<core::Site> MemoryStore::save_site(core::Site site, WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  for (const auto& [id, other] : sites_) {
    if (other.name == site.name && id != site.id) {
      return mih::fail(ErrorCode::kNameTaken,
                       fmt::format("a site \"{}\" exists already; choose another name", site.name));
    }
  }
  site.created = now;
  if (site.id) {
    const auto before = sites_.find(site.id);
    if (before == sites_.end()) return no_site(site.id);
    site.created = before->second.created;
  } else {
    site.id.value = ++last_site_;
  }
  site.modified = now;
  sites_[site.id] = site;
  return site;
}

Result<void> MemoryStore::remove_site(core::SiteId site) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (sites_.erase(site) == 0) return no_site(site);
  catalogues_.erase(site);
  return {};
}

Result<void> MemoryStore::save_catalogue(core::SiteId site, const std::string& catalogue) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (!sites_.contains(site)) return no_site(site);
  catalogues_[site] = catalogue;
  return {};
}

Result<void> MemoryStore::save_subscriptions(const core::Subscriptions& list) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  subscriptions_ = list;
  return {};
}

Result<std::vector<core::Site>> MemoryStore::sites() {
  const Lock lock{mutex_};
  std::vector<core::Site> all;
  for (const auto& [id, site] : sites_)
    all.push_back(site);
  return all;
}

Result<std::string> MemoryStore::catalogue(core::SiteId site) {
  const Lock lock{mutex_};
  const auto found = catalogues_.find(site);
  return found == catalogues_.end() ? std::string{} : found->second;
}

Result<core::Subscriptions> MemoryStore::subscriptions() {
  const Lock lock{mutex_};
  return subscriptions_;
}

}  // namespace mih::store::memory
