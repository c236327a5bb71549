#include "delivery/enricher.hpp"

#include <algorithm>
#include <utility>

namespace mih::delivery {
namespace {

using engine::SiteObject;

/// Calls fn(SiteObject) for everything that a query asks for.
template <class Fn>
void each_object(const core::LookUp& wanted, Fn&& fn) {
  for (const auto id : wanted.users)
    fn(SiteObject{SiteObject::Kind::kUser, id});
  for (const auto id : wanted.courses)
    fn(SiteObject{SiteObject::Kind::kCourse, id});
}

std::string found_in(const core::LookedUp& answer, const SiteObject& object) {
  const bool user = object.kind == SiteObject::Kind::kUser;
  const auto& objects = user ? answer.users : answer.courses;
  const auto found = objects.find(object.id);
  return found == objects.end() ? std::string{} : found->second.value_or(std::string{});
}

}  // namespace

std::shared_ptr<const Known> Enricher::find(const std::string& site, const SiteObject& object,
                                            SteadyTime now) {
  const auto found = index_.find({site, object});
  if (found == index_.end()) return nullptr;
  const auto entry = found->second;
  if (!entry->known->is_good(now)) {
    drop(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->known;
}

void Enricher::want(const std::string& site, const SiteObject& object, const Waiter& waiter) {
  auto& asking = sites_[site];
  auto& wanted = asking.wanted[object];
  wanted.waiters.insert(waiter);
  if (!wanted.asked) asking.unasked.insert(object);
}

std::vector<SiteQuery> Enricher::take_queries(SteadyTime now) {
  std::vector<SiteQuery> queries;
  for (auto& [name, site] : sites_) {
    if (site.not_before > now) continue;
    for (std::size_t count = 0; const auto& object : std::exchange(site.unasked, {})) {
      if (count++ % kMostInQuery == 0) queries.push_back({name, {}});
      auto& query = queries.back().wanted;
      const bool user = object.kind == SiteObject::Kind::kUser;
      (user ? query.users : query.courses).push_back(object.id);
      site.wanted.at(object).asked = true;
    }
  }
  return queries;
}

std::optional<SteadyTime> Enricher::next_query() const {
  std::optional<SteadyTime> next;
  for (const auto& [name, site] : sites_) {
    if (!site.unasked.empty()) next = std::min(next.value_or(site.not_before), site.not_before);
  }
  return next;
}

Enricher::Waiters Enricher::on_found(const SiteQuery& query, const core::LookedUp& answer,
                                     SteadyTime now) {
  Waiters told;
  const auto site = sites_.find(query.site);
  if (site == sites_.end()) return told;
  each_object(query.wanted, [&](const SiteObject& object) {
    const auto wanted = site->second.wanted.find(object);
    if (wanted == site->second.wanted.end() || !wanted->second.asked) return;
    if (wanted->second.changed) {  // the answer may be older than the change
      wanted->second.asked = wanted->second.changed = false;
      site->second.unasked.insert(object);
      return;
    }
    keep({query.site, object}, found_in(answer, object), now);
    told.merge(settle(site->second, object));
  });
  if (site->second.wanted.empty()) sites_.erase(site);
  return told;
}

Enricher::Waiters Enricher::on_refused(const SiteQuery& query) {
  Waiters told;
  const auto site = sites_.find(query.site);
  if (site == sites_.end()) return told;
  each_object(query.wanted,
              [&](const SiteObject& object) { told.merge(settle(site->second, object)); });
  if (site->second.wanted.empty()) sites_.erase(site);
  return told;
}

void Enricher::on_away(const SiteQuery& query, SteadyTime retry_at) {
  const auto site = sites_.find(query.site);
  if (site == sites_.end()) return;
  site->second.not_before = std::max(site->second.not_before, retry_at);
  each_object(query.wanted, [&](const SiteObject& object) {
    const auto wanted = site->second.wanted.find(object);
    if (wanted == site->second.wanted.end()) return;
    wanted->second.asked = wanted->second.changed = false;
    site->second.unasked.insert(object);
  });
}

void Enricher::forget(const std::string& site, const SiteObject& object) {
  if (const auto known = index_.find({site, object}); known != index_.end()) drop(known->second);
  const auto asking = sites_.find(site);
  if (asking == sites_.end()) return;
  const auto wanted = asking->second.wanted.find(object);
  if (wanted != asking->second.wanted.end()) wanted->second.changed = wanted->second.asked;
}

void Enricher::keep(Key key, std::string json, SteadyTime now) {
  if (const auto before = index_.find(key); before != index_.end()) drop(before->second);
  const bool user = key.second.kind == SiteObject::Kind::kUser;
  auto known = std::make_shared<Known>();
  known->json = std::move(json);
  known->good_until = now + (user ? kUserGood : kCourseGood);
  bytes_ += known->json.size();
  entries_.push_front({std::move(key), std::move(known)});
  index_.emplace(entries_.front().key, entries_.begin());
  constexpr int kTries = 2;
  for (int i = 0; i < kTries && (entries_.size() > kMostKnown || bytes_ > kMostBytes); ++i)
    evict_last();
}

void Enricher::evict_last() {
  const auto last = std::prev(entries_.end());
  if (last == entries_.begin()) return;  // it is waited for
  if (last->known.use_count() > 1) {
    entries_.splice(entries_.begin(), entries_, last);
  } else {
    drop(last);
  }
}

void Enricher::drop(std::list<Entry>::iterator entry) {
  entry->known->outdated = true;
  bytes_ -= entry->known->json.size();
  index_.erase(entry->key);
  entries_.erase(entry);
}

Enricher::Waiters Enricher::settle(Site& site, const SiteObject& object) {
  site.unasked.erase(object);
  auto wanted = site.wanted.extract(object);
  return wanted ? std::move(wanted.mapped().waiters) : Waiters{};
}

}  // namespace mih::delivery
