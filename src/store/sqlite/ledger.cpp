#include "store/sqlite/ledger.hpp"

#include <cstring>
#include <iterator>
#include <type_traits>

namespace mih::store::sqlite {

void Ledger::load(const Head& loaded, std::unordered_map<core::ServiceId, LaneCounters> lanes) {
  head = loaded;
  lanes_ = std::move(lanes);
  first_ = head.last_seq + 1;
  reached_ = first_;
  open_.clear();
}

void Ledger::begin() {
  head_before_ = head;
  window_before_ = open_.size();
  before_.clear();
  touched_.clear();
  settled_.clear();
}

void Ledger::end() {
  const std::int64_t settled = reached() - first_;
  open_.erase(open_.begin(), open_.begin() + settled);
  first_ = reached_;
}

void Ledger::undo() {
  for (const auto& [event, count] : settled_)
    open_count(event) += count;
  open_.resize(window_before_);
  for (const auto& [service, counters] : before_)
    lanes_[service] = counters;
  head = head_before_;
  reached_ = first_;
}

const LaneCounters& Ledger::lane(core::ServiceId service) const {
  static const LaneCounters kNone;
  const auto found = lanes_.find(service);
  return found == lanes_.end() ? kNone : found->second;
}

LaneCounters& Ledger::change(core::ServiceId service) {
  LaneCounters& counters = lanes_[service];
  if (touched_.insert(service).second) before_.emplace_back(service, counters);
  return counters;
}

bool Ledger::may_be_fresh(core::EventSeq event) const {
  return event.value >= first_ && event.value <= head.last_seq && fresh(event) > 0;
}

std::uint32_t Ledger::fresh(core::EventSeq event) const {
  const auto position = static_cast<std::size_t>(event.value - first_);
  return position < open_.size() ? open_[position] : 0;
}

std::uint32_t& Ledger::open_count(core::EventSeq event) {
  return open_[static_cast<std::size_t>(event.value - first_)];
}

void Ledger::settle(core::EventSeq event, std::uint32_t count) {
  open_count(event) -= count;
  settled_.emplace_back(event, count);
}

std::int64_t Ledger::reached() {
  const std::int64_t end = first_ + std::ssize(open_);
  while (reached_ < end && open_count(core::EventSeq{reached_}) == 0)
    ++reached_;
  return reached_;
}

bool Ledger::head_changed() const {
  static_assert(std::has_unique_object_representations_v<Head>);
  return std::memcmp(&head, &head_before_, sizeof head) != 0;
}

}  // namespace mih::store::sqlite
