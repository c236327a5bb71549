#include "store/memory/memory_store.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mih::store::memory {
namespace {

constexpr std::chrono::days kStatisticsKept{30};

bool is_final(core::DeliveryState state) {
  return state == core::DeliveryState::kDelivered || state == core::DeliveryState::kDead;
}

}  // namespace

void MemoryStore::restart() {
  const Lock lock{mutex_};
  for (auto& [service, lane] : lanes_)
    lane.flowing = false;
  std::erase_if(
      jobs_, [](const auto& work) { return work.second.job.state == core::JobState::kPreparing; });
  for (auto& [seq, entry] : events_) {
    for (std::uint32_t ordinal = 0; ordinal < entry.items.size(); ++ordinal) {
      Item& item = entry.items[ordinal];
      if (!item.open) continue;
      item.in_pending = true;
      lanes_[item.decided.service].pending.insert({core::EventSeq{seq}, ordinal});
    }
  }
}

void MemoryStore::fail_with(std::optional<Error> error) {
  const Lock lock{mutex_};
  failure_ = std::move(error);
}

Result<void> MemoryStore::commit(Batch& batch) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  batch.ready.clear();
  for (auto& entry : batch.events)
    accept(entry, batch);
  for (auto& item : batch.updates)
    update(item, batch.now);
  for (auto& entry : batch.inbound)
    accept(entry, batch.now);
  for (auto& outcome : batch.handed_over)
    end(outcome);
  for (const auto& circuit : batch.circuits) {
    save_circuit(circuit);
  }
  keep(batch.calls);
  return {};
}

template <class Change>
void MemoryStore::count(core::ServiceId service, WallTime time, Change change) {
  change(counts_[{service, unix_minute(time)}]);
  change(counts_[{core::ServiceId{}, unix_minute(time)}]);
}

bool MemoryStore::claim_id(const core::Event& event, WallTime now) {
  const std::pair key{event.site, event.id};
  const auto found = ids_.find(key);
  if (found != ids_.end() && found->second.second > now - kIdWindow) return false;
  ids_[key] = {last_seq_ + 1, event.accepted};
  return true;
}

void MemoryStore::accept(EventEntry& entry, Batch& batch) {
  const bool is_call = entry.event->name.empty();
  entry.event->seq = {};
  const bool is_known = entry.imported && !imported_.emplace(entry.imported->origin, 0).second;
  if (is_known || !claim_id(*entry.event, batch.now)) {
    entry.outcome = EventEntry::Outcome::kDuplicate;
    if (!is_call) ++totals_.duplicates;
    return;
  }
  entry.outcome = EventEntry::Outcome::kAccepted;
  entry.event->seq.value = ++last_seq_;
  if (!is_call) {
    ++totals_.events_accepted;
    ++counts_[{core::ServiceId{}, unix_minute(batch.now)}].accepted;
  }
  if (entry.fan_out.empty()) ++totals_.unmatched;
  deduplicate(entry);
  Entry& stored = events_[last_seq_];
  stored.event = entry.event;
  stored.items.reserve(entry.fan_out.size());
  for (const auto& decided : entry.fan_out) {
    const core::DeliveryKey key{entry.event->seq, static_cast<std::uint32_t>(stored.items.size())};
    Item& item = stored.items.emplace_back();
    item.decided = decided;
    ++totals_.created;
    if (entry.has_ended()) {
      entry.imported->letter->key = key;
      end_unsent(item, *entry.imported->letter);
      continue;
    }
    ++counts_[{decided.service, unix_minute(batch.now)}].accepted;
    count_hit(decided.rule, batch.now);
    Lane& lane = lanes_[decided.service];
    const auto service = services_.find(decided.service);
    if (service != services_.end() && lane.backlog >= service->second.max_backlog) {
      overflow(key, item, entry.event, batch.now);
      continue;
    }
    if (decided.dedupe) {
      const Meaning meaning{decided.rule, entry.event->site, decided.dedupe->key};
      seen_[meaning] = {entry.event->accepted + decided.dedupe->window, key};
      meaning_of_[key] = meaning;
    }
    ++lane.backlog;
    if (lane.flowing) {
      batch.ready.push_back(delivery_of(key, stored));
    } else {
      item.in_pending = true;
      lane.pending.insert(key);
    }
  }
}

