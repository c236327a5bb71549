#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "api/live.hpp"
#include "async/task.hpp"

namespace mih::api {

/// What one listener of the stream has not been sent yet. Bounded: who falls behind further is cut
/// off, because what was left out would leave a wrong picture without a word. Used on one thread.
class Stream {
 public:
  static constexpr std::size_t kMaxWaiting = 128U << 10U;  ///< bytes

  struct Listener {
    std::string site;                   ///< "": of all sites
    std::function<bool()> may_listen;   ///< asked each second
    std::function<void()> fell_behind;  ///< ends what is under way
  };

  Stream(const async::Executor& executor, Listener listener)
      : listener_(std::move(listener)), changed_(executor) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// What a browser is told before all else: when to come again.
  void offer_introduction();
  void offer(const LiveMessage& message);
  /// A line that says nothing, so that nobody takes the connection for dead.
  void offer_sign_of_life();
  bool may_listen() const { return listener_.may_listen(); }
  /// What waits is still sent, then nothing more.
  void end();

  /// All that waits, as soon as there is some; "" at the end. One caller at a time.
  async::Task<std::string> next();

 private:
  void add(std::string_view text);

  using Timer =
      async::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        async::asio::wait_traits<std::chrono::steady_clock>,
                                        async::Executor>;

  Listener listener_;
  std::string waiting_;
  bool ended_ = false;
  Timer changed_;  ///< never expires; cancelled when there is something to do
};

/// One message as it goes over the wire (HTML standard, section 9.2.5).
std::string framed(const LiveMessage& message);

}  // namespace mih::api
