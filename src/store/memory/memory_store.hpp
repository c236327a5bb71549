#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "store/personal_data.hpp"
#include "store/store.hpp"

namespace mih::store::memory {

/// Both sides of the port in plain containers: what the SQLite store is compared with, and a store
/// for tests and simulations. Keeps every rule of the port, durability excepted. Deterministic; may
/// be used from several threads.
class MemoryStore : public Store, public Reader, public PersonalData {
 public:
  /// As if the process had been killed and started again: what is open is pending, services spill.
  void restart();
  /// While set, everything that changes something fails with this error.
  void fail_with(std::optional<Error> error);

  Result<void> commit(Batch& batch) override;
  void spill(core::ServiceId service) override;
  Result<Window> load(core::ServiceId service, std::optional<core::DeliveryKey> after,
                      std::size_t limit) override;
  Result<std::vector<core::Delivery>> load_of_rule(core::ServiceId service, core::RuleId rule,
                                                   core::DeliveryKey after,
                                                   std::size_t limit) override;
  Result<void> bring_forward(core::ServiceId service, core::DeliveryKey key, WallTime now) override;
  Result<std::optional<core::Delivery>> load_one(core::ServiceId service,
                                                 core::DeliveryKey key) override;
  Result<core::Service> save_service(core::Service service, WallTime now) override;
  Result<ServiceDeletion> remove_service(core::ServiceId service, WallTime now) override;
  Result<core::Rule> save_rule(core::Rule rule, WallTime now) override;
  Result<void> remove_rule(core::RuleId rule) override;
  Result<void> import(Import& import, WallTime now) override;
  Result<core::Token> save_token(core::Token token, WallTime now) override;
  Result<void> remove_token(core::TokenId token) override;
  Result<void> save_settings(const core::Settings& settings) override;
  Result<void> clear_log() override;
  Result<core::Site> save_site(core::Site site, WallTime now) override;
  Result<void> remove_site(core::SiteId site) override;
  Result<void> save_catalogue(core::SiteId site, const std::string& catalogue) override;
  Result<void> save_subscriptions(const core::Subscriptions& list) override;
  Result<core::NamedSecret> save_secret(core::NamedSecret secret, WallTime now) override;
  Result<void> remove_secret(const std::string& name) override;
  Result<core::User> save_user(core::User user, WallTime now) override;
  Result<void> remove_user(core::UserId user) override;
  Result<void> append_audit(const core::AuditEntry& entry) override;
  Result<void> rotate_key() override;
  Result<core::JobId> add_job(core::JobKind kind, core::ReplayMode mode, WallTime now) override;
  Result<void> extend_job(core::JobId job, const std::vector<core::DeadLetterId>& letters) override;
  Result<core::Job> start_job(core::JobId job) override;
  Result<core::Job> step_job(core::JobId job, std::size_t limit, WallTime now,
                             std::vector<core::Delivery>& ready) override;
  Result<void> save_alerts(const std::vector<core::Alert>& alerts) override;
  void learn(core::Learned learned) override;
  Result<void> flush(WallTime now) override;
  Result<bool> maintain(WallTime now) override;
  core::KeptSince kept_since() const override;

  Result<std::vector<core::Service>> services() override;
  Result<std::vector<core::Rule>> rules() override;
  Result<std::map<core::RuleId, WallTime>> flagged_rules() override;
  Result<std::map<core::RuleId, core::RuleHits>> rule_hits() override;
  Result<Imported> imported(const std::string& site) override;
  Result<ServiceAliases> aliases() override;
  Result<std::vector<core::Token>> tokens() override;
  Result<core::Settings> settings() override;
  Result<std::vector<core::Site>> sites() override;
  Result<std::string> catalogue(core::SiteId site) override;
  Result<core::Subscriptions> subscriptions() override;
  Result<std::vector<core::NamedSecret>> secrets() override;
  Result<std::vector<core::User>> users() override;
  Result<std::vector<core::AuditEntry>> audit(Page page) override;
  Result<std::vector<core::CircuitRecord>> circuits() override;
  Result<std::map<core::ServiceId, core::LaneHistory::Changes>> circuit_changes() override;
  Result<std::vector<core::Alert>> alerts() override;
  Result<core::Totals> totals() override;
  Result<std::int64_t> dead_letter_count() override;
  Result<std::map<core::ServiceId, ServiceStatistics>> statistics(WallTime now) override;
  Result<std::vector<SeriesPoint>> series(const SeriesRange& range) override;
  Result<std::map<std::string, DeadLetterFigures>> dead_letter_figures() override;
  Result<std::optional<WallTime>> oldest_open() override;
  Result<std::vector<core::Event>> events(const EventFilter& filter, Page page) override;
  Result<std::optional<core::Event>> event(std::string_view site, std::string_view id) override;
  Result<std::vector<DeliveryRow>> deliveries_of(core::EventSeq event) override;
  Result<std::vector<DeliveryRow>> deliveries(const DeliveryFilter& filter, Page page) override;
  Result<std::optional<DeliveryRow>> delivery(std::string_view id) override;
  Result<std::vector<core::DeadLetter>> dead_letters(const DeadLetterFilter& filter,
                                                     Page page) override;
  Result<std::optional<core::DeadLetter>> dead_letter(core::DeadLetterId id) override;
  Result<std::vector<core::DeadLetterId>> find_dead_letters(
      const DeadLetterFilter& filter) override;
  Result<std::optional<core::Job>> job(core::JobId id) override;
  Result<std::vector<core::JobId>> running_jobs() override;
  Result<std::map<core::ServiceId, InboundFigures>> inbound_figures() override;
  Result<std::vector<InboundRow>> inbound_rows(core::ServiceId service, core::InboundSeq after,
                                               std::size_t limit) override;
  Result<std::optional<core::InboundMessage>> inbound_message(core::InboundSeq seq) override;
  Result<std::vector<LogRow>> log(const LogFilter& filter, Page page) override;
  Result<core::Learned> learned() override;
  Result<std::vector<core::EventPtr>> samples_of(const std::string& site,
                                                 std::int64_t user) override;

