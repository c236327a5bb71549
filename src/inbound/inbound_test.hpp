#pragma once

#include <condition_variable>
#include <deque>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "inbound/intake.hpp"
#include "inbound/relay.hpp"
#include "support/stores.hpp"

namespace mih::inbound {

class FixedClock final : public Clock {
 public:
  Now now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void forward(std::chrono::hours by) {
    const std::lock_guard lock(mutex_);
    now_ = {now_.wall + by, now_.steady + by};
  }

 private:
  mutable std::mutex mutex_;
  Now now_{test::at(0), SteadyTime{std::chrono::hours{1}}};
};

/// Intake and relay over a store in memory, with a Moodle that answers as the test says.
class InboundFixture : public ::testing::Test {
 protected:
  struct HandOver {
    std::string site;
    core::InboundMessage message;
    Relay::Answer answer;
  };

  void SetUp() override {
    crm_ = test::value_of(store_.save_service(test::make_service("crm"), test::at(0)));
    site_.name = "main";
    site_.token = core::TokenId{1};
    start();
  }

  void TearDown() override { end(); }

  void start() {
    writer_.emplace(store_, clock_, store::Writer::Options{});
    relay_.emplace(
        Relay::Parts{.writer = *writer_,
                     .reader = store_,
                     .clock = clock_,
                     .catalog =
                         [this] {
                           const std::lock_guard lock(mutex_);
                           return std::make_shared<const engine::Catalog>(1, services_, NoRules{});
                         },
                     .sites = [this] { return std::vector{site_}; },
                     .deliver =
                         [this](const std::string& site, const core::InboundMessage& message,
                                Relay::Answer answer) {
                           const std::lock_guard lock(mutex_);
                           handed_over_.push_back({site, message, std::move(answer)});
                           changed_.notify_all();
                         },
                     .report = [](std::string_view) {}});
    intake_.emplace(*writer_, clock_, [this](core::ServiceId service) { relay_->notify(service); });
    {
      const std::lock_guard lock(mutex_);
      services_ = test::value_of(store_.services());
    }
    test::check(relay_->start());
  }

  /// In the daemon's order: nothing is handed over any more, what was decided is kept.
  void end() {
    if (relay_) relay_->stop();
    writer_.reset();
    intake_.reset();
    relay_.reset();
    handed_over_.clear();
  }

  /// Submits a message and waits until it is durable.
  Result<core::InboundReceipt> submit(std::string body, std::string message_id = "",
                                      core::InboundSource source = core::InboundSource::kWebhook) {
    auto place = std::make_shared<std::optional<Result<core::InboundReceipt>>>();
    intake_->submit({.service = crm_.id,
                     .service_name = "crm",
                     .source = source,
                     .message_id = std::move(message_id),
                     .body = std::move(body)},
                    [this, place](Result<core::InboundReceipt> receipt) {
                      const std::lock_guard lock(mutex_);
                      *place = std::move(receipt);
                      changed_.notify_all();
                    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return place->has_value(); });
    return std::move(**place);
  }

  /// The next hand-over, as soon as there is one.
  HandOver next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !handed_over_.empty(); });
    auto first = std::move(handed_over_.front());
    handed_over_.pop_front();
    return first;
  }

  /// Everything that was submitted to the writer is done.
  void settle() {
    bool done = false;
    writer_->run([&](store::Store&) {
      const std::lock_guard lock(mutex_);
      done = true;
      changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done; });
  }

  std::vector<core::DeadLetter> letters() {
    settle();
    return test::value_of(store_.dead_letters({}, {.limit = 10, .before = 0}));
  }
  std::int64_t waiting() {
    settle();
    return test::value_of(store_.inbound_figures())[crm_.id].waiting;
  }
  static core::SiteFailure refused() {
    return {core::SiteFailure::Kind::kRefused, "HTTP 422: no", {}, true, 422};
  }
  core::SiteFailure away() const {
    return {core::SiteFailure::Kind::kAway, "HTTP 503", clock_.now().steady, true, 503};
  }

  using NoRules = std::vector<engine::CompiledRule>;

  FixedClock clock_;
  store::memory::MemoryStore store_;
  core::Service crm_;
  core::Site site_;
  std::vector<core::Service> services_;  // under mutex_
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<HandOver> handed_over_;  // under mutex_
  std::optional<Relay> relay_;
  std::optional<store::Writer> writer_;
  std::optional<Intake> intake_;
};

}  // namespace mih::inbound