void MemoryStore::deduplicate(EventEntry& entry) {
  const core::Event& event = *entry.event;
  totals_.deduplicated +=
      static_cast<std::int64_t>(std::erase_if(entry.fan_out, [&](const core::FanOut& made) {
        if (!made.dedupe) return false;
        const auto seen = seen_.find({made.rule, event.site, made.dedupe->key});
        return seen != seen_.end() && seen->second.until > event.accepted;
      }));
}

void MemoryStore::free_meaning(core::DeliveryKey delivery) {
  const auto meaning = meaning_of_.find(delivery);
  if (meaning == meaning_of_.end()) return;
  const auto seen = seen_.find(meaning->second);
  if (seen != seen_.end() && seen->second.delivery == delivery) seen_.erase(seen);
  meaning_of_.erase(meaning);
}

core::Delivery MemoryStore::delivery_of(core::DeliveryKey key, const Entry& entry) const {
  const Item& item = entry.items[key.ordinal];
  return {.key = key,
          .rule = item.decided.rule,
          .service = item.decided.service,
          .ordering_key = item.decided.ordering_key,
          .event = entry.event,
          .progress = item.progress,
          .replay_of = entry.replay_of,
          .as_sent = entry.as_sent};
}

void MemoryStore::overflow(core::DeliveryKey key, Item& item, const core::EventPtr& event,
                           WallTime now) {
  const core::Service& service = services_.at(item.decided.service);
  const auto rule = rules_.find(item.decided.rule);
  count(item.decided.service, now, [](core::Counts& counts) { ++counts.dead; });
  core::DeadLetter letter;
  letter.key = key;
  letter.delivery_id = core::delivery_id(event->site, event->id, item.decided.rule);
  letter.reason = core::DeadReason::kOverflow;
  letter.event = event;
  letter.rule = item.decided.rule;
  if (rule != rules_.end()) letter.rule_name = rule->second.name;
  letter.service = service.id;
  letter.service_name = service.name;
  letter.error_message = fmt::format("the backlog of service {} is full ({} deliveries)",
                                     service.name, service.max_backlog);
  letter.ordering_key = item.decided.ordering_key;
  letter.created = now;
  end_unsent(item, std::move(letter));
}

void MemoryStore::end_unsent(Item& item, core::DeadLetter letter) {
  item.open = false;
  item.progress.state = core::DeliveryState::kDead;
  item.progress.attempts = letter.attempts;
  ++totals_.dead;
  letter.id.value = ++last_letter_;
  add_letter(std::move(letter));
}

void MemoryStore::add_letter(core::DeadLetter letter) {
  DeadLetterFigures& newest = newest_letters_[letter.service];
  newest.newest = std::max(newest.newest, std::optional{letter.created});
  if (letter.reason == core::DeadReason::kOverflow) {
    newest.newest_overflow = std::max(newest.newest_overflow, std::optional{letter.created});
  }
  letters_[letter.id] = std::move(letter);
}

void MemoryStore::complete_letter(core::DeadLetter& letter, const Item& item) const {
  if (letter.response.empty() &&
      core::count_of(letter.attempts) == core::count_of(item.progress.attempts)) {
    letter.response = item.response;
  }
  if (letter.service_name.empty()) letter.service_name = last_name(letter.service);
  const auto rule = removed_rules_.find(letter.rule);
  if (letter.rule_name.empty() && rule != removed_rules_.end()) letter.rule_name = rule->second;
}

MemoryStore::Item* MemoryStore::find_item(core::DeliveryKey key) {
  const auto entry = events_.find(key.event.value);
  if (entry == events_.end() || key.ordinal >= entry->second.items.size()) return nullptr;
  return &entry->second.items[key.ordinal];
}

