#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "base/time.hpp"
#include "transport/guard.hpp"
#include "transport/transport.hpp"

namespace mih::transport {

/// HTTP/1.1, and HTTP/2 where TLS negotiates it, over libcurl. Calls run in threads of its own,
/// many in each; a further thread is started when all are well filled, so that slow receivers take
/// nothing from fast ones. Connections are kept alive.
///
/// What the receiver sees: exactly one request for each call, and one more for each redirect that
/// is followed. libcurl would repeat a request by itself when a kept connection breaks before an
/// answer; that is allowed only if not one byte of the request had been written (a connection that
/// had gone stale), since then the receiver saw nothing. Otherwise the call ends as kReset.
class HttpTransport final : public Transport {
 public:
  struct Options {
    Guard guard;
    const Clock* clock = nullptr;       ///< outlives the transport; null = the system's
    std::size_t calls_per_thread = 96;  ///< more calls at a time start a further thread
    std::size_t max_threads = 16;       ///< beyond, threads take more calls
  };

  /// `sink` is called on the threads of the transport.
  HttpTransport(Options options, Sink sink);
  /// Ends all calls (failure kOther), each with its reply, and the threads.
  ~HttpTransport() override;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  /// May be called from any thread.
  void send(CallId id, core::Request request) override;
  void cancel(CallId id) override;

 private:
  class Worker;

  const Options options_;
  const Clock& clock_;
  const Sink sink_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace mih::transport
