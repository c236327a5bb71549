#include "delivery/dispatcher.hpp"

#include <algorithm>
#include <utility>

namespace mih::delivery {
namespace {

/// Beyond this disagreement of wall and monotonic clock the wall clock was set.
constexpr std::chrono::seconds kClockTolerance{5};
constexpr std::size_t kSmallestWindow = 64;
constexpr std::chrono::seconds kAskAgain{1};  ///< at the earliest
constexpr std::size_t kSweep = 500;           ///< deliveries at a time

}  // namespace

Dispatcher::Dispatcher(Options options, std::shared_ptr<const engine::Catalog> catalog,
                       const std::vector<core::CircuitRecord>& circuits,
                       const std::vector<core::ServiceId>& with_backlog, Now now)
    : options_(std::move(options)), catalog_(std::move(catalog)) {
  for (const auto& record : circuits)
    restored_.emplace(record.service, record);
  for (const auto service : with_backlog) {
    lane(service, now);
    wake(service);
  }
  set_catalog(catalog_, now);
  starting_ = false;
}

void Dispatcher::set_catalog(std::shared_ptr<const engine::Catalog> catalog, Now now) {
  const auto before = std::exchange(catalog_, std::move(catalog));
  for (const auto& service : catalog_->services())
    lane(service->id, now);
  end_deleted_rules(before.get(), now);
  for (const auto& entry : lanes_)
    wake(entry.first);
}

void Dispatcher::end_deleted_rules(const engine::Catalog* before, Now now) {
  for (const auto& entry : lanes_)
    entry.second->on_rules_changed(context(now));
  if (!before) return;
  for (const auto& rule : before->rules()) {
    const auto id = rule->rule.id;
    if (catalog_->rule(id)) continue;
    for (const auto& [service, lane] : lanes_) {
      if (lane->spilled()) effects_.sweeps.push_back({service, id, lane->last_key(), kSweep});
    }
  }
}

void Dispatcher::on_swept(const Sweep& sweep, std::vector<core::Delivery> deliveries, Now now) {
  if (deliveries.empty()) return;
  if (deliveries.size() == sweep.limit) {
    effects_.sweeps.push_back({sweep.service, sweep.rule, deliveries.back().key, sweep.limit});
  }
  auto& swept = lane(sweep.service, now);
  for (auto& delivery : deliveries) {
    if (!delivery.needs_rule()) continue;  // a replay as it was sent
    swept.end_unloaded(std::move(delivery), core::DeadReason::kRuleDeleted, "The rule was deleted.",
                       context(now));
  }
  wake(sweep.service);
}

Lane& Dispatcher::lane(core::ServiceId service, Now now) {
  auto& lane = lanes_[service];
  if (!lane) {
    core::CircuitRecord record;
    if (const auto found = restored_.extract(service)) record = found.mapped();
    core::LaneHistory::Changes changes;
    if (auto found = options_.circuit_changes.extract(service)) changes = std::move(found.mapped());
    const auto settings = catalog_->service(service);
    core::Service fallback;
    fallback.id = service;
    lane = std::make_unique<Lane>(service, record, settings ? *settings : fallback, starting_, now);
    lane->remember(std::move(changes), record);
  }
  return *lane;
}

Context Dispatcher::context(Now now) {
  return {now, *catalog_, effects_, options_.chance, scratch_, enricher_, sites_};
}

void Dispatcher::add(std::vector<core::Delivery> deliveries, Now now) {
  const auto ctx = context(now);
  for (auto& delivery : deliveries) {
    const auto service = delivery.service;
    lane(service, now).add(std::move(delivery), ctx);
    wake(service);
  }
}

void Dispatcher::on_loaded(core::ServiceId service, store::Window window, Now now) {
  lane(service, now).add_loaded(std::move(window), context(now));
  wake(service);
}

void Dispatcher::on_reply(transport::CallId id, core::Reply reply, Now now) {
  const auto call = calls_.find(id);
  if (call == calls_.end()) return;
  const auto [service, who] = call->second;
  calls_.erase(call);
  if (const auto* key = std::get_if<core::DeliveryKey>(&who)) {
    lane(service, now).finish_attempt(*key, reply, context(now));
  } else {
    lane(service, now).finish_call(std::get<GatewayId>(who), std::move(reply), context(now));
  }
  wake(service);
}

void Dispatcher::on_looked_up(const SiteQuery& query,
                              const std::expected<core::LookedUp, core::SiteFailure>& answer,
                              Now now) {
  if (!answer && answer.error().kind == core::SiteFailure::Kind::kAway) {
    return enricher_.on_away(query, std::max(answer.error().retry_at, now.steady + kAskAgain));
  }
  const auto told =
      answer ? enricher_.on_found(query, *answer, now.steady) : enricher_.on_refused(query);
  for (const auto& [service, key] : told) {
    const auto found = lanes_.find(service);
    if (found == lanes_.end()) continue;
    if (answer) {
      found->second->on_enriched(key, context(now));
    } else {
      found->second->on_not_enriched(key, answer.error().why, context(now));
    }
    wake(service);
  }
}

void Dispatcher::call(GatewayCall call, Now now) {
  const auto service = call.request.service->id;
  lane(service, now).call(std::move(call), context(now));
  wake(service);
}

void Dispatcher::on_recorded(std::uint64_t id, Now now) {
  const auto found = tickets_.find(id);
  if (found == tickets_.end()) return;
  const auto ticket = std::move(found->second);
  tickets_.erase(found);
  unrecorded_ -= ticket.records;
  if (unrecorded_ < options_.max_unrecorded) awake_.merge(blocked_);
  for (const auto& [service, recorded] : ticket.lanes) {
    lanes_.at(service)->on_recorded(recorded, context(now));
    wake(service);
  }
}

void Dispatcher::reset_circuits(const std::vector<core::ServiceId>& services, Now now) {
  for (auto& [id, lane] : lanes_) {
    if (!services.empty() && std::ranges::find(services, id) == services.end()) continue;
    lane->reset_circuit(context(now));
    wake(id);
  }
}

bool Dispatcher::retry_now(core::ServiceId service, core::DeliveryKey key,
                           std::optional<core::Delivery> pending, Now now) {
  const auto found = lanes_.find(service);
  if (found == lanes_.end()) return false;
  wake(service);
  auto& owner = *found->second;
  // One that is in the store alone is due already.
  return owner.retry_now(key, context(now)) || (pending && !owner.has_loaded(*pending));
}

bool Dispatcher::cancel(core::ServiceId service, core::DeliveryKey key,
                        std::optional<core::Delivery> pending, Now now) {
  const auto found = lanes_.find(service);
  if (found == lanes_.end()) return false;
  wake(service);
  auto& owner = *found->second;
  if (owner.cancel(key, context(now))) return true;
  return pending && owner.end_unloaded(std::move(*pending), core::DeadReason::kCancelled,
                                       "Cancelled by hand.", context(now));
}

void Dispatcher::stop_starting() {
  stopping_ = true;
  for (const auto& entry : lanes_)
    wake(entry.first);
}

Effects Dispatcher::run(Now now) {
  watch_clock(now);
  while (!timers_.empty() && timers_.begin()->first <= now.steady) {
    const auto service = timers_.begin()->second;
    timers_.erase(timers_.begin());
    timer_of_.erase(service);
    wake(service);
  }
  const auto ctx = context(now);
  for (const auto service : std::exchange(awake_, {})) {
    const auto found = lanes_.find(service);
    if (found == lanes_.end()) continue;
    run_lane(*found->second, ctx);
    if (found->second->idle() && !catalog_->service(service)) {
      busy_.erase(service);
      lanes_.erase(found);
    }
  }
  if (!stopping_) effects_.queries = enricher_.take_queries(now.steady);
  close_ticket();
  return std::exchange(effects_, {});
}

void Dispatcher::run_lane(Lane& lane, const Context& context) {
  const auto window =
      std::max(kSmallestWindow, options_.max_in_memory / std::max<std::size_t>(busy_.size(), 1));
  const auto service = lane.service();
  const bool may_start = !stopping_ && unrecorded_ < options_.max_unrecorded;
  lane.end_calls(context, stopping_);
  while (may_start) {
    auto started = lane.start_next(context, window);
    if (!started) break;
    const auto call = ++last_call_;
    calls_.emplace(call, Call{service, started->who});
    effects_.sends.push_back({call, std::move(started->request)});
  }
  if (const auto timer = timer_of_.find(service); timer != timer_of_.end()) {
    timers_.erase({timer->second, service});
    timer_of_.erase(timer);
  }
  if (lane.empty()) {
    busy_.erase(service);
  } else {
    busy_.insert(service);
  }
  if (!may_start) blocked_.insert(service);
  const auto wakeup = may_start ? lane.next_wakeup(context) : lane.next_call_deadline();
  if (!wakeup) return;
  timers_.insert({*wakeup, service});
  timer_of_.emplace(service, *wakeup);
}

void Dispatcher::watch_clock(Now now) {
  if (last_reading_) {
    const auto drift = (now.wall - last_reading_->wall) - (now.steady - last_reading_->steady);
    if (std::chrono::abs(drift) > kClockTolerance) {
      for (auto& entry : lanes_)
        entry.second->clamp_clock(context(now));
    }
  }
  last_reading_ = now;
}

void Dispatcher::close_ticket() {
  if (!effects_.has_records()) return;
  Ticket ticket;
  ticket.records = effects_.updates.size();
  for (const auto& update : effects_.updates) {
    auto& recorded = ticket.lanes[update.service];
    ++recorded.updates;
    if (update.progress.state == core::DeliveryState::kDelivered) continue;
    recorded.keys.push_back(update.key);
  }
  for (const auto& record : effects_.circuits)
    ++ticket.lanes[record.service].circuits;
  effects_.ticket = ++last_ticket_;
  unrecorded_ += ticket.records;
  tickets_.emplace(effects_.ticket, std::move(ticket));
}

std::optional<SteadyTime> Dispatcher::next_wakeup() const {
  auto next = stopping_ ? std::nullopt : enricher_.next_query();
  if (timers_.empty()) return next;
  const auto timer = timers_.begin()->first;
  return std::min(next.value_or(timer), timer);
}

std::unordered_map<core::ServiceId, LaneSnapshot> Dispatcher::snapshot(Now now) const {
  std::unordered_map<core::ServiceId, LaneSnapshot> lanes;
  for (const auto& [id, lane] : lanes_) {
    const auto& circuit = lane->circuit();
    auto& shown = lanes[id];
    shown.circuit = circuit.state();
    shown.failure_count = circuit.failure_count();
    shown.retry_in = circuit.retry_in(now);
    shown.in_flight = lane->in_flight();
    shown.loaded = lane->loaded();
    shown.oldest = lane->oldest();
    shown.enriching = lane->enriching();
    shown.tally = lane->tally();
    shown.history = lane->history();
  }
  for (const auto& [id, call] : calls_) {
    const auto* key = std::get_if<core::DeliveryKey>(&call.who);
    if (key) lanes.at(call.service).sending.push_back(*key);
  }
  return lanes;
}

}  // namespace mih::delivery
