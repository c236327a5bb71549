#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/service_call.hpp"
#include "store/memory/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/temporary_directory.hpp"

/// The two implementations of the store port behind one face, and short ways to fill them.
namespace mih::test {

/// A store under test, with both of its sides.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual store::Store& store() = 0;
  virtual store::Reader& reader() = 0;
  virtual store::PersonalData& personal_data() = 0;
  /// As after kill -9 and a new start.
  virtual void reopen() = 0;
};

class MemorySubject final : public Subject {
 public:
  store::Store& store() override { return store_; }
  store::Reader& reader() override { return store_; }
  store::PersonalData& personal_data() override { return store_; }
  void reopen() override { store_.restart(); }

 private:
  store::memory::MemoryStore store_;
};

class SqliteSubject final : public Subject {
 public:
  /// `max_window` as in store::sqlite::Options.
  explicit SqliteSubject(std::size_t max_window = 100'000) : max_window_(max_window) { open(); }
  store::Store& store() override { return *opened_.store; }
  store::Reader& reader() override { return *opened_.reader; }
  store::PersonalData& personal_data() override { return *opened_.personal_data; }
  void reopen() override {
    opened_ = {};
    open();
  }

 private:
  void open() {
    store::sqlite::Options options;
    options.dir = directory_.path();
    options.max_window = max_window_;
    options.sync = false;  // durability has tests of its own
    auto opened = store::sqlite::open(options);
    if (!opened) FAIL() << opened.error().detail;
    opened_ = std::move(*opened);
  }

  TemporaryDirectory directory_;
  std::size_t max_window_;
  store::sqlite::Opened opened_;
};

/// 2024-02-18T12:22:19Z and so many seconds.
inline WallTime at(std::int64_t seconds) {
  return from_unix_ms(1'708'258'939'000 + seconds * 1000);
}

/// A bulk action from its start to its end.
inline Result<core::Job> run_job(store::Store& store, core::JobKind kind, core::ReplayMode mode,
                                 const std::vector<core::DeadLetterId>& letters, WallTime now,
                                 std::vector<core::Delivery>& ready) {
  const auto id = store.add_job(kind, mode, now);
  if (!id) return std::unexpected(id.error());
  if (auto extended = store.extend_job(*id, letters); !extended) return fail(extended);
  auto job = store.start_job(*id);
  while (job && job->state == core::JobState::kRunning)
    job = store.step_job(*id, 100, now, ready);
  return job;
}

inline Result<core::Job> replay(store::Store& store, const std::vector<core::DeadLetterId>& letters,
                                WallTime now, std::vector<core::Delivery>& ready,
                                core::ReplayMode mode = core::ReplayMode::kCurrent) {
  return run_job(store, core::JobKind::kReplay, mode, letters, now, ready);
}

inline Result<core::Job> remove_letters(store::Store& store,
                                        const std::vector<core::DeadLetterId>& letters) {
  std::vector<core::Delivery> none;
  return run_job(store, core::JobKind::kDelete, core::ReplayMode::kCurrent, letters, at(0), none);
}

inline core::Service make_service(const std::string& name) {
  core::Service service;
  service.name = name;
  service.base_url = "http://127.0.0.1/" + name;
  return service;
}

inline core::Rule make_rule(const std::string& name, const core::Service& service) {
  core::Rule rule;
  rule.name = name;
  rule.eventname = "\\core\\event\\user_created";
  rule.service = service.id;
  rule.service_name = service.name;
  return rule;
}

inline store::EventEntry make_entry(const std::string& id, WallTime time,
                                    std::vector<core::FanOut> fan_out) {
  auto event = std::make_shared<core::Event>();
  event->site = "default";
  event->id = id;
  event->name = "\\core\\event\\user_created";
  event->body = R"({"eventname":"\\core\\event\\user_created","id":")" + id + "\"}";
  event->accepted = time;
  store::EventEntry entry;
  entry.event = std::move(event);
  entry.fan_out = std::move(fan_out);
  return entry;
}

inline core::Attempt make_attempt(int n, WallTime time, int http_status) {
  core::Attempt attempt;
  attempt.n = n;
  attempt.time = time;
  attempt.latency = std::chrono::milliseconds{12};
  attempt.http_status = http_status;
  if (http_status >= 300) attempt.error = "HTTP " + std::to_string(http_status);
  return attempt;
}

inline store::DeliveryUpdate make_update(const core::Delivery& delivery,
                                         core::DeliveryState state) {
  store::DeliveryUpdate update;
  update.key = delivery.key;
  update.rule = delivery.rule;
  update.service = delivery.service;
  update.progress = delivery.progress;
  update.progress.state = state;
  update.replay_of = delivery.replay_of;
  return update;
}

inline store::DeliveryUpdate delivered(const core::Delivery& delivery, WallTime time) {
  auto update = make_update(delivery, core::DeliveryState::kDelivered);
  auto& attempts = update.progress.attempts;
  attempts.push_back(make_attempt(static_cast<int>(attempts.size()) + 1, time, 200));
  return update;
}

inline store::DeliveryUpdate retrying(const core::Delivery& delivery, WallTime time) {
  auto update = make_update(delivery, core::DeliveryState::kRetrying);
  auto& attempts = update.progress.attempts;
  attempts.push_back(make_attempt(static_cast<int>(attempts.size()) + 1, time, 500));
  update.progress.counted_attempts = static_cast<int>(attempts.size());
  update.progress.due = time + std::chrono::seconds{1};
  return update;
}

inline store::DeliveryUpdate dead(const core::Delivery& delivery, WallTime time) {
  auto update = retrying(delivery, time);
  update.progress.state = core::DeliveryState::kDead;
  update.progress.due = {};
  auto letter = std::make_unique<core::DeadLetter>();
  letter->key = delivery.key;
  letter->delivery_id = core::delivery_id(delivery.event->site, delivery.event->id, delivery.rule);
  letter->reason = core::DeadReason::kExhausted;
  letter->event = delivery.event;
  letter->rule = delivery.rule;
  letter->rule_name = "rule";
  letter->service = delivery.service;
  letter->service_name = "service";
  letter->method = "POST";
  letter->url = "http://127.0.0.1/contacts";
  letter->headers = {{"Content-Type", "application/json"}};
  letter->payload = R"({"id": 5})";
  letter->error_message = "HTTP 500";
  letter->http_status = 500;
  letter->response = "oops";
  letter->attempts = update.progress.attempts;
  letter->created = time;
  update.letter = std::move(letter);
  return update;
}

inline store::CallRecord make_call(core::ServiceId service, WallTime time, bool success) {
  store::CallRecord call;
  call.service = service;
  call.endpoint = "http://127.0.0.1/contacts";
  call.http_method = "POST";
  call.http_status = success ? 200 : 500;
  call.latency = std::chrono::milliseconds{12};
  call.success = success;
  call.error_message = success ? "" : "HTTP 500";
  call.eventname = "\\core\\event\\user_created";
  call.delivery_id = "d_1";
  call.time = time;
  return call;
}

/// The value of a result that must be one.
template <class T>
T value_of(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().detail;
    std::abort();
  }
  return std::move(*result);
}

inline void check(const Result<void>& result) {
  if (!result) FAIL() << result.error().detail;
}

}  // namespace mih::test