void MemoryStore::update(DeliveryUpdate& item_update, WallTime now) {
  Item* item = find_item(item_update.key);
  if (!item || !item->open) return;
  if (item_update.letter) complete_letter(*item_update.letter, *item);
  item->progress = item_update.progress;
  item->response = item_update.response;
  Lane& lane = lanes_[item_update.service];
  if (!is_final(item_update.progress.state)) {
    item->in_pending = true;
    lane.pending.insert(item_update.key);
    if (item_update.progress.state == core::DeliveryState::kRetrying) {
      count(item_update.service, now, [](core::Counts& counts) { ++counts.retried; });
      lane.last_used = std::max(lane.last_used, now);
    }
    return;
  }
  lane.pending.erase(item_update.key);
  --lane.backlog;
  end(item_update, *item, now);
}

void MemoryStore::end(DeliveryUpdate& item_update, Item& item, WallTime now) {
  item.open = false;
  item.in_pending = false;
  item.progress.parked_because = core::ParkedBecause::kNone;
  item.progress.due = {};
  const auto replayed = letters_.find(item_update.replay_of);
  const bool delivered = item_update.progress.state == core::DeliveryState::kDelivered;
  count(item_update.service, now,
        [&](core::Counts& counts) { ++(delivered ? counts.delivered : counts.dead); });
  if (delivered) {
    ++totals_.delivered;
    if (replayed != letters_.end()) letters_.erase(replayed);
  } else {
    ++totals_.dead;
    free_meaning(item_update.key);
    if (item_update.gone && rules_.contains(item_update.rule)) {
      flagged_.emplace(item_update.rule, now);
    }
    if (item_update.letter) {
      core::DeadLetter& letter = *item_update.letter;
      if (replayed != letters_.end()) {
        letter.id = replayed->first;
        const WallTime created = replayed->second.created;
        replayed->second = letter;
        replayed->second.created = created;
      } else {
        letter.id.value = ++last_letter_;
        add_letter(letter);
      }
      letters_[letter.id].replaying = false;
    }
  }
  if (item_update.key.event.value < pruned_) remove_if_ended(item_update.key.event.value);
}

void MemoryStore::keep(std::vector<CallRecord>& calls) {
  for (auto& call : calls) {
    if (!call.inbound && call.was_made()) {  // how well Moodle answers is no figure of the service
      count(call.service, call.time, [&](core::Counts& counts) {
        counts.add_call(call.latency, call.success);
        counts.retried += call.repeats();
      });
    }
    Lane& lane = lanes_[call.service];
    if (call.was_made()) lane.last_used = std::max(lane.last_used, call.time);
    log_.push_back({++last_log_, std::move(call)});
  }
  prune_log();
}

void MemoryStore::prune_log() {
  if (settings_.max_log_entries == 0) return;
  while (std::ssize(log_) > settings_.max_log_entries)
    log_.pop_front();
}

void MemoryStore::spill(core::ServiceId service) {
  const Lock lock{mutex_};
  lanes_[service].flowing = false;
}

Result<Window> MemoryStore::load(core::ServiceId service, std::optional<core::DeliveryKey> after,
                                 std::size_t limit) {
  const Lock lock{mutex_};
  Window window;
  Lane& lane = lanes_[service];
  if (!after) {
    for (const auto& key : lane.pending) {
      if (find_item(key)->progress.attempts.empty()) continue;
      window.deliveries.push_back(delivery_of(key, events_.at(key.event.value)));
    }
  }
  std::size_t taken = 0;
  bool more = false;
  auto it = after ? lane.pending.upper_bound(*after) : lane.pending.begin();
  for (; it != lane.pending.end() && !more; ++it) {
    if (!find_item(*it)->progress.attempts.empty()) continue;
    more = taken == limit;
    if (more) break;
    window.deliveries.push_back(delivery_of(*it, events_.at(it->event.value)));
    ++taken;
  }
  window.drained = !more;
  if (window.drained) lane.flowing = true;
  return window;
}

