#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/sites.hpp"
#include "app/registry.hpp"
#include "base/time.hpp"
#include "core/exchange.hpp"
#include "engine/catalog.hpp"
#include "engine/render.hpp"
#include "engine/subscriptions.hpp"
#include "store/store.hpp"
#include "store/writer.hpp"

namespace mih::app {

/// The Moodles of this hub and the list of events that they capture. When the list changes every
/// connected site is called about it until it has acknowledged; that has a thread, waits and
/// failures of its own, so that a dead Moodle disturbs nothing else.
class SiteDirectory final : public api::Sites {
 public:
  /// Makes one call to the site of that name and answers once.
  using CallOut = std::function<void(const std::string&, core::Request,
                                     std::move_only_function<void(core::Reply)>)>;

  struct Parts {
    Registry& registry;
    store::Writer& writer;
    const Clock& clock;
    CallOut call;
    /// The sites that there are, with their addresses.
    std::function<void(engine::SiteAddresses)> told;
  };

  /// Reads sites and list from the store; the list is brought up to date with the rules.
  static Result<std::unique_ptr<SiteDirectory>> load(store::Reader& reader, Parts parts);
  ~SiteDirectory() override;

  /// Starts to call sites.
  void start();
  /// Calls nobody any more. Safe to call twice.
  void stop();

  /// The rules have changed; on the writer's thread.
  void rules_changed(const engine::Catalog& catalog);

  std::vector<core::Site> sites() const override;
  /// The site of that name.
  std::optional<core::Site> find_site(std::string_view name) const;
  std::shared_ptr<const core::Subscriptions> subscriptions() const override;
  engine::CaptureState capture_state(const core::Rule& rule) const override;
  void save_site(core::Site site, Answer<core::Site> answer) override;
  void remove_site(core::SiteId site, Answer<bool> answer) override;
  void connect_site(api::ConnectRequest request, Answer<api::Connected> answer) override;
  void save_catalogue(core::SiteId site, std::string events, Answer<bool> answer) override;
  void request_samples(const std::string& pattern) override;
  std::optional<std::int64_t> heard_from(std::string_view site, api::SiteReport report) override;

 private:
  explicit SiteDirectory(Parts parts) : parts_(std::move(parts)) {}

  Result<api::Connected> connect(store::Store& store, const api::ConnectRequest& request);
  Result<core::Token> replace_token(store::Store& store, const core::Site& site,
                                    const std::string& secret);

  // With the mutex held:
  core::Site* find(core::SiteId id);
  void put(const core::Site& site);
  /// Brings the list up to date and saves it if it changed.
  void review(std::vector<std::string> needed, std::int64_t least);
  void note_acknowledged();
  void publish(core::Subscriptions list);
  std::vector<std::string> wanted_samples() const;
  void tell_addresses();
  void save_later(core::SiteId site);
  std::vector<std::string> patterns() const;

  // The calling thread:
  void run();
  /// Calls the sites that are due; returns when to look again.
  std::optional<SteadyTime> call_due_sites(std::unique_lock<std::mutex>& lock);
  void call(const core::Site& site, std::int64_t version);
  void on_reply(core::SiteId site, std::int64_t version, const core::Reply& reply);

  Parts parts_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::vector<core::Site> sites_;
  std::shared_ptr<const core::Subscriptions> list_ = std::make_shared<core::Subscriptions>();
  std::map<core::SiteId, engine::PushSchedule> schedules_;
  std::map<std::string, SteadyTime> samples_;  ///< patterns, and until when they are wanted
  std::map<core::SiteId, WallTime> saved_;     ///< when what a site said of itself was last saved
  bool stopping_ = false;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace mih::app
