#pragma once

#include <functional>
#include <memory>

#include "store/personal_data.hpp"
#include "store/sqlite/call_journal.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/dead_letters.hpp"
#include "store/sqlite/dedupe_window.hpp"
#include "store/sqlite/directory.hpp"
#include "store/sqlite/inbound.hpp"
#include "store/sqlite/jobs.hpp"
#include "store/sqlite/learned.hpp"
#include "store/sqlite/ledger.hpp"
#include "store/sqlite/queue.hpp"
#include "store/sqlite/registry.hpp"
#include "store/sqlite/retention.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace mih::store::sqlite {

/// The writing side over one connection. Its parts share the connection and the ledger; this class
/// owns the transactions around them and the totals.
class SqliteStore final : public Store, public PersonalData {
 public:
  /// `directory` holds the lock as long as the store lives.
  SqliteStore(std::unique_ptr<Directory> directory, std::unique_ptr<Connection> connection,
              const Options& options);
  ~SqliteStore() override;

  /// Brings counters and pending table up to date after a start.
  Result<void> recover();

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
  void learn(core::Learned learned) override { learned_.add(learned); }
  core::KeptSince kept_since() const override { return learned_.since(); }
  Result<void> flush(WallTime now) override;
  Result<bool> maintain(WallTime now) override;

  Result<core::Erasure> begin_erasure(const std::string& site, std::int64_t user,
                                      WallTime now) override;
  Result<core::Erasure> step_erasure(std::int64_t id, WallTime now, bool& progress) override;
  Result<std::optional<core::Erasure>> erasure(std::int64_t id) override;
  Result<std::vector<std::int64_t>> running_erasures() override;

 private:
  /// Runs `work` in a transaction together with the ledger; all of it or nothing.
  Result<void> write(const std::function<void()>& work);
  void write_ledger();
  /// What is held back; held_back_is_written() when that is committed.
  void write_held_back();
  bool is_beyond_window(core::EventSeq event) const;
  void held_back_is_written(WallTime now);

  void accept(EventEntry& entry, Batch& batch);
  /// Leaves out the deliveries that were made already, by meaning; counts them.
  void deduplicate(EventEntry& entry);
  /// Opens one delivery of an accepted event; true if it goes to the dispatcher.
  bool open_delivery(core::DeliveryKey key, const core::FanOut& decided,
                     const core::EventPtr& event, WallTime now);
  void overflow(core::DeliveryKey key, const core::FanOut& decided, const core::EventPtr& event,
                WallTime now);
  /// A delivery that ends with this letter as soon as it is made.
  void end_unsent(core::DeadLetter& letter, WallTime now);
  void update(DeliveryUpdate& update, WallTime now);
  void bury(DeliveryUpdate& update);
  void accept(InboundEntry& entry, WallTime now);
  void end(InboundOutcome& outcome);

  /// Does what the job is for with one letter.
  void do_letter(core::Job& job, core::DeadLetterId id, WallTime now,
                 std::vector<core::Delivery>& ready);
  void remove_letter(core::Job& job, core::DeadLetterId id);
  void replay_letter(core::Job& job, core::DeadLetterId id, WallTime now,
                     std::vector<core::Delivery>& ready);
  /// The service that a dead letter would go to, or why it cannot be replayed.
  std::expected<core::ServiceId, std::string> replayable(
      const std::optional<core::DeadLetter>& letter, core::ReplayMode mode) const;
  void replay_inbound(const core::DeadLetter& letter, core::ServiceId service, WallTime now);
  void reopen(const core::DeadLetter& letter, core::ServiceId service, core::ReplayMode mode,
              WallTime now, std::vector<core::Delivery>& ready);

  Result<void> clean_files();
  void checkpoint(int pages);
  void lose_trust();

  std::unique_ptr<Directory> directory_;
  KeyFile key_file_;
  std::unique_ptr<Connection> connection_;
  std::size_t max_window_;
  int checkpoint_pages_;
  std::function<void(const Error&)> give_up_;
  Ledger ledger_;
  Registry registry_;
  Queue queue_;
  DedupeWindow dedupe_;
  DeadLetters dead_letters_;
  Inbound inbound_;
  Jobs jobs_;
  CallJournal journal_;
  LearnedJournal learned_;
  Retention retention_;
  Statement save_head_;
  Statement save_lane_;
  /// What the running commit does with deliveries, for the statistics.
  std::vector<std::pair<core::ServiceId, CallJournal::Step>> steps_;
  int wal_pages_ = 0;  ///< after the last commit
  int checkpoint_at_;  ///< pages
};

}  // namespace mih::store::sqlite
