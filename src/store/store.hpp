#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "core/access.hpp"
#include "core/alert.hpp"
#include "core/circuit.hpp"
#include "core/delivery.hpp"
#include "core/event.hpp"
#include "core/import.hpp"
#include "core/inbound.hpp"
#include "core/job.hpp"
#include "core/lane_history.hpp"
#include "core/learned.hpp"
#include "core/rule.hpp"
#include "core/service.hpp"
#include "core/settings.hpp"
#include "core/site.hpp"
#include "core/statistics.hpp"
#include "core/token.hpp"

/// The store port: what the hub asks of its durable memory, in the words of the domain.
///
/// Shape of the queue (docs/adr/0003-queue.md): accepted events are appended to a log together with
/// their fan-out; deliveries go to the dispatcher from memory after the commit, and a final outcome
/// is one row. Only what does not finish soon (retries, parked, a backlog that does not fit into
/// memory) gets a row in the pending table of its service. On start everything that is open is in
/// the pending table, and lanes load it from there window by window.
namespace mih::store {

/// What is open for longer than this waits for something: the pruning of events goes on behind it.
inline constexpr std::chrono::seconds kSettling{2};

/// An event that the original plugin had taken: its one delivery was decided there. Where that is
/// known already, the event is a duplicate.
struct ImportedEvent {
  core::Origin origin;
  std::shared_ptr<core::DeadLetter> letter;  ///< how it ended there; null: to be delivered
};

/// An event to be accepted. `event->seq` is given by commit().
struct EventEntry {
  enum class Outcome : std::uint8_t { kAccepted, kDuplicate };

  std::shared_ptr<core::Event> event;
  std::vector<core::FanOut> fan_out;
  core::ServiceId about;                 ///< the service gets no delivery of it; empty: all may
  Outcome outcome = Outcome::kAccepted;  ///< filled in by commit()
  std::shared_ptr<ImportedEvent> imported = nullptr;

  /// Its delivery ended with the original plugin.
  bool has_ended() const { return imported && imported->letter; }
};

/// What became of a delivery after an attempt, or without one.
struct DeliveryUpdate {
  core::DeliveryKey key;
  core::RuleId rule;
  core::ServiceId service;
  core::Progress progress;                   ///< delivered, dead, retrying or parked
  std::string response;                      ///< to the last attempt, unless finished
  std::unique_ptr<core::DeadLetter> letter;  ///< exactly when dead
  core::DeadLetterId replay_of;              ///< the dead letter that this delivery replays
  bool gone = false;  ///< the service is done with what the rule sends (410): flags the rule
};

enum class CallKind : std::uint8_t { kDelivery, kGateway, kInbound, kTest };
std::string_view name_of(CallKind kind);

/// One finished call, for the request log and the statistics.
struct CallRecord {
  core::ServiceId service;
  CallKind kind = CallKind::kDelivery;
  bool inbound = false;
  std::string endpoint;
  std::string http_method;
  std::optional<int> http_status;
  std::chrono::milliseconds latency{};
  int attempt_count = 1;
  bool success = false;
  std::string error_message;
  std::string eventname;
  std::string delivery_id;
  WallTime time{};

