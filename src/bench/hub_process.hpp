#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/error.hpp"
#include "bench/http_client.hpp"
#include "bench/socket.hpp"

namespace mih::bench {

/// A hub of our own as a child process, `mih serve` as a user would start it, so that what is shown
/// and measured is the shipped thing. It ends with its parent at the latest.
class HubProcess {
 public:
  struct Options {
    std::filesystem::path data_dir = {};  ///< exists; also the working directory
    std::string listen = "127.0.0.1:0";
    std::vector<std::string> arguments = {};  ///< further ones for `serve`
    std::filesystem::path program = {};       ///< "" = this program
    std::chrono::milliseconds start_limit{20'000};
  };
  struct Usage {
    std::chrono::nanoseconds cpu{};  ///< user and system, all threads
    std::int64_t resident_bytes = 0;
    std::int64_t peak_bytes = 0;
  };

  /// Waits until the hub says where it listens. Services may reach 127.0.0.0/8; settings of the
  /// environment (MIH_...) are not passed on.
  [[nodiscard]] static Result<std::unique_ptr<HubProcess>> start(const Options& options);
  /// Stops the hub if stop() was not called.
  ~HubProcess();
  HubProcess(const HubProcess&) = delete;
  HubProcess& operator=(const HubProcess&) = delete;

  const std::string& url() const { return url_; }
  const Endpoint& endpoint() const { return endpoint_; }
  pid_t pid() const { return pid_; }
  /// A connection to the admin socket, which needs no token.
  HttpClient admin() const;
  Usage usage() const;

  /// SIGTERM, then SIGKILL after 15 s. The exit status as a shell reports it. Call it once.
  int stop();

 private:
  HubProcess() = default;
  Result<void> spawn(const Options& options);
  Result<void> await_listening(std::chrono::milliseconds limit);
  std::string end_of_log() const;

  std::filesystem::path data_dir_;
  std::filesystem::path log_;
  pid_t pid_ = -1;
  Fd process_;  ///< pidfd
  Fd output_;   ///< the hub's standard output
  std::string url_;
  Endpoint endpoint_;
};

}  // namespace mih::bench
