#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/delivery.hpp"
#include "core/inbound.hpp"
#include "core/service.hpp"
#include "core/site.hpp"

namespace mih::engine {

/// A message is given up when Moodle has not taken it by then.
inline constexpr std::chrono::hours kInboundMaxAge{72};

/// The site that gets messages of a service, or why there is none at the moment.
std::expected<std::string, std::string> inbound_site(const core::Service& service,
                                                     std::span<const core::Site> sites);

/// The payload that Moodle gets: a body that is JSON as it is, any other as a text, or as
/// {"base64": ...} when it is no text either.
std::string inbound_payload(std::string body);

/// The messages of one service on their way to Moodle: which is handed over next, and when again.
/// A message that fails waits 1, 2, 4, ... 60 seconds and holds up no other.
class InboundLine {
 public:
  /// What stood in the way of a hand-over.
  struct Failure {
    std::string why;
    bool tried = false;  ///< a call was made
    std::optional<int> http_status = {};
    std::chrono::milliseconds latency{};
    SteadyTime retry_at{};  ///< nothing of the line is tried before
  };

  static constexpr std::size_t kMaxInFlight = 4;
  /// Attempts that are remembered of a message.
  static constexpr std::size_t kMaxAttempts = 50;

  /// Behind all others.
  void add(core::InboundSeq seq, WallTime received, SteadyTime now);
  /// The next to be handed over; it is in flight until ended() or failed().
  std::optional<core::InboundSeq> start(SteadyTime now);
  /// Notes an attempt of a message that is in flight, for attempts().
  void attempted(core::InboundSeq seq, const Failure& attempt, WallTime now);
  /// It is not taken and waits for its next try.
  void failed(core::InboundSeq seq, const Failure& failure, Now now);
  /// It is taken, or given up, and that is kept.
  void ended(core::InboundSeq seq);
  /// Those that are too old, while Moodle does not take messages; they are then in flight.
  std::vector<core::InboundSeq> expire(WallTime now);

  /// When to ask start() again; empty while nothing waits, or no more may be in flight.
  std::optional<SteadyTime> next() const;
  std::size_t size() const { return items_.size(); }
  /// The latest attempts of a message.
  std::vector<core::Attempt> attempts(core::InboundSeq seq) const;
  const std::string& last_failure() const { return last_failure_; }

 private:
  struct Item {
    WallTime received{};
    SteadyTime due{};
    std::vector<core::Attempt> attempts;
  };

  std::map<core::InboundSeq, Item> items_;
  std::set<std::pair<SteadyTime, core::InboundSeq>> waiting_;  ///< those that are not in flight
  SteadyTime held_until_{};
  std::string last_failure_;  ///< "" when the last hand-over succeeded
};

}  // namespace mih::engine
