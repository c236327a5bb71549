#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "api/hub.hpp"
#include "async/task_thread.hpp"

namespace mih::api::testing {

/// A store's reading side made of plain lists, which tests fill before the server starts.
class FakeReader final : public store::Reader {
 public:
  Result<std::vector<core::Service>> services() override { return std::vector<core::Service>{}; }
  Result<std::vector<core::Rule>> rules() override { return std::vector<core::Rule>{}; }
  Result<store::Imported> imported(const std::string&) override { return store::Imported{}; }
  Result<store::ServiceAliases> aliases() override { return store::ServiceAliases{}; }
  Result<std::vector<core::Token>> tokens() override { return token_list; }
  Result<core::Settings> settings() override { return core::Settings{}; }
  Result<std::vector<core::Site>> sites() override { return std::vector<core::Site>{}; }
  Result<std::vector<core::NamedSecret>> secrets() override { return secret_list; }
  Result<std::vector<core::User>> users() override { return std::vector<core::User>{}; }
  Result<std::vector<core::AuditEntry>> audit(store::Page page) override;
  Result<std::string> catalogue(core::SiteId) override { return std::string{}; }
  Result<core::Subscriptions> subscriptions() override { return core::Subscriptions{}; }
  Result<std::vector<core::CircuitRecord>> circuits() override {
    return std::vector<core::CircuitRecord>{};
  }
  Result<core::Totals> totals() override { return counted; }
  Result<std::int64_t> dead_letter_count() override {
    return static_cast<std::int64_t>(letters.size());
  }
  Result<std::map<core::ServiceId, store::ServiceStatistics>> statistics(WallTime) override {
    return figures;
  }
  Result<std::vector<store::SeriesPoint>> series(const store::SeriesRange& range) override;
  Result<std::map<std::string, store::DeadLetterFigures>> dead_letter_figures() override {
    return letter_figures;
  }
  Result<std::map<core::RuleId, WallTime>> flagged_rules() override { return flagged; }
  Result<std::map<core::RuleId, core::RuleHits>> rule_hits() override { return hits; }
  Result<std::map<core::ServiceId, core::LaneHistory::Changes>> circuit_changes() override {
    return std::map<core::ServiceId, core::LaneHistory::Changes>{};
  }
  Result<core::Learned> learned() override { return core::Learned{}; }
  Result<std::vector<core::EventPtr>> samples_of(const std::string&, std::int64_t) override {
    return std::vector<core::EventPtr>{};
  }
  Result<std::vector<core::Alert>> alerts() override { return std::vector<core::Alert>{}; }
  Result<std::optional<WallTime>> oldest_open() override { return oldest; }

  Result<std::vector<core::Event>> events(const store::EventFilter& filter,
                                          store::Page page) override;
  Result<std::optional<core::Event>> event(std::string_view site, std::string_view id) override;
  Result<std::vector<store::DeliveryRow>> deliveries_of(core::EventSeq event) override;
  Result<std::vector<store::DeliveryRow>> deliveries(const store::DeliveryFilter& filter,
                                                     store::Page page) override;
  Result<std::optional<store::DeliveryRow>> delivery(std::string_view id) override;
  Result<std::vector<core::DeadLetter>> dead_letters(const store::DeadLetterFilter& filter,
                                                     store::Page page) override;
  Result<std::optional<core::DeadLetter>> dead_letter(core::DeadLetterId id) override;
  Result<std::vector<core::DeadLetterId>> find_dead_letters(
      const store::DeadLetterFilter& filter) override;
  Result<std::map<core::ServiceId, store::InboundFigures>> inbound_figures() override {
    return inbound;
  }
  Result<std::vector<store::InboundRow>> inbound_rows(core::ServiceId, core::InboundSeq,
                                                      std::size_t) override {
    return std::vector<store::InboundRow>{};
  }
  Result<std::optional<core::InboundMessage>> inbound_message(core::InboundSeq) override {
    return std::optional<core::InboundMessage>{};
  }
  Result<std::optional<core::Job>> job(core::JobId id) override;
  Result<std::vector<core::JobId>> running_jobs() override { return std::vector<core::JobId>{}; }
  Result<std::vector<store::LogRow>> log(const store::LogFilter& filter, store::Page page) override;

