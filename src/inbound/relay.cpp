#include "inbound/relay.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/crash_point.hpp"
#include "core/inbound_letter.hpp"

namespace mih::inbound {
namespace {

using engine::InboundLine;

/// Messages of a service in memory, at most twice as many.
constexpr std::size_t kWindow = 1000;
/// What has no site, or cannot be read, is looked at again after so long.
constexpr std::chrono::seconds kPutOff{2};
constexpr std::chrono::seconds kLongestRest{60};

}  // namespace

Relay::~Relay() {
  stop();
}

Result<void> Relay::start() {
  auto figures = parts_.reader.inbound_figures();
  if (!figures) return fail(figures);
  for (const auto& [service, own] : *figures)
    lines_[service];
  thread_ = std::thread([this] { loop(); });
  return {};
}

void Relay::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Relay::notify(core::ServiceId service) {
  {
    const std::lock_guard lock(mutex_);
    lines_[service].more = true;
    woken_ = true;
  }
  changed_.notify_all();
}

void Relay::notify_all() {
  {
    const std::lock_guard lock(mutex_);
    all_changed_ = true;
    woken_ = true;
  }
  changed_.notify_all();
}

void Relay::loop() {
  Lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    const auto next = work(lock);
    const auto now = parts_.clock.now().steady;
    const auto rest = std::min<std::chrono::nanoseconds>(
        next ? std::max<std::chrono::nanoseconds>(*next - now, {}) : kLongestRest, kLongestRest);
    changed_.wait_for(lock, rest, [&] { return stopping_ || woken_; });
  }
}

std::optional<SteadyTime> Relay::work(Lock& lock) {
  if (std::exchange(all_changed_, false)) {
    lock.unlock();
    const auto figures = parts_.reader.inbound_figures();
    lock.lock();
    all_changed_ = all_changed_ || !figures;
    if (figures) {
      for (const auto& [service, own] : *figures)
        lines_[service].more = true;
    }
  }
  std::optional<SteadyTime> next;
  // Lines are added meanwhile, but never removed.
  for (auto& [service, line] : lines_) {
    if (line.more && line.waiting.size() < kWindow) load(service, line, lock);
    give_up_old(service, line, lock);
    while (!stopping_) {
      const auto seq = line.waiting.start(parts_.clock.now().steady);
      if (!seq) break;
      hand_over(service, *seq, lock);
    }
    auto due = line.waiting.next();
    if (line.more && line.waiting.size() < kWindow) due = parts_.clock.now().steady + kPutOff;
    if (due && (!next || *due < *next)) next = due;
  }
  if (all_changed_) next = parts_.clock.now().steady + kPutOff;
  return next;
}

void Relay::load(core::ServiceId service, Line& line, Lock& lock) {
  line.more = false;
  const auto after = line.last;
  lock.unlock();
  const auto rows = parts_.reader.inbound_rows(service, after, kWindow);
  const auto now = parts_.clock.now().steady;
  lock.lock();
  if (!rows) {
    line.more = true;
    return;
  }
  for (const auto& row : *rows) {
    line.waiting.add(row.seq, row.received, now);
    line.last = row.seq;
  }
  if (rows->size() == kWindow) line.more = true;
}

std::optional<core::InboundMessage> Relay::read(core::ServiceId service, core::InboundSeq seq) {
  auto message = parts_.reader.inbound_message(seq);
  if (!message) {
    put_off(service, seq, message.error().detail);
    return std::nullopt;
  }
  if (!*message) on_kept(service, seq);
  return std::move(*message);
}

void Relay::hand_over(core::ServiceId service, core::InboundSeq seq, Lock& lock) {
  lock.unlock();
  if (auto message = read(service, seq)) {
    const auto owner = parts_.catalog()->service(service);
    const auto sites = parts_.sites();
    const auto started = parts_.clock.now().steady;
    if (!owner) {
      end(service, seq, *message, {.why = "its service was deleted"});
    } else if (const auto site = engine::inbound_site(*owner, sites); !site) {
      put_off(service, seq, site.error());
    } else {
      message->service_name = owner->name;
      auto shared = std::make_shared<const core::InboundMessage>(std::move(*message));
      auto handed = *shared;
      handed.body = engine::inbound_payload(std::move(handed.body));
      parts_.deliver(*site, handed,
                     [this, service, seq, shared,
                      started](const std::expected<void, core::SiteFailure>& answer) {
                       on_answer(service, seq, *shared, started, answer);
                     });
    }
  }
  lock.lock();
}

