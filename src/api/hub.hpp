#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/accounts.hpp"
#include "api/import.hpp"
#include "api/live.hpp"
#include "api/personal_data.hpp"
#include "api/sites.hpp"
#include "base/error.hpp"
#include "core/alert.hpp"
#include "core/circuit.hpp"
#include "core/exchange.hpp"
#include "core/inbound.hpp"
#include "core/job.hpp"
#include "core/lane_history.hpp"
#include "core/rule.hpp"
#include "core/service.hpp"
#include "core/service_call.hpp"
#include "core/settings.hpp"
#include "core/site_exchange.hpp"
#include "core/token.hpp"
#include "engine/catalog.hpp"
#include "engine/event_library.hpp"
#include "store/store.hpp"

namespace mih::api {

template <class T>
using Answer = std::move_only_function<void(Result<T>)>;

enum class EventFormat : std::uint8_t { kJson, kNdjson, kCloudEvent, kCloudEventBatch };

struct RejectedEvent {
  std::size_t index = 0;
  std::string code;
  std::string error;
};

struct EventsAnswer {
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::vector<RejectedEvent> rejected;
};

/// A synchronous gateway call.
struct GatewayRequest {
  std::shared_ptr<const core::Service> service;
  core::ServiceCall call;
  std::optional<std::chrono::milliseconds> timeout;  ///< of all attempts and waits
};

/// How it ended.
struct GatewayResult {
  enum class Kind : std::uint8_t { kAnswered, kCircuitOpen, kBusy, kRateLimited };
  Kind kind = Kind::kAnswered;  ///< else: without an attempt
  bool success = false;
  core::Reply reply;  ///< the last real one
  std::int64_t attempts = 0;
  std::chrono::milliseconds latency{};   ///< including waits
  std::chrono::milliseconds retry_in{};  ///< when the circuit lets the next call try
};

/// A call that is to be delivered durably.
struct EnqueueRequest {
  std::shared_ptr<const core::Service> service;
  core::ServiceCall call;
  std::string site;
  std::string id;  ///< unique per site and service; a repeat changes nothing
};

/// A service's lane as it is at this moment.
struct LaneStatus {
  core::CircuitState circuit = core::CircuitState::kClosed;
  int failure_count = 0;
  std::optional<double> retry_in_s;  ///< while open
  std::int64_t in_flight = 0;
  std::vector<core::DeliveryKey> sending;
  std::set<core::DeliveryKey> enriching;  ///< wait for what is asked of their site
  double oldest_pending_s = 0;  ///< age of the oldest delivery that is not finished; 0 = none
  // Results of attempts since the start of this process.
  std::int64_t delivered = 0;
  std::int64_t retried = 0;
  std::int64_t dead = 0;
  core::LaneHistory history;
};

/// Durations since the start of this process.
struct Histogram {
  std::vector<double> bounds_s;      ///< upper bounds, ascending
  std::vector<std::int64_t> counts;  ///< per bound, then what is above the last
  double sum_s = 0;
};

/// For /metrics; what is empty is not shown.
struct Measurements {
  Histogram delivery;
  Histogram store_commit;
};

using Lanes = std::unordered_map<core::ServiceId, LaneStatus>;

/// What the API asks of the rest of the program; the composition root implements it. Answers come
/// on any thread, exactly once each.
class Hub {
 public:
  virtual ~Hub() = default;

  // Intake. `body` is unpacked; `site` is the token's site or "". Answered when durable.
  virtual void accept_events(std::string body, EventFormat format, std::string site,
                             Answer<EventsAnswer> answer) = 0;

  // The gateway. kTemplateInvalid when no request can be made of the call.
  virtual void request(GatewayRequest request, Answer<GatewayResult> answer) = 0;
  /// Answers with the delivery's id when it is durable.
  virtual void enqueue(EnqueueRequest request, Answer<std::string> answer) = 0;

  // What is in force now.
  virtual std::shared_ptr<const engine::Catalog> catalog() const = 0;
  virtual core::Settings settings() const = 0;
  virtual std::optional<core::Token> find_token(const Sha256& hash) const = 0;
  /// The service that had that name with the original plugin, where that is not its name here.
  virtual std::shared_ptr<const core::Service> service_by_alias(const std::string& name) const = 0;
  virtual store::ServiceAliases service_aliases() const = 0;

