#include "engine/subscriptions.hpp"

#include <algorithm>

namespace mih::engine {
namespace {

constexpr std::chrono::seconds kFirstWait{1};
constexpr std::chrono::seconds kLongestWait{60};
constexpr int kMostDoublings = 6;

/// `patterns` are sorted.
auto find_pattern(const std::vector<core::SubscribedPattern>& patterns, const std::string& wanted) {
  const auto at = std::ranges::lower_bound(patterns, wanted, {}, &core::SubscribedPattern::pattern);
  return at != patterns.end() && at->pattern == wanted ? at : patterns.end();
}

}  // namespace

std::vector<std::string> needed_patterns(const Catalog& catalog) {
  std::vector<std::string> patterns;
  for (const auto& compiled : catalog.rules()) {
    if (compiled->rule.enabled) patterns.push_back(compiled->rule.eventname);
  }
  std::ranges::sort(patterns);
  const auto repeated = std::ranges::unique(patterns);
  patterns.erase(repeated.begin(), repeated.end());
  return patterns;
}

void write_members(json::Writer& out, const core::Subscriptions& list) {
  out.member("version", list.version);
  out.key("patterns");
  out.begin_array();
  for (const auto& one : list.patterns)
    out.value(one.pattern);
  out.end_array();
  out.key("sample");
  out.begin_array();
  for (const auto& pattern : list.sample)
    out.value(pattern);
  out.end_array();
}

bool revise(core::Subscriptions& list, std::vector<std::string> needed, std::int64_t least,
            Now now) {
  const bool same =
      std::ranges::equal(list.patterns, needed, {}, &core::SubscribedPattern::pattern);
  if (same && list.version > least) return false;

  const auto version = std::max({list.version + 1, least + 1, to_unix_ms(now.wall)});
  std::vector<core::SubscribedPattern> patterns;
  patterns.reserve(needed.size());
  for (auto& pattern : needed) {
    const auto known = find_pattern(list.patterns, pattern);
    patterns.push_back(known == list.patterns.end()
                           ? core::SubscribedPattern{std::move(pattern), version, {}}
                           : *known);
  }
  list = {version, std::move(patterns)};
  return true;
}

bool note_acknowledged(core::Subscriptions& list, std::span<const core::Site> sites, Now now) {
  bool noted = false;
  for (auto& pattern : list.patterns) {
    const bool everywhere = std::ranges::all_of(sites, [&](const core::Site& site) {
      return !site.is_connected() || site.list_version >= pattern.since;
    });
    if (!everywhere || pattern.active_since != WallTime{}) continue;
    pattern.active_since = now.wall;
    noted = true;
  }
  return noted;
}

CaptureState capture_state(const core::Subscriptions& list, std::span<const core::Site> sites,
                           const core::Rule& rule) {
  CaptureState state;
  const auto known = find_pattern(list.patterns, rule.eventname);
  if (!rule.enabled || known == list.patterns.end()) return state;
  for (const auto& site : sites) {
    if (site.is_connected() && site.list_version < known->since) {
      state.waiting_for.push_back(site.name);
    }
  }
  if (state.waiting_for.empty() && known->active_since != WallTime{}) {
    state.active_since = std::max(known->active_since, rule.created);
  }
  return state;
}

std::optional<SteadyTime> PushSchedule::due(std::int64_t version, SteadyTime now) const {
  if (under_way_) return std::nullopt;
  return version == tried_version_ ? not_before_ : now;
}

void PushSchedule::started(std::int64_t version) {
  if (version != tried_version_) failures_ = 0;
  tried_version_ = version;
  under_way_ = true;
}

void PushSchedule::succeeded() {
  under_way_ = false;
  failures_ = 0;
}

void PushSchedule::failed(SteadyTime now) {
  under_way_ = false;
  const auto wait = kFirstWait * (1 << std::min(failures_, kMostDoublings));
  not_before_ = now + std::min<std::chrono::seconds>(wait, kLongestWait);
  ++failures_;
}

}  // namespace mih::engine
