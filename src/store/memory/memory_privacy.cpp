#include <algorithm>
#include <fmt/format.h>

#include "store/memory/memory_store.hpp"

/// Erasing what there is of a person, in the steps of the SQLite store.
namespace mih::store::memory {
namespace {

constexpr std::int64_t kEventsPerStep = 1'000;
constexpr std::int64_t kLettersPerStep = 200;

}  // namespace

Result<core::Erasure> MemoryStore::begin_erasure(const std::string& site, std::int64_t user,
                                                 WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  for (auto& [id, work] : erasures_) {
    if (work.phase != ErasurePhase::kEvents || work.erasure.site != site ||
        work.erasure.user != user) {
      continue;
    }
    work.upto = last_seq_;  // what came since the first request is meant too
    return work.erasure;
  }
  ErasureWork& work = erasures_[++last_erasure_];
  work.erasure = {.id = last_erasure_, .site = site, .user = user, .created = now};
  work.upto = last_seq_;
  return work.erasure;
}

Result<core::Erasure> MemoryStore::step_erasure(std::int64_t id, WallTime, bool& progress) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  const auto found = erasures_.find(id);
  if (found == erasures_.end()) {
    return mih::fail(ErrorCode::kNotFound, "there is no such erasure");
  }
  ErasureWork& work = found->second;
  if (work.phase < ErasurePhase::kCleaning) progress = step(work);
  if (work.phase != ErasurePhase::kCleaning) return work.erasure;
  const bool others_work = std::ranges::any_of(
      erasures_, [](const auto& item) { return item.second.phase < ErasurePhase::kWaiting; });
  if (others_work) {
    progress = false;
    return work.erasure;
  }
  core::Erasure done = work.erasure;
  done.done = true;
  for (auto& [other, item] : erasures_) {
    if (item.phase != ErasurePhase::kCleaning) continue;
    item.phase = ErasurePhase::kDone;
    item.erasure.done = true;
    item.erasure.user = 0;
  }
  return done;
}

bool MemoryStore::step(ErasureWork& work) {
  std::set<std::string> deliveries;
  bool progress = true;
  if (work.phase == ErasurePhase::kEvents) {
    erase_events(work, deliveries);
  } else if (work.phase == ErasurePhase::kLetters) {
    erase_letters(work, deliveries);
  } else {
    progress = look_at_open(work, deliveries);
  }
  work.erasure.log_rows += static_cast<std::int64_t>(std::erase_if(
      log_, [&](const LogRow& row) { return deliveries.contains(row.call.delivery_id); }));
  work.erasure.waiting = std::ssize(work.open);
  return progress;
}

void MemoryStore::enter(ErasureWork& work, ErasurePhase phase) {
  work.phase = phase;
  work.position = 0;
  if (phase == ErasurePhase::kCleaning) erase_learned(work.erasure);  // may be there again
}

void MemoryStore::erase_events(ErasureWork& work, std::set<std::string>& deliveries) {
  if (work.position == 0) erase_learned(work.erasure);
  std::int64_t looked_at = 0;
  auto it = events_.upper_bound(work.position);
  while (it != events_.end() && it->first <= work.upto && looked_at < kEventsPerStep) {
    ++looked_at;
    work.position = it->first;
    const core::Event& event = *it->second.event;
    const bool theirs = event.site == work.erasure.site &&
                        core::text_concerns(event.name, event.body, work.erasure.user);
    const auto seq = it++->first;
    if (theirs && !erase_if_ended(seq, work, deliveries)) work.open.insert(seq);
  }
  if (looked_at < kEventsPerStep) enter(work, ErasurePhase::kLetters);
}

bool MemoryStore::erase_if_ended(std::int64_t seq, ErasureWork& work,
                                 std::set<std::string>& deliveries) {
  const auto found = events_.find(seq);
  if (found == events_.end()) return true;
  const auto& [event, items, replay_of, origin, as_sent] = found->second;
  if (std::ranges::any_of(items, &Item::open)) return false;
  for (const auto& item : items)
    deliveries.insert(core::delivery_id(event->site, event->id, item.decided.rule));
  events_.erase(found);
  ++work.erasure.events;
  return true;
}

bool MemoryStore::is_about(const core::DeadLetter& letter, const core::Erasure& erasure) const {
  const auto service = services_.find(letter.service);
  const std::string inbound_site =
      service == services_.end() ? std::string{} : service->second.inbound_site;
  const std::string& site = letter.event->site;
  const bool of_the_site = site == erasure.site ||
                           (site.empty() && (inbound_site.empty() || inbound_site == erasure.site));
  return of_the_site &&
         (core::text_concerns(letter.event->name, letter.event->body, erasure.user) ||
          (letter.reason == core::DeadReason::kInbound &&
           core::text_concerns("", letter.payload, erasure.user)));
}

void MemoryStore::erase_letters(ErasureWork& work, std::set<std::string>& deliveries) {
  std::int64_t looked_at = 0;
  auto it = letters_.upper_bound(core::DeadLetterId{work.position});
  while (it != letters_.end() && looked_at < kLettersPerStep) {
    ++looked_at;
    work.position = it->first.value;
    const core::DeadLetter& letter = it->second;
    // One that replays is an open delivery; its event is waited for.
    if (letter.replaying || !is_about(letter, work.erasure)) {
      ++it;
      continue;
    }
    deliveries.insert(letter.delivery_id);
    it = letters_.erase(it);
    ++work.erasure.dead_letters;
  }
  if (looked_at == kLettersPerStep) return;
  enter(work, work.again ? ErasurePhase::kCleaning : ErasurePhase::kWaiting);
}

bool MemoryStore::look_at_open(ErasureWork& work, std::set<std::string>& deliveries) {
  for (auto it = work.open.begin(); it != work.open.end();) {
    if (!erase_if_ended(*it, work, deliveries)) {
      ++it;
      continue;
    }
    it = work.open.erase(it);
    work.again = true;
  }
  if (!work.open.empty()) return false;
  enter(work, work.again ? ErasurePhase::kLetters : ErasurePhase::kCleaning);
  return true;
}

void MemoryStore::erase_learned(const core::Erasure& erasure) {
  std::erase_if(samples_, [&](const auto& item) {
    return item.second.event->site == erasure.site && item.second.people.include(erasure.user);
  });
  std::erase_if(learned_fields_, [&](const auto& item) {
    return item.second.site == erasure.site && item.second.people.include(erasure.user);
  });
}

Result<std::optional<core::Erasure>> MemoryStore::erasure(std::int64_t id) {
  const Lock lock{mutex_};
  const auto found = erasures_.find(id);
  if (found == erasures_.end()) return std::nullopt;
  return found->second.erasure;
}

Result<std::vector<std::int64_t>> MemoryStore::running_erasures() {
  const Lock lock{mutex_};
  std::vector<std::int64_t> running;
  for (const auto& [id, work] : erasures_) {
    if (work.phase != ErasurePhase::kDone) running.push_back(id);
  }
  return running;
}

}  // namespace mih::store::memory
