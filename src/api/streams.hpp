#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "api/hub.hpp"
#include "api/live.hpp"
#include "api/stream.hpp"
#include "async/task.hpp"
#include "base/error.hpp"

namespace mih::api {

/// Everybody who listens. The hub is asked to tell what happens only while there is somebody. Used
/// on the io thread, except that the hub's messages come on any.
class Streams {
 public:
  static constexpr std::size_t kMost = 64;
  static constexpr std::chrono::seconds kInterval{1};  ///< between counters

  /// Gives the counters, as one line of JSON.
  using Count = std::function<async::Task<Result<std::string>>()>;

  /// `io` and `hub` outlive it.
  Streams(async::asio::io_context& io, Hub& hub, Count count)
      : io_(io), hub_(hub), count_(std::move(count)), next_(io) {}
  ~Streams();
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  bool full() const { return streams_.size() >= kMost; }
  /// The stream stays where it is until it has left.
  void join(Stream& stream);
  void leave(Stream& stream);

  /// Tells counters, and ends the streams of those who may not listen any more. Until stop().
  async::Task<> run();
  void stop();

 private:
  using Timer =
      async::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        async::asio::wait_traits<std::chrono::steady_clock>,
                                        async::Executor>;

  void tell(const LiveMessage& message);

  async::asio::io_context& io_;
  Hub& hub_;
  Count count_;
  Timer next_;
  std::vector<Stream*> streams_;
  bool stopping_ = false;
};

}  // namespace mih::api