  // All lists are oldest first.
  std::vector<core::Token> token_list;
  std::vector<core::NamedSecret> secret_list;
  std::vector<core::AuditEntry> audit_list;
  std::vector<core::Event> event_list;
  std::vector<store::DeliveryRow> rows;
  std::vector<core::DeadLetter> letters;
  std::vector<store::LogRow> log_rows;
  std::optional<core::Job> last_job;
  std::map<core::ServiceId, store::ServiceStatistics> figures;
  std::map<core::ServiceId, store::InboundFigures> inbound;
  std::map<core::RuleId, WallTime> flagged;
  std::map<core::RuleId, core::RuleHits> hits;
  std::map<std::string, store::DeadLetterFigures> letter_figures;
  std::vector<core::Counts> steps;         ///< what series() begins with; the rest is not known
  std::vector<store::SeriesRange> ranges;  ///< what series() was asked for
  core::Totals counted;
  std::optional<WallTime> oldest;
};

/// Sites in memory. Answers come at once.
class FakeSites final : public Sites {
 public:
  std::vector<core::Site> list;
  core::Subscriptions subscribed{7, {{R"(\core\event\user_created)", 7, {}}}};
  engine::CaptureState captured;
  std::vector<std::string> sampled;                         ///< what request_samples() got
  std::string catalogue;                                    ///< what save_catalogue() got
  std::vector<std::pair<std::string, SiteReport>> reports;  ///< what heard_from() got

  /// A connected site; FakeHub::add_token() gives it a token.
  core::SiteId add(std::string name);

  std::vector<core::Site> sites() const override { return list; }
  std::shared_ptr<const core::Subscriptions> subscriptions() const override {
    return std::make_shared<const core::Subscriptions>(subscribed);
  }
  engine::CaptureState capture_state(const core::Rule&) const override { return captured; }
  void save_site(core::Site site, Answer<core::Site> answer) override;
  void remove_site(core::SiteId site, Answer<bool> answer) override;
  void connect_site(ConnectRequest request, Answer<Connected> answer) override;
  void save_catalogue(core::SiteId site, std::string events, Answer<bool> answer) override;
  void request_samples(const std::string& pattern) override { sampled.push_back(pattern); }
  std::optional<std::int64_t> heard_from(std::string_view site, SiteReport report) override;
};

/// Has nothing of anybody, and no erasure under way.
class FakePersonalData final : public PersonalData {
 public:
  void erase(std::string site, std::int64_t user, Answer<core::Erasure> answer) override {
    answer(core::Erasure{.id = 1, .site = std::move(site), .user = user});
  }
  void find_erasure(std::int64_t, Answer<std::optional<core::Erasure>> answer) override {
    answer(std::nullopt);
  }
};

class FakeAccounts final : public Accounts {
 public:
  std::vector<core::User> list;
  std::map<std::string, std::string> passwords;  ///< by name
  std::vector<std::string> checked;              ///< names whose password was checked

  core::UserId add(std::string name, core::Role role, std::string password);

  std::vector<core::User> users() const override { return list; }
  void save_user(core::User user, std::optional<std::string> password,
                 Answer<core::User> answer) override;
  void remove_user(core::UserId user, Answer<bool> answer) override;
  void check_password(std::string name, std::string password, Answer<core::User> answer) override;
};

/// A hub in memory. It answers on a thread of its own, as the real one does; hold() keeps answers
/// back until release().
class FakeHub final : public Hub {
 public:
  explicit FakeHub(const Clock& clock) : clock_(clock) { publish(); }

  FakeReader reader;
  FakeSites site_list;
  FakeAccounts people;
  FakePersonalData personal;
  /// What append_audit() got.
  std::vector<core::AuditEntry> trail() const;
  LaneStatus lane;         ///< of every service
  core::Reply test_reply;  ///< what test_call() answers
  engine::EventLibrary library;
  Result<core::LookedUp> looked_up = core::LookedUp{};  ///< what look_up() answers
  GatewayResult gateway_result;                         ///< what request() answers
  Result<EventsAnswer> events_answer = EventsAnswer{.accepted = 1, .duplicates = 0, .rejected = {}};
  Result<std::string> operations_answer = R"({"items":[],"next_cursor":null})";
  Result<core::InboundReceipt> inbound_answer = core::InboundReceipt{"m1", false};
  Result<bool> action_answer = true;  ///< of retry_now() and cancel()
  std::vector<std::string> reasons;   ///< why it is not ready
  std::map<std::string, core::ServiceId> aliases;
  std::vector<ImportRequest> imports;  ///< what import_original() got
  std::vector<core::Alert> raised;     ///< what alerts() tells
  bool throws = false;                 ///< accept_events() throws

  /// What accept_events() was called with.
  struct Intake {
    std::string body;
    EventFormat format;
    std::string site;
  };
  std::vector<Intake> intakes() const;
  /// What accept_inbound() was called with.
  std::vector<core::InboundMessage> messages() const;
  /// What the lanes, dead letters and the log were asked for, as text.
  std::vector<std::string> calls() const;

