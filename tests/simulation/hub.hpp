#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "delivery/dispatcher.hpp"
#include "simulation/judge.hpp"
#include "simulation/moodle.hpp"
#include "simulation/network.hpp"
#include "simulation/simulated_writer.hpp"

namespace mih::simulation {

/// The hub as a process that can be killed at any instant: the real dispatcher over the memory
/// store, built as src/app/daemon.cpp builds it, with what delivery::Worker and store::Writer do in
/// threads done on the timeline.
class Hub {
 public:
  struct Options {
    std::size_t max_in_memory = 50'000;
    std::size_t max_unrecorded = 20'000;
    std::size_t max_group = 2'000;
    nanoseconds shortest_commit{};
    nanoseconds longest_commit{};
  };
  using Change = std::move_only_function<void(store::Store&)>;
  using Task = std::move_only_function<void(delivery::Dispatcher&, Now)>;

  Hub(Timeline& timeline, store::memory::MemoryStore& store, Network& network, Moodle& moodle,
      Judge& judge, Trace& trace, Random random, Options options);

  bool running() const { return process_ != nullptr; }
  void start();
  void kill();
  /// No new attempts and no intake from now on.
  void stop_starting();
  std::size_t in_flight() const { return process_->dispatcher->in_flight(); }
  /// Nothing is under way inside; only time or the network can change something.
  bool quiet() const;
  void set_disk(bool works) { disk_works_ = works; }

  // What the API does. Without effect while the hub is down.
  void post(std::vector<std::shared_ptr<core::Event>> events);
  /// Changes services and rules, puts the result in force.
  void configure(Change change);
  /// Something else that the writer does.
  void write(Change change);
  /// A durable call through the gateway; the same number is the same call.
  void enqueue(core::ServiceId service, int number);
  /// A bulk action on dead letters, in steps that go on after a restart.
  void start_job(core::JobKind kind, core::ReplayMode mode,
                 const std::vector<core::DeadLetterId>& letters);
  void retry_now(core::ServiceId service, core::DeliveryKey key);
  void cancel(core::ServiceId service, core::DeliveryKey key);
  void ask(Task task);
  /// An event says that somebody's address has been changed, so often by now.
  void person_changed(std::int64_t id, int changes);
  void call(core::ServiceId service, std::chrono::milliseconds timeout);

  std::shared_ptr<const engine::Catalog> catalog() const { return process_->catalog; }

 private:
  struct Mail {
    std::vector<std::vector<core::Delivery>> deliveries;
    std::vector<std::pair<transport::CallId, core::Reply>> replies;
    std::vector<Task> tasks;
    bool empty() const { return deliveries.empty() && replies.empty() && tasks.empty(); }
  };
  /// What is left of a bulk action.
  struct Job {
    core::JobKind kind;
    core::ReplayMode mode;
    std::set<core::DeadLetterId> letters;
    std::int64_t succeeded = 0;
  };
  struct Process {
    explicit Process(Timeline& timeline) : life(timeline) {}
    std::shared_ptr<const engine::Catalog> catalog;
    std::unique_ptr<delivery::Dispatcher> dispatcher;
    std::unique_ptr<SimulatedWriter> writer;
    Mail mail;
    bool awake = false;  ///< a look at the mail is planned
    std::uint64_t looks = 0;
    int idle_looks = 0;
    SteadyTime last_look{};
    Life life;
  };

  std::shared_ptr<const engine::Catalog> read_catalog();
  void wake();
  void look();
  void perform(delivery::Effects effects);
  void load(delivery::Load load);
  void sweep(delivery::Sweep sweep);
  void look_up(delivery::SiteQuery query);
  void commit(std::vector<store::EventEntry> entries);
  void step_job(core::JobId job);
  void plan_next_look(bool something, Now now);
  void put_in_force();

  Timeline& timeline_;
  store::memory::MemoryStore& store_;
  Network& network_;
  Moodle& moodle_;
  Judge& judge_;
  Trace& trace_;
  Random random_;
  Options options_;
  bool disk_works_ = true;
  std::uint64_t version_ = 0;
  delivery::GatewayId last_gateway_ = 0;
  std::map<core::JobId, Job> jobs_;  ///< in the store
  std::unique_ptr<Process> process_;
};

}  // namespace mih::simulation
