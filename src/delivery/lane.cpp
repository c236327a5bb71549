#include "delivery/lane.hpp"

#include <algorithm>
#include <utility>

#include "engine/render.hpp"
#include "engine/retry_plan.hpp"

namespace mih::delivery {
namespace {

using core::DeadReason;
using std::chrono::milliseconds;

constexpr milliseconds kExpiryTick{1000};
constexpr milliseconds kLoadRetry{1000};  ///< after the store could not be read

}  // namespace

Lane::Lane(core::ServiceId service, const core::CircuitRecord& record,
           const core::Service& settings, bool after_restart, Now now)
    : service_(service), circuit_(record, settings, now), limit_(settings.max_concurrency) {
  if (after_restart) rate_.start_empty(settings.rate_limit, now.steady);
}

void Lane::remember(core::LaneHistory::Changes changes, const core::CircuitRecord& record) {
  history_.changes = std::move(changes);
  history_.note_circuit(record.state, record.modified);  // a store of before has no changes
  if (!record.last_error.empty()) history_.failure = {record.last_failure, record.last_error};
}

void Lane::add(core::Delivery delivery, const Context& context) {
  last_key_ = std::max(last_key_, delivery.key);
  if (spilled_) came_while_spilled_.insert(delivery.key);
  queue_.add(std::move(delivery), context.now.steady, false);
}

void Lane::add_loaded(store::Window window, const Context& context) {
  loading_ = false;
  const auto ended = std::exchange(ended_while_loading_, {});
  if (window.drained) {
    spilled_ = false;
  } else if (window.deliveries.empty()) {
    load_not_before_ = context.now.steady + kLoadRetry;
    return;
  }
  for (auto& delivery : window.deliveries) {
    const bool tried = !delivery.progress.attempts.empty();
    if (came_while_spilled_.contains(delivery.key)) continue;
    if (!tried) last_key_ = std::max(last_key_, delivery.key);
    if (ended.contains(delivery.key)) continue;
    const auto wait = engine::persisted_wait(delivery.progress, context.now.wall);
    if (delivery.progress.asked_wait.count() > 0) pause(wait, context);
    queue_.add(std::move(delivery), context.now.steady + wait, !caught_up_);
  }
  loaded_once_ = true;
  if (!spilled_) came_while_spilled_.clear();
  caught_up_ = caught_up_ || window.drained;
  drop_orphans(context);
}

std::optional<Started> Lane::start_next(const Context& context, std::size_t window) {
  const auto settings = context.catalog.service(service_);
  if (!settings) {
    end_all(DeadReason::kServiceDeleted, "The service was deleted.", context);
    request_more(context, window);
    return std::nullopt;
  }
  expire_parked(*settings, context);
  auto started = start_call(*settings, context);
  if (!started) started = start_delivery(settings, context);
  request_more(context, window);
  return started;
}

std::optional<Started> Lane::start_delivery(const std::shared_ptr<const core::Service>& settings,
                                            const Context& context) {
  if (!settings->enabled || settings->paused) return std::nullopt;
  while (obstacle(*settings, context) == Obstacle::kNone) {
    Item* item = queue_.next(context.now.steady);
    if (!item) break;
    const auto rule = context.catalog.rule(item->delivery.rule);
    if (is_orphan(*item, context)) {
      bury(*item, DeadReason::kRuleDeleted, "The rule was deleted.", nullptr, context);
      continue;
    }
    item->rule = rule;
    if (!enrich(*item, context)) {
      queue_.enrich(*item);
      continue;
    }
    if (half_open(context)) break;
    item->started = context.now.wall;
    item->attempt = core::count_of(item->delivery.progress.attempts) + 1;
    auto request = render(*item, settings, context);
    if (!request) continue;
    const auto permit = circuit_.acquire(*settings, context.now);
    if (!permit) break;
    item->permit = *permit;
    item->owed_attempt = false;
    item->mark_at_start = successes_;
    if (item->attempt == 1) item->success_mark = successes_;
    queue_.start(*item);
    return begin({item->delivery.key, std::move(*request)});
  }
  return std::nullopt;
}

bool Lane::half_open(const Context& context) {
  if (!circuit_.half_open(context.now)) return false;
  record_circuit(context);
  return true;
}

Started Lane::begin(Started started) {
  rate_.take();
  ++in_flight_;
  return started;
}

Lane::Obstacle Lane::obstacle(const core::Service& settings, const Context& context) {
  rate_.set_rate(settings.rate_limit, context.now.steady);
  if (circuit_commits_ > 0) return Obstacle::kCommit;
  const auto probe_at = circuit_.opens_for_probe_at(context.now);
  if (probe_at && *probe_at > context.now.steady) return Obstacle::kCircuit;
  if (circuit_.take_just_closed()) limit_ = 1;
  if (in_flight_ >= std::min(limit_, settings.max_concurrency)) return Obstacle::kSlots;
  const bool allowed = context.now.steady >= paused_until_ && rate_.available(context.now.steady);
  return allowed ? Obstacle::kNone : Obstacle::kRate;
}

std::optional<core::Request> Lane::render(Item& item, std::shared_ptr<const core::Service> settings,
                                          const Context& context) {
  const auto& event = *item.delivery.event;
  if (item.id.empty()) item.id = core::delivery_id(event.site, event.id, item.delivery.rule);
  if (item.enrichment) item.enrichment->sent = item.enrichment->found;
  auto rendered =
      engine::render_attempt(item.delivery, item.rule.get(), settings, item.id, item.attempt,
                             item.started, context.scratch, {enrichment_of(item), &context.sites});
  item.service = std::move(settings);
  if (!rendered) {
    const bool loop = rendered.error().code == ErrorCode::kLoop;
    bury(item, loop ? DeadReason::kLoop : DeadReason::kTemplate, std::move(rendered.error().detail),
         nullptr, context);
    return std::nullopt;
  }
  item.method = rendered->method;
  item.url = rendered->url;
  return std::move(*rendered);
}

void Lane::request_more(const Context& context, std::size_t window) {
  // As many more may wait for people and courses, so that they keep no others out.
  const auto taken = queue_.size() - std::min(queue_.enriching(), window);
  if (!spilled_ && taken > window) {
    spilled_ = true;
    context.effects.spills.push_back(service_);
  }
  if (!spilled_ || loading_ || taken > window / 2) return;
  if (context.now.steady < load_not_before_) return;
  loading_ = true;
  const auto after = loaded_once_ ? std::optional{last_key_} : std::nullopt;
  context.effects.loads.push_back({service_, after, window - taken});
}

bool Lane::is_too_old(const Item& item, const core::Service& settings, Now now) const {
  return settings.max_age.count() > 0 && !item.owed_attempt &&
         now.wall - item.delivery.event->accepted > settings.max_age;
}

void Lane::expire_parked(const core::Service& settings, const Context& context) {
  const bool parked = !circuit_.closed() || settings.paused || !settings.enabled;
  const bool some_parked = parked || queue_.enriching() > 0;
  if (!some_parked || settings.max_age.count() == 0 || context.now.steady < next_expiry_check_)
    return;
  next_expiry_check_ = context.now.steady + kExpiryTick;
  std::vector<Item*> expired;
  queue_.each([&](Item& item) {
    const bool busy = item.stage == Stage::kSending || item.stage == Stage::kRecording;
    const bool waits = parked || item.stage == Stage::kEnriching;
    if (!busy && waits && is_too_old(item, settings, context.now)) expired.push_back(&item);
  });
  for (Item* item : expired) {
    bury(*item, DeadReason::kExpired,
         parked ? "Older than max_age while the service could not be used."
                : "Older than max_age while its site could not be asked for people and courses.",
         nullptr, context);
  }
}

void Lane::end_all(DeadReason reason, const std::string& error, const Context& context) {
  std::vector<Item*> ended;
  queue_.each([&](Item& item) {
    if (item.stage != Stage::kSending && item.stage != Stage::kRecording) ended.push_back(&item);
  });
  for (Item* item : ended)
    bury(*item, reason, error, nullptr, context);
}

bool Lane::is_orphan(const Item& item, const Context& context) {
  return item.delivery.needs_rule() && !context.catalog.rule(item.delivery.rule);
}

void Lane::drop_orphans(const Context& context) {
  std::vector<Item*> orphans;
  queue_.each([&](Item& item) {
    const bool busy = item.stage == Stage::kSending || item.stage == Stage::kRecording;
    if (!busy && is_orphan(item, context)) orphans.push_back(&item);
  });
  for (Item* item : orphans) {
    bury(*item, DeadReason::kRuleDeleted, "The rule was deleted.", nullptr, context);
  }
}

bool Lane::has_loaded(const core::Delivery& pending) const {
  if (!spilled_) return true;
  if (!loaded_once_) return false;
  return !pending.progress.attempts.empty() || pending.key <= last_key_;
}

bool Lane::end_unloaded(core::Delivery pending, DeadReason reason, std::string error,
                        const Context& context) {
  if (has_loaded(pending) || ended_while_loading_.contains(pending.key)) return false;
  if (!ending_unloaded_.insert(pending.key).second) return false;
  if (loading_) ended_while_loading_.insert(pending.key);
  Item item;
  item.delivery = std::move(pending);
  record_death(item, reason, std::move(error), nullptr, context);
  return true;
}

void Lane::record_circuit(const Context& context) {
  if (!circuit_.take_changed()) return;
  ++circuit_commits_;
  auto& record = context.effects.circuits.emplace_back(circuit_.record());
  if (history_.failure) record.last_error = history_.failure->error;
  history_.note_circuit(record.state, context.now.wall);
}

void Lane::on_recorded(const Recorded& recorded, const Context& context) {
  unrecorded_ -= recorded.updates;
  for (const auto key : recorded.keys) {
    ending_unloaded_.erase(key);
    Item* item = queue_.find(key);
    if (!item || item->stage != Stage::kRecording) continue;
    if (item->ended) {
      queue_.finish(*item, context.now.steady);
    } else if (is_orphan(*item, context)) {
      bury(*item, DeadReason::kRuleDeleted, "The rule was deleted.", nullptr, context);
    } else {
      queue_.wait(*item, std::max(item->due, context.now.steady));
    }
  }
  circuit_commits_ -= recorded.circuits;
}

std::optional<SteadyTime> Lane::next_wakeup(const Context& context) {
  const auto settings = context.catalog.service(service_);
  std::optional<SteadyTime> wakeup;
  const auto at = [&](SteadyTime time) { wakeup = wakeup ? std::min(*wakeup, time) : time; };
  if (spilled_ && !loading_ && load_not_before_ > context.now.steady) at(load_not_before_);
  if (const auto deadline = calls_.next_deadline()) at(*deadline);
  if (!settings || circuit_commits_ > 0) return wakeup;
  const bool parked = !circuit_.closed() || settings->paused || !settings->enabled;
  const bool some_parked = parked ? !queue_.empty() : queue_.enriching() > 0;
  if (some_parked && settings->max_age.count() > 0) at(next_expiry_check_);
  if (in_flight_ >= std::min(limit_, settings->max_concurrency)) return wakeup;
  auto due = calls_.next_due();
  if (const auto queued = queue_.next_due(); queued && settings->enabled && !settings->paused) {
    due = due ? std::min(*due, *queued) : *queued;
  }
  if (!due) return wakeup;
  auto start = std::max(*due, paused_until_);
  if (const auto probe = circuit_.opens_for_probe_at(context.now)) start = std::max(start, *probe);
  if (!rate_.available(context.now.steady)) start = std::max(start, rate_.next());
  at(start);
  return wakeup;
}

std::optional<WallTime> Lane::oldest() const {
  std::optional<WallTime> oldest;
  queue_.each([&](const Item& item) {
    const auto accepted = item.delivery.event->accepted;
    oldest = oldest ? std::min(*oldest, accepted) : accepted;
  });
  return oldest;
}

void Lane::reset_circuit(const Context& context) {
  circuit_.reset(context.now);
  record_circuit(context);
}

void Lane::clamp_clock(const Context& context) {
  const auto settings = context.catalog.service(service_);
  if (settings) circuit_.clamp(*settings, context.now);
  record_circuit(context);
}

bool Lane::retry_now(core::DeliveryKey key, const Context& context) {
  Item* item = queue_.find(key);
  if (!item || item->stage == Stage::kSending || item->ended) return false;
  const auto due = std::min(item->due, context.now.steady);
  auto& noted = item->delivery.progress.due;
  noted = std::min(noted, context.now.wall);
  if (item->stage == Stage::kWaiting || item->stage == Stage::kReady) {
    queue_.wait(*item, due);
  } else {
    item->due = due;  // counts when its turn comes
  }
  return true;
}

bool Lane::cancel(core::DeliveryKey key, const Context& context) {
  Item* item = queue_.find(key);
  if (!item || item->stage == Stage::kSending || item->stage == Stage::kRecording) return false;
  bury(*item, DeadReason::kCancelled, "Cancelled by hand.", nullptr, context);
  return true;
}

}  // namespace mih::delivery