  /// A synchronous call that ended before it was made: in the log, but no figure of the service.
  bool was_made() const { return attempt_count > 0 || kind != CallKind::kGateway; }
  /// Attempts before the last that nothing else tells of: those of a synchronous call.
  int repeats() const { return kind == CallKind::kGateway ? std::max(attempt_count - 1, 0) : 0; }
};

/// A message of a service to be accepted, with its id. What is below `refusal` is filled in by
/// commit().
struct InboundEntry {
  core::InboundMessage message;
  std::string refusal;  ///< why Moodle can never get it; not empty: it becomes a dead letter
  core::InboundReceipt receipt;
  core::InboundSeq seq;  ///< of one that is to be handed over: neither repeat nor dead letter
};

/// The end of a hand-over: Moodle took the message, or there is a letter. Of what no longer waits
/// nothing changes.
struct InboundOutcome {
  core::InboundSeq seq;
  std::unique_ptr<core::DeadLetter> letter;
};

/// Everything that one group commit writes: all of it or nothing.
struct Batch {
  WallTime now{};
  std::vector<EventEntry> events;
  std::vector<InboundEntry> inbound;
  std::vector<InboundOutcome> handed_over;
  std::vector<DeliveryUpdate> updates;
  std::vector<core::CircuitRecord> circuits;
  std::vector<CallRecord> calls;
  /// Filled in by commit(): new deliveries for the dispatcher, in order of acceptance. Those of
  /// spilling services are not among them; their lanes load them.
  std::vector<core::Delivery> ready;
};

/// The next deliveries of a service from the pending table.
struct Window {
  std::vector<core::Delivery> deliveries;
  /// Nothing is left behind them: the service no longer spills, from now on its new deliveries
  /// come in Batch::ready.
  bool drained = false;
};

/// Messages of a service that wait to be handed over.
struct InboundFigures {
  std::int64_t waiting = 0;
  WallTime oldest{};
};

/// One of them, without its content.
struct InboundRow {
  core::InboundSeq seq;
  WallTime received{};  ///< of a replay: when it was asked for
};

struct ServiceDeletion {
  std::int64_t rules_disabled = 0;  ///< that were enabled
  std::int64_t pending_dead = 0;
  std::int64_t dead_letters_kept = 0;  ///< of this name: those of earlier services are among them
};

/// Services and rules of the original plugin that are taken over together. Ids and times are filled
/// in.
struct Import {
  struct ImportedService {
    core::Service service;  ///< one with an id is here already and stays as it is
    core::Origin origin;
    std::string alias;  ///< its name there, unless that is its name here
  };
  struct ImportedRule {
    core::Rule rule;  ///< names its service
    core::Origin origin;
  };
  std::vector<ImportedService> services;
  std::vector<ImportedRule> rules;
};

/// What was taken over from a site, by kind and id there, and its id here (0: it has none).
using Imported = std::map<std::pair<core::ImportKind, std::int64_t>, std::int64_t>;
/// Services by further names.
using ServiceAliases = std::map<std::string, core::ServiceId>;

/// The writing side. One owner thread; every function that changes something is durable (synced)
/// when it returns. Errors: kDiskFull (nothing changed, may be repeated), kStoreFailed (likewise),
/// and those named at the functions.
class Store {
 public:
  virtual ~Store() = default;

  /// A dead letter that does not follow from an attempt gets the response to the last one; names
  /// of a removed service or rule are filled in.
  virtual Result<void> commit(Batch& batch) = 0;

  /// From now on new deliveries of this service stay in the pending table.
  virtual void spill(core::ServiceId service) = 0;
  /// Up to `limit` pending deliveries behind `after` that were never tried, by acceptance. Without
  /// `after` those that already had attempts come first, all of them.
  virtual Result<Window> load(core::ServiceId service, std::optional<core::DeliveryKey> after,
                              std::size_t limit) = 0;
  /// Pending deliveries of a service that were made by a rule and never tried, behind `after`: they
  /// may be out of reach for load() for long.
  virtual Result<std::vector<core::Delivery>> load_of_rule(core::ServiceId service,
                                                           core::RuleId rule,
                                                           core::DeliveryKey after,
                                                           std::size_t limit) = 0;
  /// A delivery that waits is due now, also after a restart; nothing when it does not wait.
  virtual Result<void> bring_forward(core::ServiceId service, core::DeliveryKey key,
                                     WallTime now) = 0;
  /// One pending delivery; empty when it is not pending.
  virtual Result<std::optional<core::Delivery>> load_one(core::ServiceId service,
                                                         core::DeliveryKey key) = 0;

  /// Inserts (id 0) or replaces; returns it with id and times. kNameTaken, kNotFound. Renaming a
  /// service renames it in its rules.
  virtual Result<core::Service> save_service(core::Service service, WallTime now) = 0;
  /// Its rules are disabled and keep its name. The dispatcher ends what is queued.
  virtual Result<ServiceDeletion> remove_service(core::ServiceId service, WallTime now) = 0;
  /// Takes the flag from it.
  virtual Result<core::Rule> save_rule(core::Rule rule, WallTime now) = 0;
  virtual Result<void> remove_rule(core::RuleId rule) = 0;
  /// All of it or nothing. An alias that is taken stays as it was. kNameTaken, kServiceNotFound.
  virtual Result<void> import(Import& import, WallTime now) = 0;
  virtual Result<core::Token> save_token(core::Token token, WallTime now) = 0;
  virtual Result<void> remove_token(core::TokenId token) = 0;
  virtual Result<void> save_settings(const core::Settings& settings) = 0;
  virtual Result<void> clear_log() = 0;
  /// In place of those that were kept before.
  virtual Result<void> save_alerts(const std::vector<core::Alert>& alerts) = 0;
  virtual Result<core::Site> save_site(core::Site site, WallTime now) = 0;
  /// With its catalogue.
  virtual Result<void> remove_site(core::SiteId site) = 0;
  /// The event classes that a site knows, as JSON. kNotFound.
  virtual Result<void> save_catalogue(core::SiteId site, const std::string& catalogue) = 0;
  virtual Result<void> save_subscriptions(const core::Subscriptions& list) = 0;

