#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "bench/event_batch.hpp"
#include "bench/http_client.hpp"
#include "bench/socket.hpp"

namespace mih::bench {

/// Events of one request that the hub answered with 202.
struct Acknowledged {
  std::vector<EventId> ids;
  SteadyTime sent;  ///< when the request left, or when it was due and no connection was free
  SteadyTime answered;
};

/// A Moodle that never tires: posts recorded events to POST /api/v1/events and remembers which were
/// acknowledged. One blocking thread for each connection. A request that fails or is refused is
/// repeated with the same ids until it is answered, as the connector does.
class Generator {
 public:
  struct Options {
    Endpoint hub = {};
    std::string token = {};  ///< with role ingest
    int connections = 4;
    int batch = 100;          ///< events in a request
    double rate = 0;          ///< events a second, on schedule whatever the answers do; 0 = at once
    std::int64_t limit = 0;   ///< events in all; 0 = until stop()
    std::int64_t window = 0;  ///< most events that may be sent and not yet done; 0 = no bound
    std::function<std::int64_t()> done = {};  ///< events done so far, asked for `window`
    std::chrono::milliseconds timeout{10'000};
  };
  struct Counts {
    std::int64_t sent = 0;          ///< events in requests that were sent at least once
    std::int64_t acknowledged = 0;  ///< events accepted, or known already after a repeat
    std::int64_t rejected = 0;      ///< events the hub refused for good
    std::int64_t repeats = 0;       ///< requests sent again
    bool operator==(const Counts&) const = default;
  };

  [[nodiscard]] static Result<std::unique_ptr<Generator>> start(Options options);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// No new request; requests under way get their answer or their timeout.
  void stop();
  /// Waits until `limit` events are answered.
  void wait();
  Counts counts() const;
  std::vector<Acknowledged> take_acknowledged();
  /// The last thing that went wrong, for people; "" if nothing did.
  std::string last_error() const;
  /// CPU time of the threads that have ended.
  std::chrono::nanoseconds cpu_time() const;

 private:
  struct Ticket {
    SteadyTime due;
    std::int64_t events;
  };

  explicit Generator(Options options);
  void run(const std::stop_token& stop, std::size_t position);
  bool next_ticket(const std::stop_token& stop, Ticket& ticket);
  void post(const std::stop_token& stop, HttpClient& client, EventBatch& batch, SteadyTime sent);
  bool pause(const std::stop_token& stop, SteadyTime until);
  bool record(EventBatch& batch, SteadyTime sent, const HttpClient::Response& answer);
  void complain(std::string text);

  const Options options_;
  SteadyTime started_;
  std::atomic<std::int64_t> tickets_{0};
  std::atomic<std::int64_t> planned_{0};
  std::atomic<std::int64_t> sent_{0};
  std::atomic<std::int64_t> acknowledged_count_{0};
  std::atomic<std::int64_t> rejected_{0};
  std::atomic<std::int64_t> repeats_{0};
  std::atomic<std::int64_t> cpu_ns_{0};
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<Acknowledged> acknowledged_;  ///< guarded by mutex_
  std::string last_error_;                  ///< guarded by mutex_
  std::vector<std::jthread> threads_;       ///< last member: joined first
};

}  // namespace mih::bench
