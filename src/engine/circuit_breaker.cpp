#include "engine/circuit_breaker.hpp"

#include <algorithm>
#include <utility>

namespace mih::engine {
namespace {

using core::CircuitState;

/// A probe that has not ended by then is given up as far as the circuit is concerned.
constexpr std::chrono::seconds kProbeGrace{1};

constexpr int kSlices = 10;

}  // namespace

CircuitBreaker::CircuitBreaker(const core::CircuitRecord& record, const core::Service& service,
                               Now now)
    : record_(record) {
  record_.service = service.id;
  cooldown_end_ = now.steady + std::max<WallTime::duration>(record.cooldown_end - now.wall,
                                                            WallTime::duration{0});
  clamp(service, now);
}

void CircuitBreaker::clamp(const core::Service& service, Now now) {
  const auto latest = now.steady + service.cb_cooldown;
  if (record_.state != CircuitState::kOpen || cooldown_end_ <= latest) return;
  cooldown_end_ = latest;
  record_.cooldown_end = now.wall + service.cb_cooldown;
  changed_ = true;
}

std::optional<CircuitBreaker::Permit> CircuitBreaker::acquire(const core::Service& service,
                                                              Now now) {
  if (record_.state == CircuitState::kClosed) return Permit{era_, 0, false};
  if (record_.state == CircuitState::kOpen && !half_open(now)) return std::nullopt;
  if (probe_deadline_ && now.steady < *probe_deadline_) return std::nullopt;
  probe_deadline_ = now.steady + service.timeout + kProbeGrace;
  return Permit{era_, ++probe_number_, true};
}

bool CircuitBreaker::half_open(Now now) {
  if (record_.state != CircuitState::kOpen || now.steady < cooldown_end_) return false;
  change(CircuitState::kHalfopen, now);
  return true;
}

void CircuitBreaker::finish(Permit permit, CircuitEffect effect, const core::Service& service,
                            Now now) {
  if (permit.era != era_ || permit.number != (permit.probe ? probe_number_ : 0)) return;
  if (permit.probe) {
    probe_deadline_.reset();
    if (effect == CircuitEffect::kSuccess) close(now);
    if (effect == CircuitEffect::kFailure) {
      record_.last_failure = now.wall;
      ++record_.failure_count;
      open(service, now);
    }
    return;
  }
  if (effect == CircuitEffect::kNeither) return;
  note(service, effect == CircuitEffect::kFailure, now);
  if (effect == CircuitEffect::kFailure) {
    count_failure(service, now);
  } else if (record_.failure_count != 0) {
    record_.failure_count = 0;
    record_.modified = now.wall;
    changed_ = true;
  }
}

void CircuitBreaker::count_failure(const core::Service& service, Now now) {
  ++record_.failure_count;
  record_.last_failure = now.wall;
  record_.modified = now.wall;
  changed_ = true;
  if (service.cb_failure_threshold == 0) return;
  const bool opens = service.cb_mode == core::CircuitMode::kConsecutive
                         ? record_.failure_count >= service.cb_failure_threshold
                         : rate_exceeded(service);
  if (opens) open(service, now);
}

void CircuitBreaker::note(const core::Service& service, bool failed, Now now) {
  if (service.cb_mode != core::CircuitMode::kRate) return;
  std::erase_if(slices_,
                [&](const Slice& slice) { return slice.begin <= now.steady - service.cb_window; });
  if (slices_.empty() || now.steady - slices_.back().begin >= service.cb_window / kSlices) {
    slices_.push_back({now.steady, 0, 0});
  }
  ++slices_.back().calls;
  slices_.back().failures += failed ? 1 : 0;
}

bool CircuitBreaker::rate_exceeded(const core::Service& service) const {
  std::int64_t calls = 0;
  std::int64_t failures = 0;
  for (const auto& slice : slices_) {
    calls += slice.calls;
    failures += slice.failures;
  }
  return calls >= service.cb_min_calls &&
         static_cast<double>(failures) >= service.cb_rate * static_cast<double>(calls);
}

void CircuitBreaker::trip(const core::Service& service, Now now) {
  if (closed()) open(service, now);
}

void CircuitBreaker::reset(Now now) {
  slices_.clear();
  if (closed() && record_.failure_count == 0) return;
  close(now);
}

void CircuitBreaker::open(const core::Service& service, Now now) {
  cooldown_end_ = now.steady + service.cb_cooldown;
  record_.cooldown_end = now.wall + service.cb_cooldown;
  change(CircuitState::kOpen, now);
}

void CircuitBreaker::close(Now now) {
  just_closed_ = just_closed_ || !closed();
  record_.failure_count = 0;
  slices_.clear();
  change(CircuitState::kClosed, now);
}

void CircuitBreaker::change(CircuitState state, Now now) {
  record_.state = state;
  record_.modified = now.wall;
  probe_deadline_.reset();
  ++era_;
  changed_ = true;
}

std::optional<SteadyTime> CircuitBreaker::opens_for_probe_at(Now now) const {
  if (record_.state == CircuitState::kOpen && cooldown_end_ > now.steady) return cooldown_end_;
  if (record_.state == CircuitState::kHalfopen) return probe_deadline_;
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> CircuitBreaker::retry_in(Now now) const {
  if (record_.state != CircuitState::kOpen) return std::nullopt;
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(cooldown_end_ - now.steady),
                  std::chrono::milliseconds{0});
}

bool CircuitBreaker::take_changed() {
  return std::exchange(changed_, false);
}
bool CircuitBreaker::take_just_closed() {
  return std::exchange(just_closed_, false);
}

}  // namespace mih::engine