  /// Inserts or replaces by name.
  virtual Result<core::NamedSecret> save_secret(core::NamedSecret secret, WallTime now) = 0;
  virtual Result<void> remove_secret(const std::string& name) = 0;
  virtual Result<core::User> save_user(core::User user, WallTime now) = 0;
  virtual Result<void> remove_user(core::UserId user) = 0;
  virtual Result<void> append_audit(const core::AuditEntry& entry) = 0;
  /// Seals all secrets with a new key. Whenever it is interrupted, the store opens again.
  virtual Result<void> rotate_key() = 0;

  /// A bulk action on dead letters: made without letters, given its set in pieces, then started.
  /// Those that were not started are dropped at the next start.
  virtual Result<core::JobId> add_job(core::JobKind kind, core::ReplayMode mode, WallTime now) = 0;
  virtual Result<void> extend_job(core::JobId job,
                                  const std::vector<core::DeadLetterId>& letters) = 0;
  virtual Result<core::Job> start_job(core::JobId job) = 0;
  /// Does a running job's next part, at most `limit` letters, and returns the job after it.
  ///
  /// Replay makes ordinary deliveries of dead letters again: same delivery id, fresh attempts, age
  /// from now. A letter that replays already, that does not exist, whose service is gone, whose
  /// rule is gone (kCurrent) or that was never sent (kAsSent) is skipped. It shows `replaying`
  /// until an update with its replay_of arrives. The new deliveries are added to `ready`, as in
  /// Batch. A letter `inbound` becomes a message that waits, behind all others, in either mode.
  /// Deletion skips letters that replay.
  virtual Result<core::Job> step_job(core::JobId job, std::size_t limit, WallTime now,
                                     std::vector<core::Delivery>& ready) = 0;

  /// What is new since the last call. Held back like the request log.
  virtual void learn(core::Learned learned) = 0;
  /// Writes what is held back (request log, statistics, hits, what was learned; of commit() at most
  /// 250 ms old).
  virtual Result<void> flush(WallTime now) = 0;
  /// One bounded step of retention (ids, events and what was learned from them, log, dead letters,
  /// audit trail); true while there is more.
  virtual Result<bool> maintain(WallTime now) = 0;
  /// What maintain() lets go of what was learned.
  virtual core::KeptSince kept_since() const = 0;
};

/// `limit` rows, newest first, of those with an id below `before` (0 = from the newest).
struct Page {
  std::int64_t limit = 50;
  std::int64_t before = 0;
};

struct DeadLetterFilter {
  std::string service;  ///< name
  core::RuleId rule;
  std::string rule_name;  ///< at the time
  std::string eventname;  ///< exact
  std::optional<core::DeadReason> reason;
  std::optional<std::int64_t> from_s;  ///< created at or after
  std::optional<std::int64_t> to_s;    ///< created before
  std::string text;                    ///< anywhere in error message, name or id; see below
  bool in_payload = true;  ///< the text is looked for in event, payload, response and URL too
};

struct DeliveryFilter {
  std::string service;
  core::RuleId rule;
  std::optional<core::DeliveryState> state;
};

struct LogFilter {
  std::string service;
  std::optional<bool> success;
  std::string direction;  ///< "outbound", "inbound" or ""
  std::optional<std::int64_t> from_s;
  std::optional<std::int64_t> to_s;
  std::string text;
};

struct EventFilter {
  std::string eventname;
  std::string site;
  bool with_calls = false;  ///< calls of plugins too, whose name is empty
};

/// A delivery as lists show it.
struct DeliveryRow {
  std::int64_t row = 0;  ///< for paging
  std::string id;
  core::DeliveryKey key;
  std::string event_id;
  std::string eventname;
  core::RuleId rule;
  core::ServiceId service;
  core::Progress progress;
  WallTime created{};
};

struct LogRow {
  std::int64_t id = 0;
  CallRecord call;
};

struct ServiceStatistics {
  std::int64_t backlog = 0;
  std::optional<std::int64_t> avg_latency_ms;  ///< over the last 24 h
  std::int64_t errors_24h = 0;  ///< attempts that failed, whatever became of their delivery
  std::optional<std::int64_t> last_used_s;  ///< the last attempt or message
};

/// A part of the statistics, cut into steps.
struct SeriesRange {
  core::ServiceId service;   ///< empty: all together
  std::int64_t from_s = 0;   ///< a multiple of the step
  std::int64_t step_s = 60;  ///< a multiple of 60
  std::int64_t steps = 0;
};

/// What is known of one step; empty when the hub did not run, or when it is not kept any more.
using SeriesPoint = std::optional<core::Counts>;

/// Dead letters of the services that have, or had when they were removed, one name.
struct DeadLetterFigures {
  std::int64_t letters = 0;
  std::int64_t bytes = 0;                   ///< of payloads, events and answers
  std::optional<WallTime> newest;           ///< ever made
  std::optional<WallTime> newest_overflow;  ///< likewise, of reason `overflow`
};

/// The reading side: sees what is committed. May be used from several threads, each function
/// returns one consistent answer.
class Reader {
 public:
  virtual ~Reader() = default;

