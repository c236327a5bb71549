#include "delivery/lane_queue.hpp"

#include <algorithm>
#include <utility>

namespace mih::delivery {

engine::Enrichment enrichment_of(const Item& item) {
  engine::Enrichment enrichment;
  if (!item.enrichment || !item.enrichment->sent) return enrichment;
  for (std::size_t i = 0; i < engine::kEnrichedCount; ++i) {
    const auto& found = (*item.enrichment->sent)[i];
    enrichment[i] = found ? found->json : item.enrichment->references[i].known;
  }
  return enrichment;
}

Item* LaneQueue::find(core::DeliveryKey key) {
  const auto found = items_.find(key);
  return found == items_.end() ? nullptr : found->second.get();
}

bool LaneQueue::add(core::Delivery delivery, SteadyTime due, bool owed_attempt) {
  const auto key = delivery.key;
  auto [entry, added] = items_.try_emplace(key);
  if (!added) return false;
  entry->second = std::make_unique<Item>();
  Item& item = *entry->second;
  item.delivery = std::move(delivery);
  item.due = due;
  item.owed_attempt = owed_attempt;
  if (is_ordered(item)) {
    auto& chain = chains_[order_of(item)];
    chain.insert(key);
    if (*chain.begin() != key) return true;
    if (chain.size() > 1) {
      // Loaded after later ones with its key: those still in the order step back.
      Item& second = *items_.at(*std::next(chain.begin()));
      if (second.stage == Stage::kReady || second.stage == Stage::kWaiting ||
          second.stage == Stage::kEnriching) {
        unlink(second);
        second.stage = Stage::kHeld;
      }
    }
  }
  if (item.delivery.progress.attempts.empty() && (ready_.empty() || ready_.back()->due <= due)) {
    item.stage = Stage::kReady;
    ready_.push_back(&item);
  } else {
    wait(item, due);
  }
  return true;
}

Item* LaneQueue::next(SteadyTime now) const {
  Item* ready = ready_.empty() ? nullptr : ready_.front();
  if (!waiting_.empty() && waiting_.begin()->first <= now &&
      (!ready || waiting_.begin()->first < ready->due)) {
    return items_.at(waiting_.begin()->second).get();
  }
  return ready && ready->due <= now ? ready : nullptr;
}

std::optional<SteadyTime> LaneQueue::next_due() const {
  std::optional<SteadyTime> due;
  if (!ready_.empty()) due = ready_.front()->due;
  if (!waiting_.empty()) {
    due = due ? std::min(*due, waiting_.begin()->first) : waiting_.begin()->first;
  }
  return due;
}

void LaneQueue::unlink(Item& item) {
  if (item.stage == Stage::kReady) {
    if (!ready_.empty() && ready_.front() == &item) {
      ready_.pop_front();
    } else {
      std::erase(ready_, &item);
    }
  } else if (item.stage == Stage::kWaiting) {
    waiting_.erase({item.due, item.delivery.key});
  } else if (item.stage == Stage::kEnriching) {
    --enriching_;
  }
}

void LaneQueue::start(Item& item) {
  unlink(item);
  item.stage = Stage::kSending;
}

void LaneQueue::wait(Item& item, SteadyTime due) {
  unlink(item);
  item.due = due;
  item.stage = Stage::kWaiting;
  waiting_.insert({due, item.delivery.key});
}

void LaneQueue::enrich(Item& item) {
  unlink(item);
  item.stage = Stage::kEnriching;
  ++enriching_;
}

void LaneQueue::end(Item& item) {
  unlink(item);
  item.stage = Stage::kRecording;
  item.ended = true;
}

void LaneQueue::finish(Item& item, SteadyTime now) {
  unlink(item);
  if (is_ordered(item)) {
    const auto chain = chains_.find(order_of(item));
    chain->second.erase(item.delivery.key);
    if (chain->second.empty()) {
      chains_.erase(chain);
    } else if (Item& head = *items_.at(*chain->second.begin()); head.stage == Stage::kHeld) {
      wait(head, std::min(head.due, now));
    }
  }
  items_.erase(item.delivery.key);
}

}  // namespace mih::delivery