Result<std::vector<core::Delivery>> MemoryStore::load_of_rule(core::ServiceId service,
                                                              core::RuleId rule,
                                                              core::DeliveryKey after,
                                                              std::size_t limit) {
  const Lock lock{mutex_};
  std::vector<core::Delivery> deliveries;
  const auto& pending = lanes_[service].pending;
  for (auto it = pending.upper_bound(after); it != pending.end(); ++it) {
    if (deliveries.size() == limit) break;
    const Item* item = find_item(*it);
    if (item->decided.rule != rule || !item->progress.attempts.empty()) continue;
    deliveries.push_back(delivery_of(*it, events_.at(it->event.value)));
  }
  return deliveries;
}

Result<void> MemoryStore::bring_forward(core::ServiceId service, core::DeliveryKey key,
                                        WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (!lanes_[service].pending.contains(key)) return {};
  auto& due = find_item(key)->progress.due;
  due = std::min(due, now);
  return {};
}

Result<std::optional<core::Delivery>> MemoryStore::load_one(core::ServiceId service,
                                                            core::DeliveryKey key) {
  const Lock lock{mutex_};
  if (!lanes_[service].pending.contains(key)) return std::nullopt;
  return delivery_of(key, events_.at(key.event.value));
}

Result<void> MemoryStore::flush(WallTime) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  return {};
}

void MemoryStore::remove_if_ended(std::int64_t seq) {
  const auto entry = events_.find(seq);
  if (entry == events_.end()) return;
  const bool open = std::ranges::any_of(entry->second.items, &Item::open);
  if (!open) events_.erase(entry);
}

void MemoryStore::prune_events(WallTime now) {
  const WallTime oldest = now - settings_.event_retention;
  for (; pruned_ <= last_seq_; ++pruned_) {
    const auto entry = events_.find(pruned_);
    if (entry == events_.end()) continue;
    const WallTime accepted = entry->second.event->accepted;
    const bool by_count = pruned_ <= last_seq_ - settings_.event_retention_count;
    if (!by_count && accepted >= oldest) return;
    const bool fresh = std::ranges::any_of(
        entry->second.items, [](const Item& item) { return item.open && !item.in_pending; });
    if (fresh && accepted > now - kSettling) return;
    remove_if_ended(pruned_);
  }
}

void MemoryStore::prune_dead_letters(WallTime now) {
  if (settings_.dead_letter_retention == 0) return;
  const WallTime oldest = now - std::chrono::days{settings_.dead_letter_retention};
  for (auto it = letters_.begin(); it != letters_.end();) {
    if (it->second.replaying) {
      ++it;
    } else if (it->second.created < oldest) {
      it = letters_.erase(it);
    } else {
      return;
    }
  }
}

void MemoryStore::sample_backlogs(WallTime now) {
  const std::int64_t minute = unix_minute(now);
  std::int64_t sum = 0;
  for (const auto& [service, lane] : lanes_) {
    sum += lane.backlog;
    if (lane.backlog > 0) counts_[{service, minute}].sample_backlog(lane.backlog);
  }
  counts_[{core::ServiceId{}, minute}].sample_backlog(sum);
}

void MemoryStore::prune_statistics(WallTime now) {
  const std::int64_t oldest =
      unix_minute(std::chrono::floor<std::chrono::hours>(now) - kStatisticsKept);
  std::erase_if(counts_, [&](const auto& item) { return item.first.second < oldest; });
}

Result<bool> MemoryStore::maintain(WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  sample_backlogs(now);
  prune_statistics(now);
  std::erase_if(inbound_ids_, [&](const auto& id) { return id.second.time <= now - kIdWindow; });
  std::erase_if(ids_, [&](const auto& id) { return id.second.second <= now - kIdWindow; });
  prune_events(now);
  prune_learned(now);
  prune_dead_letters(now);
  prune_audit(now);
  prune_log();
  return false;
}

}  // namespace mih::store::memory