  virtual Result<std::vector<core::Service>> services() = 0;
  virtual Result<std::vector<core::Rule>> rules() = 0;
  /// Rules that are flagged because a service answered 410, and since when.
  virtual Result<std::map<core::RuleId, WallTime>> flagged_rules() = 0;
  /// Of those that were ever hit.
  virtual Result<std::map<core::RuleId, core::RuleHits>> rule_hits() = 0;
  virtual Result<Imported> imported(const std::string& site) = 0;
  virtual Result<ServiceAliases> aliases() = 0;
  virtual Result<std::vector<core::Token>> tokens() = 0;
  virtual Result<core::Settings> settings() = 0;
  virtual Result<std::vector<core::Site>> sites() = 0;
  /// "" when the site has sent none.
  virtual Result<std::string> catalogue(core::SiteId site) = 0;
  virtual Result<core::Subscriptions> subscriptions() = 0;
  /// By name.
  virtual Result<std::vector<core::NamedSecret>> secrets() = 0;
  virtual Result<std::vector<core::User>> users() = 0;
  virtual Result<std::vector<core::AuditEntry>> audit(Page page) = 0;
  virtual Result<std::vector<core::CircuitRecord>> circuits() = 0;
  virtual Result<std::map<core::ServiceId, core::LaneHistory::Changes>> circuit_changes() = 0;
  virtual Result<std::vector<core::Alert>> alerts() = 0;
  virtual Result<core::Totals> totals() = 0;
  virtual Result<std::int64_t> dead_letter_count() = 0;
  virtual Result<std::map<core::ServiceId, ServiceStatistics>> statistics(WallTime now) = 0;
  /// One point for each step.
  virtual Result<std::vector<SeriesPoint>> series(const SeriesRange& range) = 0;
  /// By the name of the service.
  virtual Result<std::map<std::string, DeadLetterFigures>> dead_letter_figures() = 0;
  /// Age base of the oldest delivery that is not finished; empty when none is open.
  virtual Result<std::optional<WallTime>> oldest_open() = 0;

  virtual Result<std::vector<core::Event>> events(const EventFilter& filter, Page page) = 0;
  virtual Result<std::optional<core::Event>> event(std::string_view site, std::string_view id) = 0;
  virtual Result<std::vector<DeliveryRow>> deliveries_of(core::EventSeq event) = 0;
  virtual Result<std::vector<DeliveryRow>> deliveries(const DeliveryFilter& filter, Page page) = 0;
  virtual Result<std::optional<DeliveryRow>> delivery(std::string_view id) = 0;

  /// Lists leave out event body, response and headers.
  virtual Result<std::vector<core::DeadLetter>> dead_letters(const DeadLetterFilter& filter,
                                                             Page page) = 0;
  virtual Result<std::optional<core::DeadLetter>> dead_letter(core::DeadLetterId id) = 0;
  /// Ids of all that the filter finds, oldest first: the fixed set of a bulk action.
  virtual Result<std::vector<core::DeadLetterId>> find_dead_letters(
      const DeadLetterFilter& filter) = 0;

  virtual Result<std::optional<core::Job>> job(core::JobId id) = 0;
  /// Those that have something left to do, oldest first.
  virtual Result<std::vector<core::JobId>> running_jobs() = 0;

  /// Services that have messages waiting.
  virtual Result<std::map<core::ServiceId, InboundFigures>> inbound_figures() = 0;
  /// Messages of a service that wait, behind `after`, in their order.
  virtual Result<std::vector<InboundRow>> inbound_rows(core::ServiceId service,
                                                       core::InboundSeq after,
                                                       std::size_t limit) = 0;
  /// Whole, without its `message_id`; empty when it does not wait.
  virtual Result<std::optional<core::InboundMessage>> inbound_message(core::InboundSeq seq) = 0;

  virtual Result<std::vector<LogRow>> log(const LogFilter& filter, Page page) = 0;

  /// All of it.
  virtual Result<core::Learned> learned() = 0;
  /// Samples that are about a person, oldest first.
  virtual Result<std::vector<core::EventPtr>> samples_of(const std::string& site,
                                                         std::int64_t user) = 0;
};

}  // namespace mih::store