  /// The Moodles of this hub.
  virtual Sites& sites() = 0;
  /// The people of this hub.
  virtual Accounts& accounts() = 0;
  /// What it has of people of Moodle.
  virtual PersonalData& personal_data() = 0;

  // Changes. Answered when they are durable and in force.
  virtual void save_service(core::Service service, Answer<core::Service> answer) = 0;
  virtual void remove_service(core::ServiceId service, Answer<store::ServiceDeletion> answer) = 0;
  virtual void save_rule(engine::CompiledRule rule, Answer<core::Rule> answer) = 0;
  virtual void remove_rule(core::RuleId rule, Answer<bool> answer) = 0;
  virtual void save_token(core::Token token, Answer<core::Token> answer) = 0;
  virtual void remove_token(core::TokenId token, Answer<bool> answer) = 0;
  virtual void save_settings(core::Settings settings, Answer<core::Settings> answer) = 0;
  virtual void save_secret(core::NamedSecret secret, Answer<core::NamedSecret> answer) = 0;
  virtual void remove_secret(std::string name, Answer<bool> answer) = 0;
  virtual void append_audit(core::AuditEntry entry, Answer<bool> answer) = 0;
  /// Another key for the secrets in the store.
  virtual void rotate_key(Answer<bool> answer) = 0;
  virtual void clear_log(Answer<bool> answer) = 0;
  /// Takes over what the original plugin had. Hold `changes` until it is answered.
  virtual void import_original(ImportRequest request, Answer<ImportReport> answer) = 0;
  /// Starts a bulk action, which goes on over restarts. kBusy when too many run.
  virtual void start_job(core::JobKind kind, core::ReplayMode mode,
                         std::vector<core::DeadLetterId> letters, Answer<core::Job> answer) = 0;

  // The lanes.
  virtual void lane_status(Answer<std::unordered_map<core::ServiceId, LaneStatus>> answer) = 0;
  /// All circuits with an empty list.
  virtual void reset_circuits(std::vector<core::ServiceId> services, Answer<bool> answer) = 0;
  /// The due time of a waiting delivery becomes now. kNotWaiting, kNotFound.
  virtual void retry_now(std::string delivery_id, Answer<bool> answer) = 0;
  /// Makes a dead letter `cancelled`. kNotWaiting, kNotFound.
  virtual void cancel(std::string delivery_id, Answer<bool> answer) = 0;
  /// One real call outside of the queue.
  virtual void test_call(core::Request request, Answer<core::Reply> answer) = 0;
  /// The operations of a SOAP service as a list in JSON. `anew`: from a WSDL that is loaded now.
  /// kValidationFailed when the WSDL cannot be loaded.
  virtual void list_operations(std::shared_ptr<const core::Service> service, bool anew,
                               Answer<std::string> answer) = 0;

  /// Asks a site for people and courses. kConflict when that cannot be done now, or not at all.
  virtual void look_up(std::string site, core::LookUp wanted, Answer<core::LookedUp> answer) = 0;

  // What has been learnt from the events that came in.
  virtual std::vector<engine::KnownName> event_names() const = 0;
  virtual std::vector<engine::KnownField> event_fields(std::string_view name) const = 0;
  /// The newest sample whose name the pattern allows; null when there is none.
  virtual core::EventPtr sample_event(std::string_view pattern) const = 0;

  /// A message of a service; answered when it is durable. kInvalidJson, kTooLarge.
  virtual void accept_inbound(core::InboundMessage message,
                              Answer<core::InboundReceipt> answer) = 0;

  /// Runs a query on a reading thread; `query` gets the reader and answers itself.
  virtual void read(std::move_only_function<void(store::Reader&)> query) = 0;

  /// From now on `sink` gets what happens, on any thread and without blocking; empty: nobody does.
  /// When it returns, the sink before is not called any more. Counters are not told.
  virtual void listen(LiveSink sink) = 0;

  virtual Measurements measurements() const { return {}; }
  /// Those that are raised now.
  virtual std::vector<core::Alert> alerts() const { return {}; }

  /// Empty when the hub is ready; otherwise the reasons, for /readyz.
  virtual std::vector<std::string> not_ready() const = 0;
};

}  // namespace mih::api
