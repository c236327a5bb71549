#pragma once

#include <condition_variable>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/duration_histogram.hpp"
#include "base/time.hpp"
#include "delivery/dispatcher.hpp"
#include "store/writer.hpp"
#include "transport/transport.hpp"

namespace mih::delivery {

/// The thread around the dispatcher: brings it what happened, does what it wants done.
class Worker {
 public:
  using Task = std::move_only_function<void(Dispatcher&, Now)>;
  using LookedUp = std::expected<core::LookedUp, core::SiteFailure>;
  /// Asks a site for people and courses; answers once, on any thread, or never when the hub stops.
  using LookUp = std::function<void(const std::string& site, const core::LookUp& wanted,
                                    std::move_only_function<void(LookedUp)> answer)>;

  /// All references outlive the worker. `dispatcher` belongs to it from start() on.
  Worker(Dispatcher& dispatcher, store::Writer& writer, transport::Transport& transport,
         const Clock& clock, LookUp look_up);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();

  /// How long calls took, for metrics; from any thread.
  const DurationHistogram& call_times() const { return call_times_; }

  // From any thread:
  void add(std::vector<core::Delivery> deliveries);
  void on_reply(transport::CallId call, core::Reply reply);
  void post(Task task);
  /// A synchronous gateway call; `done` is called on the worker's thread.
  void call(core::Request request, std::string endpoint, std::chrono::milliseconds timeout,
            std::move_only_function<void(GatewayAnswer)> done);

  /// From its return on no attempt starts any more. Waits a second at most, for a thread that a
  /// slow disk holds up.
  void stop_starting();
  /// The same; returns when no attempt is running or `patience` is over, then gives up what still
  /// runs.
  void stop(std::chrono::milliseconds patience);
  /// Makes a stop() that waits give up at once.
  void hurry();
  /// Handles what has arrived, then ends the thread. What arrives later is ignored.
  void finish();

 private:
  struct Mail {
    std::vector<std::vector<core::Delivery>> deliveries;
    std::vector<std::pair<transport::CallId, core::Reply>> replies;
    std::vector<Task> tasks;

    bool empty() const { return deliveries.empty() && replies.empty() && tasks.empty(); }
  };

  void loop();
  Mail wait_for_mail();
  void perform(Effects effects);
  template <class Put>
  void put(Put&& put);

  Dispatcher& dispatcher_;
  store::Writer& writer_;
  transport::Transport& transport_;
  const Clock& clock_;
  LookUp look_up_;
  DurationHistogram call_times_;
  GatewayId last_gateway_ = 0;
  std::unordered_map<GatewayId, std::move_only_function<void(GatewayAnswer)>> gateway_calls_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable quiet_;
  Mail mail_;
  bool asleep_ = false;
  bool ending_ = false;
  bool hurried_ = false;
  bool stopping_ = false;
  std::size_t running_ = 0;  ///< attempts under way, for stop()
  std::thread thread_;
};

}  // namespace mih::delivery
