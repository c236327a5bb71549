#pragma once

#include <functional>
#include <map>

#include "core/exchange.hpp"
#include "simulation/outcome.hpp"
#include "simulation/random.hpp"
#include "simulation/timeline.hpp"
#include "transport/transport.hpp"

namespace mih::simulation {

/// How a service answers at the moment.
enum class Mood : std::uint8_t {
  kHealthy,
  kRefusing,    ///< nobody listens
  kOutage,      ///< one kind of "unavailable" or another, timeouts among them
  kErrors,      ///< 500
  kThrottling,  ///< 429 and 503 with or without Retry-After
  kSlow,        ///< answers late, some too late
  kAnything,    ///< every kind of answer there is
};

/// External services that answer as they are told. What they have received stays received,
/// whatever becomes of the hub.
class Network {
 public:
  struct Options {
    nanoseconds longest_latency{};
    bool late_replies = false;  ///< the transport sometimes hands over a reply seconds late
  };
  using Arrival = std::function<void(const core::Request&)>;
  using Sink = std::function<void(transport::CallId, core::Reply)>;

  Network(Timeline& timeline, Random random, Options options, Arrival arrival)
      : timeline_(timeline), random_(random), options_(options), arrival_(std::move(arrival)) {}

  void set_mood(core::ServiceId service, Mood mood);
  /// Every service is healthy from now on, and prompt.
  void heal();
  /// All calls that are under way fail, as when a service dies.
  void break_connections(core::ServiceId service) { ++generations_[service]; }
  /// Events whose id ends so are answered with 404 or 500 for ever.
  void poison(core::ServiceId service, char last, int status) { poison_[{service, last}] = status; }

  /// `life` is the process that sends; the reply reaches it only while it lives.
  void send(transport::CallId call, const core::Request& request, Life& life, Sink sink);

 private:
  struct Answer {
    core::Reply reply;
    nanoseconds latency{};
  };
  Answer decide(const core::Request& request);
  AnswerKind choose(Mood mood);
  core::Reply reply_of(const AnswerKind& kind);
  int poison_of(const core::Request& request) const;

  Timeline& timeline_;
  Random random_;
  Options options_;
  Arrival arrival_;
  std::map<core::ServiceId, Mood> moods_;
  std::map<core::ServiceId, int> generations_;
  std::map<std::pair<core::ServiceId, char>, int> poison_;
  bool healed_ = false;
};

/// "200", "timeout", ...
std::string describe(const core::Reply& reply);

}  // namespace mih::simulation
