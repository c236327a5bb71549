#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "core/exchange.hpp"
#include "core/inbound.hpp"
#include "core/site.hpp"
#include "core/site_exchange.hpp"
#include "engine/circuit_breaker.hpp"
#include "engine/look_up_queue.hpp"
#include "transport/transport.hpp"

namespace mih::app {

/// Calls the sites' callbacks. Look-ups of a site are gathered, one call at a time; each site has a
/// circuit of its own, and while it is open look-ups and messages fail at once. Nothing of this is
/// in the request log or the statistics of services.
///
/// May be called from any thread. An answer comes once, on the thread that calls or on that of the
/// transport; it must not block. None comes after the hub has stopped.
class SiteCaller {
 public:
  template <class T>
  using Answer = std::move_only_function<void(std::expected<T, core::SiteFailure>)>;
  using Heard = std::move_only_function<void(core::Reply)>;

  struct Parts {
    /// Makes one call; its reply comes through on_reply().
    std::function<void(transport::CallId, core::Request)> send;
    /// The site of that name, if there is one.
    std::function<std::optional<core::Site>(std::string_view)> find_site;
    const Clock& clock;
  };

  /// Ids of calls start after this one.
  SiteCaller(Parts parts, transport::CallId before)
      : parts_(std::move(parts)), last_call_(before) {}

  /// Looks people and courses of a site up, as many as one likes.
  void look_up(const std::string& site, const core::LookUp& wanted, Answer<core::LookedUp> answer);
  /// Hands a message over. Taken: its event is triggered and committed in Moodle. The same id may
  /// be handed over again.
  void deliver_inbound(const std::string& site, const core::InboundMessage& message,
                       Answer<void> answer);
  /// Makes a call whatever the site's circuit says; a success closes it.
  void call(const std::string& site, core::Request request, Heard heard);

  void on_reply(transport::CallId call, core::Reply reply);

 private:
  using Ticket = engine::LookUpQueue::Ticket;
  using Permit = engine::CircuitBreaker::Permit;
  /// What is to be done once the mutex is free.
  using Later = std::vector<std::move_only_function<void()>>;

  struct Line {
    engine::CircuitBreaker circuit;
    engine::LookUpQueue queue;
    std::map<Ticket, Answer<core::LookedUp>> asking;
  };

  // With the mutex held:
  Line& line(const std::string& site);
  core::SiteFailure away(const Line& line, std::string why) const;
  /// Starts the next look-up call of a site, if it is time for one.
  void advance(const std::string& site, Line& line, Later& later);
  void fail_all(Line& line, const core::SiteFailure& failure, Later& later);
  void send(core::Request request, Heard heard, Later& later);

  void on_looked_up(const std::string& site, Permit permit, const core::Reply& reply);
  static void run(Later& later);

  Parts parts_;
  std::mutex mutex_;  ///< guards what follows
  transport::CallId last_call_;
  Ticket last_ticket_ = 0;
  std::unordered_map<transport::CallId, Heard> calls_;
  std::map<std::string, Line> lines_;
};

}  // namespace mih::app
