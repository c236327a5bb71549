#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "base/duration_histogram.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

namespace mih::store {

/// What became of one intake request, per event in its order.
struct Intake {
  std::vector<EventEntry> events;
};

/// The one thread that writes. It drains everything that waits, inserts and outcomes alike, into
/// one synced commit, then hands new deliveries to `dispatch` and answers the requests. Nothing is
/// answered before the commit that holds it is durable.
class Writer {
 public:
  using IntakeDone = std::move_only_function<void(Result<Intake>)>;
  using InboundDone = std::move_only_function<void(Result<InboundEntry>)>;
  using Done = std::move_only_function<void()>;
  using Task = std::move_only_function<void(Store&)>;

  struct Options {
    std::size_t max_waiting_events = 50'000;     ///< beyond: kBusy
    std::size_t max_waiting_inbound = 64 << 20;  ///< bytes of messages; beyond: kBusy
    std::size_t max_group = 2'000;               ///< events plus updates in one commit
    std::int64_t min_free_disk = 256LL << 20;    ///< bytes; below: intake gets kDiskFull
    std::function<std::int64_t()> free_disk;     ///< bytes that are free where the store lives
    /// Hands deliveries to the dispatcher, on the writer thread, after their commit.
    std::function<void(std::vector<core::Delivery>)> dispatch;
    /// Is shown each commit, on the writer thread, before it is answered.
    std::function<void(const Batch&)> committed;
    /// What was learned since the last call, for the store; asked on the writer thread, twice a
    /// second at most, and at the end.
    std::function<core::Learned(const core::KeptSince&)> learned;
    /// Decides the fan-out of entries again when rules changed since they were matched.
    std::function<void(std::vector<EventEntry>&)> rematch;
  };

  /// `store` and `clock` outlive the writer.
  Writer(Store& store, const Clock& clock, Options options);
  /// Commits what was submitted, then ends the thread. Outcomes that the store still refuses after
  /// some more tries are given up: their deliveries are open and will be made again.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Submits events; `done` is called on the writer thread. `rules_version` says with which rules
  /// the fan-out was decided.
  void accept(std::vector<EventEntry> events, std::uint64_t rules_version, IntakeDone done);
  /// Submits a message of a service; `done` as above.
  void accept_inbound(InboundEntry entry, InboundDone done);
  /// Submits outcomes. They are kept and tried again until the store takes them; `done` is called
  /// after their commit.
  void record(std::vector<DeliveryUpdate> updates, std::vector<core::CircuitRecord> circuits,
              std::vector<CallRecord> calls, Done done);
  /// Submits the end of a hand-over and its log row, likewise.
  void record_inbound(InboundOutcome outcome, CallRecord call, Done done);
  /// Runs a task on the writer thread, after what was submitted before it is committed.
  void run(Task task);
  /// Tells which rules are in force from here on; call it inside a task that changed them.
  void set_rules_version(std::uint64_t version);

  /// How long commits took, for metrics; from any thread.
  const DurationHistogram& commit_times() const { return commit_times_; }
  /// True while the store does not take what it must: tasks wait, what is committed can be read.
  bool failing() const { return failing_; }
  /// The store refused a commit a short while ago and has taken none since. From any thread.
  bool in_trouble() const;
  /// Less than min_free_disk is free: events and messages are refused. From any thread.
  bool disk_is_low() const;
  /// Refuses new events and messages (kStarting, "stopping"); outcomes and tasks are still taken.
  void refuse_intake();

 private:
  struct AcceptRequest {
    std::vector<EventEntry> events;
    std::uint64_t rules_version;
    IntakeDone done;
  };
  struct AcceptInbound {
    InboundEntry entry;
    InboundDone done;
  };
  struct RecordRequest {
    std::vector<DeliveryUpdate> updates;
    std::vector<core::CircuitRecord> circuits;
    std::vector<CallRecord> calls;
    std::vector<InboundOutcome> handed_over;
    Done done;

    /// Somebody waits for it: a retry, a dead letter, a circuit. Plain successes can wait a little.
    bool urgent() const;
  };
  struct Refusal {
    Error error;
    std::move_only_function<void(Error)> done;
  };
  static constexpr SteadyTime kTaken = SteadyTime::min();
  using Request = std::variant<AcceptRequest, AcceptInbound, RecordRequest, Task, Refusal>;

  /// Requests whose parts lie one after another in one batch.
  struct Group {
    struct Answer {
      std::size_t count;  ///< its entries in the batch
      IntakeDone done;
    };
    Batch batch;
    std::vector<Answer> intake;
    std::vector<InboundDone> inbound;  ///< of each message in the batch
    std::vector<Done> recorded;
    std::size_t size() const {
      return batch.events.size() + batch.updates.size() + batch.inbound.size() +
             batch.handed_over.size();
    }
    bool has_intake() const { return !intake.empty() || !inbound.empty(); }
  };

  void submit(Request request);
  void loop();
  /// Waits for requests, or for the time to try failed outcomes again; looks after the store while
  /// idle. False when all is done and the writer stops.
  bool wait_for_work();
  void gather(std::unique_lock<std::mutex>& lock);
  bool wait_to_try_again(std::unique_lock<std::mutex>& lock);
  /// Gives the store what was learned, which goes with the next flush.
  void learn();
  void care_while_idle();
  void care();

  /// Takes requests into the group, up to the next task or until it is large enough.
  void fill_group();
  void take(AcceptRequest request);
  void take(AcceptInbound request);
  void take(RecordRequest request);
  void take(Refusal refusal);
  static bool is_intake(const Request& request);
  void commit_group();
  void committed();
  void failed(const Error& error);
  void refuse_group_intake(const Error& error);
  void refuse_taken_intake(const Error& error);
  bool stopping();
  void run_tasks();

  Store& store_;
  const Clock& clock_;
  Options options_;

  std::mutex mutex_;
  std::condition_variable submitted_;
  std::deque<Request> waiting_;      // under mutex_
  std::size_t waiting_events_ = 0;   // under mutex_
  std::size_t waiting_inbound_ = 0;  // under mutex_: bytes
  bool refusing_ = false;            // under mutex_
  bool stopping_ = false;            // under mutex_

  // Of the writer thread alone.
  std::deque<Request> taken_;
  Group group_;
  std::uint64_t rules_version_ = 0;
  std::optional<Error> failure_;  ///< why the outcomes in the group are still there
  int tries_ = 0;                 ///< that failed one after another
  SteadyTime try_again_{};
  int tries_when_stopping_ = 5;
  bool needs_flush_ = false;
  DurationHistogram commit_times_;
  std::atomic<bool> failing_ = false;
  std::atomic<SteadyTime> refused_ = kTaken;  ///< when the last commit was; kTaken: it was not
  bool needs_care_ = true;                    ///< maintain() may find something to do
  SteadyTime next_care_{};
  SteadyTime next_learning_{};

  std::thread thread_;  ///< last: everything else is there when it starts
};

}  // namespace mih::store
