#include "transport/soap/description_cache.hpp"

#include <algorithm>

namespace mih::transport::soap {
namespace {

using std::chrono::seconds;

constexpr std::chrono::hours kGoodFor{24};
constexpr seconds kFirstWait{1};
constexpr seconds kLongestWait{300};
constexpr std::size_t kMostEntries = 256;

}  // namespace

SourceKey source_of(const core::Service& service) {
  std::string text;
  const auto add = [&](std::string_view part) {
    text += std::to_string(part.size());
    text.push_back(':');
    text += part;
  };
  add(service.base_url);
  add(std::to_string(static_cast<int>(service.auth_type)));
  for (const std::string* part :
       {&service.auth_token, &service.basic_user, &service.apikey_header, &service.oauth2_token_url,
        &service.oauth2_client_id, &service.oauth2_scope, &service.client_cert, &service.client_key,
        &service.ca_file, &service.proxy}) {
    add(*part);
  }
  add(service.follow_redirects ? "1" : "0");
  for (const auto& [name, value] : service.headers) {
    add(name);
    add(value);
  }
  return sha256(text);
}

DescriptionCache::Entry& DescriptionCache::entry(const SourceKey& source, SteadyTime now) {
  const auto found = entries_.find(source);
  if (found == entries_.end()) make_room();
  Entry& entry = found == entries_.end() ? entries_[source] : found->second;
  entry.used = now;
  return entry;
}

/// Drops the one that was not used for the longest time. Those that are being loaded stay: somebody
/// waits for them.
void DescriptionCache::make_room() {
  if (entries_.size() < kMostEntries) return;
  auto oldest = entries_.end();
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (it->second.loading) continue;
    if (oldest == entries_.end() || it->second.used < oldest->second.used) oldest = it;
  }
  if (oldest != entries_.end()) entries_.erase(oldest);
}

bool DescriptionCache::wants_load(Entry& entry, SteadyTime now) {
  if (entry.loading) return false;
  if (!entry.copy) {
    entry.loading = Cause::kMissing;
    return true;
  }
  if (now < entry.loaded + kGoodFor || now < entry.next_refresh) return false;
  entry.loading = Cause::kAge;
  return true;
}

bool DescriptionCache::wants_refresh(Entry& entry, Cause cause, SteadyTime now) {
  if (entry.loading || !entry.copy || now < entry.next_refresh) return false;
  entry.loading = cause;
  return true;
}

void DescriptionCache::loaded(const SourceKey& source, const Loaded& result, SteadyTime now) {
  const auto found = entries_.find(source);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  const bool first = !entry.copy;
  const bool changed = result && (first || (*result)->content != entry.copy->content);
  entry.loading.reset();
  if (result) {
    entry.loaded = now;
    if (changed) entry.copy = *result;
  }
  entry.patience = changed ? seconds{0} : std::clamp(entry.patience * 2, kFirstWait, kLongestWait);
  entry.next_refresh = now + entry.patience;
}

}  // namespace mih::transport::soap