  /// Makes a token of that role and returns its secret.
  std::string add_token(core::Role role, std::string site = {});
  void change_service(core::ServiceId id, const std::function<void(core::Service&)>& change);
  core::ServiceId add_service(std::string name, std::string base_url = "http://127.0.0.1:1");
  core::RuleId add_rule(std::string name, std::string service, std::string eventname);

  /// Tells those who listen, from another thread.
  void tell(LiveMessage message);
  bool is_listened_to() const;

  void hold();
  void release();
  /// Waits until an answer is being kept back.
  void wait_until_held();

  void accept_events(std::string body, EventFormat format, std::string site,
                     Answer<EventsAnswer> answer) override;
  void request(GatewayRequest request, Answer<GatewayResult> answer) override;
  void enqueue(EnqueueRequest request, Answer<std::string> answer) override;
  std::shared_ptr<const engine::Catalog> catalog() const override;
  core::Settings settings() const override;
  std::optional<core::Token> find_token(const Sha256& hash) const override;
  std::shared_ptr<const core::Service> service_by_alias(const std::string& name) const override {
    const auto found = aliases.find(name);
    return found == aliases.end() ? nullptr : catalog()->service(found->second);
  }
  store::ServiceAliases service_aliases() const override { return aliases; }
  FakeSites& sites() override { return site_list; }
  FakeAccounts& accounts() override { return people; }
  FakePersonalData& personal_data() override { return personal; }
  void save_secret(core::NamedSecret secret, Answer<core::NamedSecret> answer) override;
  void remove_secret(std::string name, Answer<bool> answer) override;
  void append_audit(core::AuditEntry entry, Answer<bool> answer) override;
  void rotate_key(Answer<bool> answer) override;
  void save_service(core::Service service, Answer<core::Service> answer) override;
  void remove_service(core::ServiceId service, Answer<store::ServiceDeletion> answer) override;
  void save_rule(engine::CompiledRule rule, Answer<core::Rule> answer) override;
  void remove_rule(core::RuleId rule, Answer<bool> answer) override;
  void save_token(core::Token token, Answer<core::Token> answer) override;
  void remove_token(core::TokenId token, Answer<bool> answer) override;
  void save_settings(core::Settings settings, Answer<core::Settings> answer) override;
  void clear_log(Answer<bool> answer) override;
  void import_original(ImportRequest request, Answer<ImportReport> answer) override {
    imports.push_back(std::move(request));
    answer(ImportReport{});
  }
  void start_job(core::JobKind kind, core::ReplayMode mode, std::vector<core::DeadLetterId> letters,
                 Answer<core::Job> answer) override;
  void lane_status(Answer<std::unordered_map<core::ServiceId, LaneStatus>> answer) override;
  void reset_circuits(std::vector<core::ServiceId> services, Answer<bool> answer) override;
  void retry_now(std::string delivery_id, Answer<bool> answer) override;
  void cancel(std::string delivery_id, Answer<bool> answer) override;
  void test_call(core::Request request, Answer<core::Reply> answer) override;
  std::vector<engine::KnownName> event_names() const override { return library.names(); }
  std::vector<engine::KnownField> event_fields(std::string_view name) const override {
    return library.fields(name);
  }
  core::EventPtr sample_event(std::string_view pattern) const override {
    return library.sample(pattern);
  }
  void look_up(std::string site, core::LookUp wanted, Answer<core::LookedUp> answer) override;
  void list_operations(std::shared_ptr<const core::Service> service, bool anew,
                       Answer<std::string> answer) override;
  void accept_inbound(core::InboundMessage message, Answer<core::InboundReceipt> answer) override;
  void read(std::move_only_function<void(store::Reader&)> query) override;
  void listen(LiveSink sink) override;
  std::vector<core::Alert> alerts() const override { return raised; }
  std::vector<std::string> not_ready() const override { return reasons; }

 private:
  void publish();
  void note(std::string call);
  /// Runs the task on the answering thread, later if answers are kept back.
  void later(async::TaskThread::Task task);
  template <class T>
  void answer_later(Answer<T> answer, Result<T> result) {
    later([answer = std::move(answer), result = std::move(result)]() mutable {
      answer(std::move(result));
    });
  }

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable held_changed_;
  std::uint64_t version_ = 0;
  std::int64_t last_id_ = 0;
  std::map<core::ServiceId, core::Service> services_;
  std::map<core::RuleId, core::Rule> rules_;
  std::vector<core::Token> tokens_;
  core::Settings settings_;
  std::shared_ptr<const engine::Catalog> catalog_;
  std::vector<Intake> intakes_;
  std::vector<core::InboundMessage> messages_;
  std::vector<std::string> calls_;
  LiveSink sink_;
  bool holding_ = false;
  std::deque<async::TaskThread::Task> held_;
  async::TaskThread thread_;  ///< last: its tasks use what is above
};

}  // namespace mih::api::testing
