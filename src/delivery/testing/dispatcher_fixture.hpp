#pragma once

#include <algorithm>
#include <deque>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "delivery/dispatcher.hpp"

namespace mih::delivery {

using core::CircuitState;
using core::DeadReason;
using core::DeliveryState;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline core::Reply status(int code) {
  core::Reply reply;
  reply.http_status = code;
  return reply;
}

inline core::Reply refused() {
  core::Reply reply;
  reply.failure = core::Failure::kRefused;
  reply.error = "connection refused";
  return reply;
}

/// A dispatcher with a store that commits at once, a clock moved by hand, and a service whose
/// replies are scripted.
class DispatcherTest : public ::testing::Test {
 protected:
  DispatcherTest() {
    service_.id = core::ServiceId{1};
    service_.name = "crm";
    service_.base_url = "http://crm.example";
    rule_.id = core::RuleId{1};
    rule_.name = "rule";
    rule_.eventname = "\\core\\event\\user_created";
    rule_.service = service_.id;
    rule_.service_name = service_.name;
  }

  void start(std::size_t max_in_memory = 1000) {
    Dispatcher::Options options;
    options.max_in_memory = max_in_memory;
    options.max_unrecorded = max_unrecorded_;
    options.chance = [] { return 0.0; };
    dispatcher_.emplace(std::move(options), catalog(), circuits_, with_backlog_, now_);
    run();
  }

  std::shared_ptr<const engine::Catalog> catalog() {
    std::vector<core::Service> services;
    if (has_service_) services.push_back(service_);
    services.insert(services.end(), others_.begin(), others_.end());
    std::vector<engine::CompiledRule> rules;
    if (has_rule_) rules.push_back(engine::compile_rule(rule_).value());
    return std::make_shared<const engine::Catalog>(++version_, services, rules);
  }

  void reconfigure() {
    dispatcher_->set_catalog(catalog(), now_);
    run();
  }

  core::Delivery delivery(std::int64_t seq, std::string order = "") {
    auto event = std::make_shared<core::Event>();
    event->seq = core::EventSeq{seq};
    event->site = "default";
    event->id = std::to_string(seq);
    event->name = rule_.eventname;
    event->body = R"({"userid":5})";
    event->accepted = now_.wall;
    core::Delivery d;
    d.key = {event->seq, 0};
    d.rule = rule_.id;
    d.service = service_.id;
    d.ordering_key = std::move(order);
    d.event = std::move(event);
    return d;
  }

  void accept(std::int64_t seq, std::string order = "") {
    std::vector<core::Delivery> deliveries;
    deliveries.push_back(delivery(seq, std::move(order)));
    dispatcher_->add(std::move(deliveries), now_);
    run();
  }

  /// Runs the dispatcher until it has nothing more to do now. Records are committed at once, unless
  /// commits_held_.
  void run() {
    while (true) {
      auto effects = dispatcher_->run(now_);
      for (auto& send : effects.sends) {
        sent_.push_back({now_.steady, send.call, send.request.delivery_id});
        open_calls_.push_back(send.call);
        requests_.push_back(std::move(send.request));
      }
      for (auto& update : effects.updates) {
        const auto seq = update.key.event.value;
        states_[seq] = update.progress.state;
        counted_[seq] = update.progress.counted_attempts;
        responses_[seq] = update.response;
        if (update.letter) letters_[seq] = std::move(*update.letter);
      }
      for (const auto& record : effects.circuits)
        record_ = record;
      for (const auto& call : effects.calls)
        calls_.push_back(call);
      for (const auto& load : effects.loads)
        loads_.push_back(load);
      for (auto& reached : effects.answers)
        answers_[reached.id] = std::move(reached.answer);
      std::ranges::copy(effects.sweeps, std::back_inserter(sweeps_));
      std::ranges::move(effects.queries, std::back_inserter(queries_));
      spills_ += effects.spills.size();
      if (effects.has_records()) {
        tickets_.push_back(effects.ticket);
        if (!commits_held_) commit();
        continue;
      }
      if (loads_.empty() || !answer_loads_) return;
      dispatcher_->on_loaded(loads_.front().service, store::Window{{}, true}, now_);
      loads_.pop_front();
    }
  }

  void commit() {
    for (; !tickets_.empty(); tickets_.pop_front()) {
      dispatcher_->on_recorded(tickets_.front(), now_);
    }
  }

  void call(GatewayId id, milliseconds timeout = seconds{30}) {
    GatewayCall call;
    call.id = id;
    call.request.service = std::make_shared<const core::Service>(service_);
    call.request.url = service_.base_url;
    call.request.timeout = service_.timeout;
    call.asked = now_.steady;
    call.deadline = now_.steady + timeout;
    dispatcher_->call(std::move(call), now_);
    run();
  }

  /// Answers the oldest call that is under way.
  void answer(core::Reply reply) {
    ASSERT_FALSE(open_calls_.empty()) << "nothing was sent";
    const auto call = open_calls_.front();
    open_calls_.pop_front();
    dispatcher_->on_reply(call, std::move(reply), now_);
    run();
  }

  std::string id_of(std::int64_t seq) {
    return core::delivery_id("default", std::to_string(seq), rule_.id);
  }

  void advance(milliseconds by) {
    now_.steady += by;
    now_.wall += by;
    run();
  }

  /// Moves the clock to the next time at which the dispatcher wants to do something.
  void advance_to_wakeup() {
    const auto wakeup = dispatcher_->next_wakeup();
    ASSERT_TRUE(wakeup) << "would sleep for ever";
    advance(std::chrono::ceil<milliseconds>(*wakeup - now_.steady));
  }

  CircuitState circuit() { return dispatcher_->snapshot(now_).at(service_.id).circuit; }

  struct Sent {
    SteadyTime time;
    transport::CallId call;
    std::string delivery;
  };

  core::Service service_;
  std::vector<core::Service> others_;
  core::Rule rule_;
  bool has_service_ = true;
  bool has_rule_ = true;
  std::size_t max_unrecorded_ = 1000;
  std::uint64_t version_ = 0;
  std::vector<core::CircuitRecord> circuits_;
  std::vector<core::ServiceId> with_backlog_;
  Now now_{WallTime{seconds{1'700'000'000}}, SteadyTime{seconds{1000}}};
  std::optional<Dispatcher> dispatcher_;

  std::vector<Sent> sent_;
  std::vector<core::Request> requests_;
  std::deque<transport::CallId> open_calls_;
  std::map<std::int64_t, DeliveryState> states_;
  std::map<std::int64_t, int> counted_;
  std::map<std::int64_t, std::string> responses_;
  std::map<std::int64_t, core::DeadLetter> letters_;
  std::vector<store::CallRecord> calls_;
  std::optional<core::CircuitRecord> record_;
  std::map<GatewayId, GatewayAnswer> answers_;
  std::deque<Load> loads_;
  std::deque<SiteQuery> queries_;
  std::vector<Sweep> sweeps_;
  std::size_t spills_ = 0;
  bool answer_loads_ = true;
  bool commits_held_ = false;
  std::deque<std::uint64_t> tickets_;
};

}  // namespace mih::delivery