  Result<core::Erasure> begin_erasure(const std::string& site, std::int64_t user,
                                      WallTime now) override;
  Result<core::Erasure> step_erasure(std::int64_t id, WallTime now, bool& progress) override;
  Result<std::optional<core::Erasure>> erasure(std::int64_t id) override;
  Result<std::vector<std::int64_t>> running_erasures() override;

 private:
  struct Item {
    core::FanOut decided;
    core::Progress progress;
    std::string response;  ///< to the last attempt
    bool open = true;
    bool in_pending = false;  ///< an open one that is not known to the dispatcher alone
    bool replayed = false;    ///< a replay has taken its place
  };
  struct Entry {
    core::EventPtr event;
    std::vector<Item> items;
    core::DeadLetterId replay_of;
    core::EventSeq origin;  ///< of a replay
    std::shared_ptr<const core::SentRequest> as_sent;
  };
  struct Lane {
    std::int64_t backlog = 0;
    WallTime last_used{};
    bool flowing = false;
    std::set<core::DeliveryKey> pending;
  };
  /// A deduplication key of a rule and site.
  using Meaning = std::tuple<core::RuleId, std::string, std::string>;
  struct Seen {
    WallTime until{};
    core::DeliveryKey delivery;
  };
  struct Work {
    core::Job job;
    std::set<core::DeadLetterId> letters;  ///< left to do
  };
  /// A sender's name for a message.
  using InboundKey = std::tuple<core::ServiceId, core::InboundSource, std::string>;
  struct InboundId {
    std::string id;
    WallTime time{};
  };
  struct InboundItem {
    core::InboundMessage message;
    core::DeadLetterId replay_of;
  };
  enum class ErasurePhase : std::uint8_t { kEvents, kLetters, kWaiting, kCleaning, kDone };
  struct ErasureWork {
    core::Erasure erasure;
    ErasurePhase phase = ErasurePhase::kEvents;
    std::int64_t position = 0;    ///< the last that was looked at in this phase
    std::int64_t upto = 0;        ///< the last event of before the request
    bool again = false;           ///< dead letters are looked through once more
    std::set<std::int64_t> open;  ///< events that are waited for
  };
  using Lock = std::lock_guard<std::mutex>;

  /// How long ids are known.
  static constexpr std::chrono::hours kIdWindow{72};

  Item* find_item(core::DeliveryKey key);
  core::Delivery delivery_of(core::DeliveryKey key, const Entry& entry) const;
  bool claim_id(const core::Event& event, WallTime now);
  void accept(EventEntry& entry, Batch& batch);
  void deduplicate(EventEntry& entry);
  void free_meaning(core::DeliveryKey delivery);
  void overflow(core::DeliveryKey key, Item& item, const core::EventPtr& event, WallTime now);
  void update(DeliveryUpdate& update, WallTime now);
  void end(DeliveryUpdate& update, Item& item, WallTime now);
  void add_letter(core::DeadLetter letter);
  void complete_letter(core::DeadLetter& letter, const Item& item) const;
  void accept(InboundEntry& entry, WallTime now);
  void end(InboundOutcome& outcome);
  void replay_inbound(core::DeadLetter& letter, core::ServiceId service, WallTime now);
  /// Does the next part of an erasure; true if it did anything. `deliveries` are those that were
  /// erased.
  bool step(ErasureWork& work);
  void enter(ErasureWork& work, ErasurePhase phase);
  void erase_events(ErasureWork& work, std::set<std::string>& deliveries);
  bool erase_if_ended(std::int64_t seq, ErasureWork& work, std::set<std::string>& deliveries);
  void erase_letters(ErasureWork& work, std::set<std::string>& deliveries);
  bool look_at_open(ErasureWork& work, std::set<std::string>& deliveries);
  void erase_learned(const core::Erasure& erasure);
  bool is_about(const core::DeadLetter& letter, const core::Erasure& erasure) const;
  /// Changes the counts of a service and of all together.
  template <class Change>
  void count(core::ServiceId service, WallTime time, Change change);
  void sample_backlogs(WallTime now);
  void keep(std::vector<CallRecord>& calls);
  void save_circuit(const core::CircuitRecord& circuit);
  void count_hit(core::RuleId rule, WallTime now);
  void remove_if_ended(std::int64_t seq);
  void prune_events(WallTime now);
  void prune_learned(WallTime now);
  void drop_unkept();
  void prune_dead_letters(WallTime now);
  void prune_log();
  void prune_audit(WallTime now);
  void prune_statistics(WallTime now);

