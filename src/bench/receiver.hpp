#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "bench/id_hash.hpp"
#include "bench/socket.hpp"

namespace mih::bench {

/// A request that was answered with 2xx.
struct Arrival {
  IdHash id;        ///< of its webhook-id
  SteadyTime time;  ///< when it had been read completely
};

/// The external service of a demonstration or a measurement: a bare HTTP/1.1 server on a free
/// loopback port with one thread of its own, so cheap that it does not hide what it measures. It
/// wants Content-Length bodies and keeps connections alive.
class Receiver {
 public:
  struct Answer {
    int status = 204;
    std::chrono::milliseconds delay{0};
  };
  struct Counts {
    std::int64_t taken = 0;    ///< requests answered with 2xx
    std::int64_t refused = 0;  ///< requests answered with anything else
  };

  [[nodiscard]] static Result<std::unique_ptr<Receiver>> start();
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// From now on requests are answered like this. Any thread.
  void answer_with(Answer answer);
  Counts counts() const;
  /// What arrived since the last call; the caller calls it often enough to bound the memory.
  std::vector<Arrival> take_arrivals();
  /// CPU time of the receiver's thread.
  std::chrono::nanoseconds cpu_time();

 private:
  class Loop;
  Receiver() = default;

  Fd listener_;
  Fd stop_;  ///< eventfd
  std::uint16_t port_ = 0;
  std::atomic<int> status_{204};
  std::atomic<std::int64_t> delay_ms_{0};
  std::atomic<std::int64_t> taken_{0};
  std::atomic<std::int64_t> refused_{0};
  std::mutex mutex_;
  std::vector<Arrival> arrivals_;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace mih::bench
