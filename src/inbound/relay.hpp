#pragma once

#include <condition_variable>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "core/inbound.hpp"
#include "core/site.hpp"
#include "core/site_exchange.hpp"
#include "engine/catalog.hpp"
#include "engine/inbound_line.hpp"
#include "store/store.hpp"
#include "store/writer.hpp"

namespace mih::inbound {

/// Hands the messages that wait in the store over to Moodle, each until it is taken or given up. In
/// memory is a window of them, without their content. A message that was handed over when the
/// process ended is handed over again; Moodle knows it by its id.
class Relay {
 public:
  using Answer = std::move_only_function<void(std::expected<void, core::SiteFailure>)>;

  struct Parts {
    store::Writer& writer;
    store::Reader& reader;
    const Clock& clock;
    std::function<std::shared_ptr<const engine::Catalog>()> catalog;
    std::function<std::vector<core::Site>()> sites;
    /// One hand-over; answers once, on any thread.
    std::function<void(const std::string& site, const core::InboundMessage&, Answer)> deliver;
    std::function<void(std::string_view)> report;  ///< a line for the log
  };

  explicit Relay(Parts parts) : parts_(std::move(parts)) {}
  /// The answers of hand-overs have come, or never come.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Begins with what waits already. kStoreFailed.
  Result<void> start();
  /// Starts no hand-over any more. Safe to call twice.
  void stop();

  // From any thread:
  /// A message of the service waits.
  void notify(core::ServiceId service);
  /// Messages wait, whosever: dead letters are replayed.
  void notify_all();

 private:
  struct Line {
    engine::InboundLine waiting;
    core::InboundSeq last;  ///< that was loaded
    bool more = true;       ///< there may be some behind it
  };
  using Lock = std::unique_lock<std::mutex>;

  void loop();
  /// Does what can be done now; returns when there is something to do again.
  std::optional<SteadyTime> work(Lock& lock);
  void load(core::ServiceId service, Line& line, Lock& lock);
  void hand_over(core::ServiceId service, core::InboundSeq seq, Lock& lock);
  void give_up_old(core::ServiceId service, Line& line, Lock& lock);
  std::optional<core::InboundMessage> read(core::ServiceId service, core::InboundSeq seq);
  void on_answer(core::ServiceId service, core::InboundSeq seq, const core::InboundMessage& message,
                 SteadyTime started, const std::expected<void, core::SiteFailure>& answer);
  void put_off(core::ServiceId service, core::InboundSeq seq, std::string why);
  /// Keeps the end of a hand-over; `why` is "" when the message was taken.
  void end(core::ServiceId service, core::InboundSeq seq, const core::InboundMessage& message,
           const engine::InboundLine::Failure& last);
  void on_kept(core::ServiceId service, core::InboundSeq seq);

  Parts parts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<core::ServiceId, Line> lines_;  // under mutex_
  bool all_changed_ = false;               // under mutex_
  bool woken_ = false;                     // under mutex_
  bool stopping_ = false;                  // under mutex_
  std::thread thread_;
};

}  // namespace mih::inbound