  const core::Service* service_named(const std::string& name) const;
  /// What is wrong with the import, before anything of it is in force.
  Result<void> check_import(const Import& import) const;
  void adopt_rules(const core::Service& service);
  void end_unsent(Item& item, core::DeadLetter letter);
  void do_letter(core::Job& job, core::DeadLetterId id, WallTime now,
                 std::vector<core::Delivery>& ready);
  std::expected<core::ServiceId, std::string> replayable(core::DeadLetterId id,
                                                         core::ReplayMode mode) const;
  core::Delivery reopen(core::DeadLetter& letter, core::ServiceId service, core::ReplayMode mode,
                        WallTime now);
  core::DeadLetter shown(const core::DeadLetter& letter, bool whole) const;
  bool finds(const DeadLetterFilter& filter, const core::DeadLetter& letter) const;
  bool had_name(core::ServiceId service, const std::string& name) const;
  std::string last_name(core::ServiceId service) const;
  DeliveryRow row_of(const Entry& entry, std::uint32_t ordinal) const;
  const Entry* latest_replay(core::EventSeq origin, core::RuleId rule) const;

  mutable std::mutex mutex_;
  std::optional<Error> failure_;
  std::map<std::int64_t, Entry> events_;  ///< by seq
  std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, WallTime>> ids_;
  std::map<core::ServiceId, Lane> lanes_;
  std::map<core::ServiceId, core::Service> services_;
  std::map<core::ServiceId, std::string> removed_services_;
  std::map<core::RuleId, core::Rule> rules_;
  std::map<core::RuleId, std::string> removed_rules_;
  std::map<core::Origin, std::int64_t> imported_;
  ServiceAliases aliases_;
  std::map<core::TokenId, core::Token> tokens_;
  std::map<core::SiteId, core::Site> sites_;
  std::map<std::string, core::NamedSecret> secrets_;
  std::map<core::UserId, core::User> users_;
  std::deque<core::AuditEntry> audit_;
  std::map<core::SiteId, std::string> catalogues_;
  core::Subscriptions subscriptions_;
  std::map<core::ServiceId, core::CircuitRecord> circuits_;
  std::map<core::ServiceId, core::LaneHistory> circuit_history_;
  std::map<core::RuleId, core::RuleHits> rule_hits_;
  std::map<std::string, core::LearnedName> learned_names_;
  std::map<std::pair<std::string, std::string>, core::LearnedField> learned_fields_;
  std::map<std::int64_t, core::LearnedSample> samples_;
  core::KeptSince kept_since_;
  std::map<core::DeadLetterId, core::DeadLetter> letters_;
  std::map<Meaning, Seen> seen_;
  std::map<core::DeliveryKey, Meaning> meaning_of_;
  std::map<core::JobId, Work> jobs_;
  std::map<core::InboundSeq, InboundItem> inbound_;
  std::map<InboundKey, InboundId> inbound_ids_;
  std::map<std::int64_t, ErasureWork> erasures_;
  std::deque<LogRow> log_;
  std::map<std::pair<core::ServiceId, std::int64_t>, core::Counts> counts_;  ///< by minute
  std::map<core::ServiceId, DeadLetterFigures> newest_letters_;              ///< only the times
  std::map<core::RuleId, WallTime> flagged_;
  std::vector<core::Alert> alerts_;
  core::Settings settings_;
  core::Totals totals_;
  std::int64_t last_seq_ = 0;
  std::int64_t pruned_ = 1;
  std::int64_t last_service_ = 0;
  std::int64_t last_rule_ = 0;
  std::int64_t last_token_ = 0;
  std::int64_t last_site_ = 0;
  std::int64_t last_user_ = 0;
  std::int64_t last_audit_ = 0;
  std::int64_t last_letter_ = 0;
  std::int64_t last_log_ = 0;
  std::int64_t last_job_ = 0;
  std::int64_t last_inbound_ = 0;
  std::int64_t last_erasure_ = 0;
};

}  // namespace mih::store::memory
