#pragma once

#include <deque>
#include <functional>
#include <variant>
#include <vector>

#include "simulation/random.hpp"
#include "simulation/timeline.hpp"
#include "store/memory/memory_store.hpp"
#include "store/writer.hpp"

namespace mih::simulation {

/// Does what store::Writer does, on the timeline in place of a thread: groups what waits, takes its
/// time to commit, refuses intake and tries outcomes again while the store fails. A kill hits it
/// between any two of these steps.
class SimulatedWriter {
 public:
  using IntakeDone = std::move_only_function<void(Result<store::Intake>)>;
  using Done = std::move_only_function<void()>;
  using Task = std::move_only_function<void(store::Store&)>;

  struct Options {
    std::size_t max_group = 2'000;
    nanoseconds shortest_commit{};
    nanoseconds longest_commit{};
    std::function<void(std::vector<core::Delivery>)> dispatch;
    std::function<void(std::vector<store::EventEntry>&)> rematch;
    /// Right after each successful commit, before anybody else hears of it.
    std::function<void(store::Batch&)> committed;
    /// Whether the disk takes anything now.
    std::function<bool()> works;
  };

  SimulatedWriter(Timeline& timeline, store::memory::MemoryStore& store, Random random,
                  Options options);

  void accept(std::vector<store::EventEntry> events, std::uint64_t rules_version, IntakeDone done);
  void record(std::vector<store::DeliveryUpdate> updates, std::vector<core::CircuitRecord> circuits,
              std::vector<store::CallRecord> calls, Done done);
  void run(Task task);
  void set_rules_version(std::uint64_t version) { rules_version_ = version; }
  void refuse_intake() { refusing_ = true; }

  bool idle() const { return !busy_ && waiting_.empty() && group_.recorded.empty(); }
  /// The process is killed: a commit under way may have reached the disk although nobody was told.
  void kill();

 private:
  struct AcceptRequest {
    std::vector<store::EventEntry> events;
    std::uint64_t rules_version;
    IntakeDone done;
  };
  struct RecordRequest {
    std::vector<store::DeliveryUpdate> updates;
    std::vector<core::CircuitRecord> circuits;
    std::vector<store::CallRecord> calls;
    Done done;
  };
  using Request = std::variant<AcceptRequest, RecordRequest, Task>;
  struct Group {
    struct Answer {
      std::size_t count;
      IntakeDone done;
    };
    store::Batch batch;
    std::vector<Answer> intake;
    std::vector<Done> recorded;
    std::size_t size() const { return batch.events.size() + batch.updates.size(); }
  };

  void submit(Request request, nanoseconds gather);
  void begin();
  void take(AcceptRequest request);
  void take(RecordRequest request);
  void end();
  void committed();
  void failed();
  void refuse_intake_of(Group& group);
  void run_tasks();

  Timeline& timeline_;
  store::memory::MemoryStore& store_;
  Random random_;
  Options options_;
  Life life_;
  std::deque<Request> waiting_;
  Group group_;
  std::uint64_t rules_version_ = 0;
  bool planned_ = false;  ///< to begin
  bool busy_ = false;     ///< a commit is under way
  bool refusing_ = false;
  int tries_ = 0;
};

}  // namespace mih::simulation
