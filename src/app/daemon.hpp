#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "config/config.hpp"

namespace mih::app {

/// The whole hub in one object: store, writer, lanes, transports, API. Everything is built and
/// stopped here, in one visible order.
class Daemon {
 public:
  /// Opens the data directory, recovers, listens. Errors: kStoreLocked, kStoreDamaged,
  /// kStoreTooNew, kConfigInvalid (the address cannot be listened on).
  /// A new hub has a user `admin` with a one-time password: `show` says it to a person and returns
  /// true, or it is written into DIR/admin-password.
  static Result<std::unique_ptr<Daemon>> start(const config::Config& config,
                                               const std::function<bool(const std::string&)>& show);

  /// Stops in an orderly way if stop() was not called.
  ~Daemon();

  /// "http://127.0.0.1:8085", with the port that was really taken.
  const std::string& url() const;
  const std::filesystem::path& data_dir() const;

  /// No new intake or attempt, running attempts get 10 s, everything is committed. The backlog
  /// stays. Safe to call twice.
  void stop();
  /// Ends running attempts at once; call it while stop() runs.
  void hurry();

 private:
  struct Parts;
  explicit Daemon(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace mih::app
