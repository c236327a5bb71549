#include "simulation/circuit_model.hpp"

#include <algorithm>

namespace mih::simulation {

using core::CircuitState;
using std::chrono::seconds;

void CircuitModel::restore(const core::CircuitRecord& record, const core::Service& service,
                           Now now) {
  *this = {};
  state_ = record.state;
  count_ = record.failure_count;
  const auto left = std::clamp<WallTime::duration>(record.cooldown_end - now.wall, seconds{0},
                                                   service.cb_cooldown);
  cooldown_end_ = now.steady + left;
}

std::string CircuitModel::objection(SteadyTime now) const {
  if (state_ == CircuitState::kOpen) return "the circuit is open";
  if (state_ == CircuitState::kHalfopen && probe_freed_ && now < *probe_freed_) {
    return "a probe is in flight";
  }
  return "";
}

bool CircuitModel::half_open(SteadyTime now) {
  if (state_ != CircuitState::kOpen || now < cooldown_end_) return false;
  change(CircuitState::kHalfopen);
  return true;
}

Pass CircuitModel::start(const core::Service& service, SteadyTime now) {
  if (closed()) return {era_, 0};
  probe_freed_ = now + service.timeout + seconds{1};
  return {era_, ++last_probe_};
}

bool CircuitModel::finish(Pass pass, Effect effect, const core::Service& service, SteadyTime now,
                          bool shown_closed) {
  if (is_late(pass) || (pass.probe != 0 && pass.probe != last_probe_)) return false;
  if (pass.probe != 0) {
    probe_freed_.reset();
    if (effect == Effect::kSuccess) close();
    if (effect == Effect::kFailure) {
      ++count_;
      open(service, now);
    }
    return effect != Effect::kNeither;
  }
  if (effect == Effect::kNeither) return false;
  if (service.cb_mode == core::CircuitMode::kRate) {
    window_.push_back({now, effect == Effect::kFailure});
    widest_step_ = std::max<std::chrono::nanoseconds>(widest_step_, service.cb_window / 10);
    unsure_until_ = std::max(unsure_until_, now - service.cb_window + widest_step_);
  }
  if (effect == Effect::kFailure) {
    count_failure(service, now, shown_closed);
    return true;
  }
  return std::exchange(count_, 0) != 0;
}

void CircuitModel::count_failure(const core::Service& service, SteadyTime now, bool shown_closed) {
  ++count_;
  if (service.cb_failure_threshold == 0) return;
  const bool opens = service.cb_mode == core::CircuitMode::kConsecutive
                         ? count_ >= service.cb_failure_threshold
                         : share_exceeded(service, now, shown_closed);
  if (opens) open(service, now);
}

/// The window slides in ten steps, so what counts begins between 0.9 and 1 window ago.
bool CircuitModel::share_exceeded(const core::Service& service, SteadyTime now, bool shown_closed) {
  const auto earliest = now - service.cb_window;
  std::erase_if(window_, [&](const Call& call) { return call.ended < earliest; });
  bool always = true;
  bool sometimes = false;
  for (auto from = window_.begin(); from != window_.end(); ++from) {
    const auto failures =
        std::count_if(from, window_.end(), [](auto& call) { return call.failed; });
    const auto calls = window_.end() - from;
    const bool exceeded =
        calls >= service.cb_min_calls &&
        static_cast<double>(failures) >= service.cb_rate * static_cast<double>(calls);
    always = always && exceeded;
    sometimes = sometimes || exceeded;
    if (from->ended > unsure_until_) break;
  }
  return always || (sometimes && !shown_closed);
}

void CircuitModel::trip(const core::Service& service, SteadyTime now) {
  if (closed()) open(service, now);
}

bool CircuitModel::reset() {
  forget_window();
  if (closed() && count_ == 0) return false;
  close();
  return true;
}

bool CircuitModel::clamp(const core::Service& service, SteadyTime now) {
  const auto latest = now + service.cb_cooldown;
  if (state_ != CircuitState::kOpen || cooldown_end_ <= latest) return false;
  cooldown_end_ = latest;
  return true;
}

void CircuitModel::open(const core::Service& service, SteadyTime now) {
  cooldown_end_ = now + service.cb_cooldown;
  change(CircuitState::kOpen);
}

void CircuitModel::close() {
  just_closed_ = just_closed_ || !closed();
  count_ = 0;
  forget_window();
  change(CircuitState::kClosed);
}

void CircuitModel::forget_window() {
  window_.clear();
  widest_step_ = {};
  unsure_until_ = {};
}

void CircuitModel::change(CircuitState state) {
  state_ = state;
  probe_freed_.reset();
  ++era_;
}

}  // namespace mih::simulation