void Relay::give_up_old(core::ServiceId service, Line& line, Lock& lock) {
  const auto expired = line.waiting.expire(parts_.clock.now().wall);
  if (expired.empty()) return;
  const auto why = fmt::format("Moodle did not take it within {} hours: {}",
                               engine::kInboundMaxAge.count(), line.waiting.last_failure());
  for (const auto seq : expired) {
    lock.unlock();
    if (auto message = read(service, seq)) end(service, seq, *message, {.why = why});
    lock.lock();
  }
}

void Relay::on_answer(core::ServiceId service, core::InboundSeq seq,
                      const core::InboundMessage& message, SteadyTime started,
                      const std::expected<void, core::SiteFailure>& answer) {
  const auto now = parts_.clock.now();
  InboundLine::Failure failure;
  failure.latency = std::chrono::duration_cast<std::chrono::milliseconds>(now.steady - started);
  if (answer) {
    crash_point(CrashPoint::kHandedOver);
    failure.tried = true;
    failure.http_status = 200;
    return end(service, seq, message, failure);
  }
  failure.why = answer.error().why;
  failure.tried = answer.error().tried;
  failure.http_status = answer.error().http_status;
  if (answer.error().kind == core::SiteFailure::Kind::kRefused) {
    return end(service, seq, message, failure);
  }
  failure.retry_at = answer.error().retry_at;
  {
    const std::lock_guard lock(mutex_);
    lines_[service].waiting.failed(seq, failure, now);
    woken_ = true;
  }
  changed_.notify_all();
}

void Relay::put_off(core::ServiceId service, core::InboundSeq seq, std::string why) {
  const auto now = parts_.clock.now();
  const std::lock_guard lock(mutex_);
  InboundLine::Failure failure;
  failure.why = std::move(why);
  failure.retry_at = now.steady + kPutOff;
  lines_[service].waiting.failed(seq, failure, now);
}

void Relay::end(core::ServiceId service, core::InboundSeq seq, const core::InboundMessage& message,
                const InboundLine::Failure& last) {
  const auto now = parts_.clock.now().wall;
  std::vector<core::Attempt> attempts;
  {
    const std::lock_guard lock(mutex_);
    auto& line = lines_[service].waiting;
    if (last.tried) line.attempted(seq, last, now);
    attempts = line.attempts(seq);
  }
  auto place = core::place_of(message);
  store::CallRecord record;
  record.service = service;
  record.kind = store::CallKind::kInbound;
  record.inbound = true;
  record.endpoint = std::move(place.address);
  record.http_method = place.method;
  record.http_status = last.http_status;
  record.latency = last.latency;
  record.attempt_count = attempts.empty() ? 0 : attempts.back().n;
  record.success = last.why.empty();
  record.error_message = last.why;
  record.eventname = core::kWebhookReceived;
  record.delivery_id = message.id;
  record.time = now;
  store::InboundOutcome outcome{seq, nullptr};
  if (!last.why.empty()) {
    auto letter = core::inbound_letter(message, last.why);
    letter.http_status = last.http_status;
    letter.attempts = std::move(attempts);
    letter.created = now;
    outcome.letter = std::make_unique<core::DeadLetter>(std::move(letter));
    parts_.report(fmt::format("message {} of service {} became a dead letter: {}", message.id,
                              message.service_name, last.why));
  }
  parts_.writer.record_inbound(std::move(outcome), std::move(record),
                               [this, service, seq] { on_kept(service, seq); });
}

void Relay::on_kept(core::ServiceId service, core::InboundSeq seq) {
  {
    const std::lock_guard lock(mutex_);
    lines_[service].waiting.ended(seq);
    woken_ = true;
  }
  changed_.notify_all();
}

}  // namespace mih::inbound
