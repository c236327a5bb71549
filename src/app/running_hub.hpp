#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/hub.hpp"
#include "app/account_directory.hpp"
#include "app/alert_monitor.hpp"
#include "app/event_observer.hpp"
#include "app/job_runner.hpp"
#include "app/live_feed.hpp"
#include "app/registry.hpp"
#include "app/site_caller.hpp"
#include "app/site_directory.hpp"
#include "async/task_thread.hpp"
#include "base/time.hpp"
#include "delivery/worker.hpp"
#include "inbound/intake.hpp"
#include "ingest/intake.hpp"
#include "store/store.hpp"
#include "store/writer.hpp"
#include "transport/soap/soap_transport.hpp"
#include "transport/transport.hpp"

namespace mih::app {

/// Call ids from here on are test calls; the dispatcher counts from 1.
inline constexpr transport::CallId kFirstTestCall = transport::CallId{1} << 63;

/// What the API can ask for, carried out by the parts of the daemon. Changes go through the
/// writer's thread: durable first, then in force, then answered.
class RunningHub final : public api::Hub {
 public:
  struct Parts {
    Registry& registry;
    store::Writer& writer;
    store::Reader& reader;
    delivery::Worker& worker;
    transport::Transport& transport;
    ingest::Intake& intake;
    JobRunner& jobs;
    const AlertMonitor& alerts;
    const Clock& clock;
    SiteDirectory& sites;
    SiteCaller& site_caller;
    EventObserver& observer;
    transport::SoapTransport& soap;
    AccountDirectory& accounts;
    inbound::Intake& inbound;
    LiveFeed& feed;
    api::PersonalData& personal_data;
  };

  explicit RunningHub(Parts parts) : parts_(parts) {}

  /// From now on /readyz says why the hub is not ready.
  /// Everything is built: /readyz may say so.
  void set_started() { started_ = true; }
  void set_stopping() { stopping_ = true; }
  /// The reply of a test call: it is logged and answered.
  void on_test_reply(transport::CallId call, core::Reply reply);

  void accept_events(std::string body, api::EventFormat format, std::string site,
                     api::Answer<api::EventsAnswer> answer) override;

  void request(api::GatewayRequest request, api::Answer<api::GatewayResult> answer) override;
  void enqueue(api::EnqueueRequest request, api::Answer<std::string> answer) override;

  std::shared_ptr<const engine::Catalog> catalog() const override;
  core::Settings settings() const override;
  std::optional<core::Token> find_token(const Sha256& hash) const override;
  std::shared_ptr<const core::Service> service_by_alias(const std::string& name) const override;
  store::ServiceAliases service_aliases() const override;
  api::Sites& sites() override { return parts_.sites; }
  api::Accounts& accounts() override { return parts_.accounts; }
  api::PersonalData& personal_data() override { return parts_.personal_data; }

  void save_service(core::Service service, api::Answer<core::Service> answer) override;
  void remove_service(core::ServiceId service, api::Answer<store::ServiceDeletion> answer) override;
  void save_rule(engine::CompiledRule rule, api::Answer<core::Rule> answer) override;
  void remove_rule(core::RuleId rule, api::Answer<bool> answer) override;
  void save_token(core::Token token, api::Answer<core::Token> answer) override;
  void remove_token(core::TokenId token, api::Answer<bool> answer) override;
  void save_settings(core::Settings settings, api::Answer<core::Settings> answer) override;
  void save_secret(core::NamedSecret secret, api::Answer<core::NamedSecret> answer) override;
  void remove_secret(std::string name, api::Answer<bool> answer) override;
  void append_audit(core::AuditEntry entry, api::Answer<bool> answer) override;
  void rotate_key(api::Answer<bool> answer) override;
  void clear_log(api::Answer<bool> answer) override;
  void import_original(api::ImportRequest request, api::Answer<api::ImportReport> answer) override;
  void start_job(core::JobKind kind, core::ReplayMode mode, std::vector<core::DeadLetterId> letters,
                 api::Answer<core::Job> answer) override;

  void lane_status(
      api::Answer<std::unordered_map<core::ServiceId, api::LaneStatus>> answer) override;
  void reset_circuits(std::vector<core::ServiceId> services, api::Answer<bool> answer) override;
  void retry_now(std::string delivery_id, api::Answer<bool> answer) override;
  void cancel(std::string delivery_id, api::Answer<bool> answer) override;
  void test_call(core::Request request, api::Answer<core::Reply> answer) override;
  void look_up(std::string site, core::LookUp wanted, api::Answer<core::LookedUp> answer) override;
  std::vector<engine::KnownName> event_names() const override { return parts_.observer.names(); }
  std::vector<engine::KnownField> event_fields(std::string_view name) const override {
    return parts_.observer.fields(name);
  }
  core::EventPtr sample_event(std::string_view pattern) const override {
    return parts_.observer.sample(pattern);
  }
  void list_operations(std::shared_ptr<const core::Service> service, bool anew,
                       api::Answer<std::string> answer) override;
  void accept_inbound(core::InboundMessage message,
                      api::Answer<core::InboundReceipt> answer) override;
  void read(std::move_only_function<void(store::Reader&)> query) override;
  void listen(api::LiveSink sink) override { parts_.feed.listen(std::move(sink)); }
  api::Measurements measurements() const override;
  std::vector<core::Alert> alerts() const override { return parts_.alerts.raised(); }
  std::vector<std::string> not_ready() const override;

 private:
  using WaitingAction = bool (delivery::Dispatcher::*)(core::ServiceId, core::DeliveryKey,
                                                       std::optional<core::Delivery>, Now);

  /// Puts the registry's catalog in force; on the writer's thread.
  void put_in_force();
  /// Runs change(store) on the writer's thread; answers with its result after applying it.
  template <class T, class Change, class Apply>
  void change(Change change, Apply apply, api::Answer<T> answer);
  /// Done in the store before the dispatcher acts.
  using StoreAction = Result<void> (*)(store::Store&, core::ServiceId, core::DeliveryKey, WallTime);
  void act_on_waiting(std::string delivery_id, StoreAction prepare, WaitingAction action,
                      api::Answer<bool> answer);

  /// A test call that is under way: what its log row needs, and who waits.
  struct TestCall {
    store::CallRecord record;
    api::Answer<core::Reply> answer;
  };

  Parts parts_;
  std::atomic<bool> started_ = false;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  transport::CallId last_test_call_ = kFirstTestCall;
  std::unordered_map<transport::CallId, TestCall> test_calls_;
  async::TaskThread reading_;
};

}  // namespace mih::app
