#include "app/alert_monitor.hpp"

#include <algorithm>
#include <memory>
#include <spdlog/spdlog.h>
#include <utility>

namespace mih::app {
namespace {

constexpr std::chrono::seconds kInterval{2};

void log(const engine::AlertChange& change) {
  const auto kind = core::name_of(change.alert.kind);
  if (change.what == engine::AlertChange::What::kRaised) {
    spdlog::warn("alert {} raised: {}", kind, change.alert.message);
  } else {
    spdlog::info("alert {} cleared: {}", kind,
                 change.alert.service ? change.alert.service_name
                 : change.alert.site  ? change.alert.site_name
                                      : "the hub itself");
  }
}

}  // namespace

AlertMonitor::AlertMonitor(Parts parts, std::vector<core::Alert> kept)
    : parts_(std::move(parts)),
      alerts_(kept),
      kept_(std::move(kept)),
      started_(parts_.clock.now().wall),
      raised_(alerts_.raised()),
      thread_([this] { loop(); }) {}

AlertMonitor::~AlertMonitor() {
  stop();
}

void AlertMonitor::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::vector<core::Alert> AlertMonitor::raised() const {
  const std::lock_guard lock(mutex_);
  return raised_;
}

void AlertMonitor::loop() {
  while (rest())
    look();
}

bool AlertMonitor::rest() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kInterval, [&] { return stopping_; });
  return !stopping_;
}

template <class T, class Start>
std::optional<T> AlertMonitor::wait_for(Start start) {
  auto place = std::make_shared<std::optional<T>>();  // an answer may come after the end
  start([this, place](T value) {
    {
      const std::lock_guard lock(mutex_);
      *place = std::move(value);
    }
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_ || place->has_value(); });
  return std::exchange(*place, std::nullopt);
}

void AlertMonitor::look() {
  const auto lanes = ask_lanes();
  if (!lanes) return;
  const auto readings = read(*lanes);
  if (!readings) return;
  const auto open_for = parts_.registry.settings().alert_open_s;
  for (auto& change : alerts_.update(*readings, open_for, parts_.clock.now().wall)) {
    log(change);
    parts_.changed(change);
    untold_.push_back(std::move(change));
  }
  {
    const std::lock_guard lock(mutex_);
    raised_ = alerts_.raised();
  }
  if (note() && tell()) keep(alerts_.all());
}

std::optional<AlertMonitor::Lanes> AlertMonitor::ask_lanes() {
  return wait_for<Lanes>([&](auto answer) {
    parts_.worker.post([answer = std::move(answer)](delivery::Dispatcher& dispatcher, Now now) {
      answer(dispatcher.snapshot(now));
    });
  });
}

std::optional<engine::AlertReadings> AlertMonitor::read(const Lanes& lanes) {
  // What cannot be read now is looked at again in a moment.
  const auto letters = parts_.reader.dead_letter_figures();
  if (!letters) return std::nullopt;
  const auto inbound = parts_.reader.inbound_figures();
  if (!inbound) return std::nullopt;
  engine::AlertReadings readings;
  readings.free_disk = parts_.free_disk();
  readings.min_free_disk = parts_.min_free_disk;
  for (const auto& service : parts_.registry.catalog()->services()) {
    engine::ServiceReading reading;
    reading.service = service->id;
    reading.name = service->name;
    if (const auto lane = lanes.find(service->id); lane != lanes.end()) {
      reading.circuit_open = lane->second.circuit != core::CircuitState::kClosed;
      reading.backlog_known = lane->second.loaded;
      reading.oldest = lane->second.oldest;
    }
    if (const auto own = letters->find(service->name); own != letters->end()) {
      reading.dead_letters = own->second.letters;
      reading.newest_dead_letter = own->second.newest;
      reading.newest_overflow = own->second.newest_overflow;
    }
    if (const auto own = inbound->find(service->id); own != inbound->end()) {
      reading.oldest_inbound = own->second.oldest;
    }
    reading.response_queue = parts_.queues.of(service->id);
    readings.services.push_back(std::move(reading));
  }
  for (auto& site : parts_.sites.sites()) {
    if (!site.is_connected()) continue;
    readings.sites.push_back({site.id, std::move(site.name), site.last_seen, site.outbox_rows});
  }
  readings.listening_since = started_;
  return readings;
}

bool AlertMonitor::note() {
  auto noted = kept_;
  for (const auto& change : untold_) {
    const auto& alert = change.alert;
    const bool known = std::ranges::any_of(
        noted, [&](const core::Alert& item) { return item.is_about_the_same_as(alert); });
    if (known || change.what == engine::AlertChange::What::kCleared) continue;
    noted.push_back(alert);
    noted.back().raised = false;
  }
  return keep(noted);
}

bool AlertMonitor::tell() {
  if (untold_.empty()) return true;
  std::vector<ingest::Announcement> announcements;
  for (const auto& change : untold_) {
    announcements.push_back(
        {engine::alert_event(change, parts_.clock.now().wall), change.alert.service});
  }
  const auto told = wait_for<bool>([&](auto answer) {
    parts_.intake.announce(
        announcements, [answer = std::move(answer)](const Result<ingest::Answer>& taken) mutable {
          answer(taken.has_value());
        });
  });
  if (!told || !*told) return false;
  untold_.clear();
  return true;
}

bool AlertMonitor::keep(const std::vector<core::Alert>& alerts) {
  if (alerts == kept_) return true;
  const auto saved = wait_for<bool>([&](auto answer) {
    parts_.writer.run([alerts, answer = std::move(answer)](store::Store& store) {
      answer(store.save_alerts(alerts).has_value());
    });
  });
  if (!saved || !*saved) return false;
  kept_ = alerts;
  return true;
}

}  // namespace mih::app
