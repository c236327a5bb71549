#include "app/site_directory.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "app/site_call.hpp"
#include "base/hash.hpp"

namespace mih::app {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kKeyBytes = 32;
/// What a site says of itself is saved this often at most.
constexpr std::chrono::seconds kSaveEvery{60};
constexpr std::chrono::hours kSampling{1};
constexpr std::size_t kMostSampled = 50;  ///< patterns at a time

std::string default_callback(const std::string& wwwroot) {
  return wwwroot + "/local/integrationhub/callback.php";
}

void take_report(core::Site& site, const api::SiteReport& report) {
  site.list_version = std::max(site.list_version, report.list_version.value_or(0));
  site.outbox_rows = report.outbox_rows.value_or(site.outbox_rows);
  site.plugin_version = report.plugin_version.value_or(site.plugin_version);
  site.moodle_version = report.moodle_version.value_or(site.moodle_version);
}

}  // namespace

Result<std::unique_ptr<SiteDirectory>> SiteDirectory::load(store::Reader& reader, Parts parts) {
  std::unique_ptr<SiteDirectory> directory(new SiteDirectory(std::move(parts)));
  auto sites = reader.sites();
  if (!sites) return fail(sites);
  auto list = reader.subscriptions();
  if (!list) return fail(list);
  directory->sites_ = std::move(*sites);
  directory->list_ = std::make_shared<const core::Subscriptions>(std::move(*list));
  directory->rules_changed(*directory->parts_.registry.catalog());
  directory->tell_addresses();
  return directory;
}

SiteDirectory::~SiteDirectory() {
  stop();
}

void SiteDirectory::start() {
  thread_ = std::thread([this] { run(); });
}

void SiteDirectory::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SiteDirectory::rules_changed(const engine::Catalog& catalog) {
  auto needed = engine::needed_patterns(catalog);
  const std::lock_guard lock(mutex_);
  review(std::move(needed), 0);
}

std::vector<core::Site> SiteDirectory::sites() const {
  const std::lock_guard lock(mutex_);
  return sites_;
}

std::optional<core::Site> SiteDirectory::find_site(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(sites_, name, &core::Site::name);
  return found == sites_.end() ? std::nullopt : std::optional(*found);
}

std::shared_ptr<const core::Subscriptions> SiteDirectory::subscriptions() const {
  const std::lock_guard lock(mutex_);
  return list_;
}

engine::CaptureState SiteDirectory::capture_state(const core::Rule& rule) const {
  const std::lock_guard lock(mutex_);
  return engine::capture_state(*list_, sites_, rule);
}

void SiteDirectory::save_site(core::Site site, Answer<core::Site> answer) {
  parts_.writer.run(
      [this, site = std::move(site), answer = std::move(answer)](store::Store& store) mutable {
        auto saved = store.save_site(std::move(site), parts_.clock.now().wall);
        if (saved) {
          const std::lock_guard lock(mutex_);
          put(*saved);
        }
        answer(std::move(saved));
      });
}

void SiteDirectory::remove_site(core::SiteId site, Answer<bool> answer) {
  parts_.writer.run([this, site, answer = std::move(answer)](store::Store& store) mutable {
    core::TokenId token;
    {
      const std::lock_guard lock(mutex_);
      if (const auto* known = find(site)) token = known->token;
    }
    if (token && store.remove_token(token)) parts_.registry.drop_token(token);
    auto removed = store.remove_site(site);
    if (!removed) return answer(fail(removed));
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(sites_, [&](const core::Site& known) { return known.id == site; });
      schedules_.erase(site);
      tell_addresses();
      note_acknowledged();
    }
    answer(true);
  });
}

void SiteDirectory::connect_site(api::ConnectRequest request, Answer<api::Connected> answer) {
  parts_.writer.run([this, request = std::move(request), answer = std::move(answer)](
                        store::Store& store) mutable { answer(connect(store, request)); });
}

Result<api::Connected> SiteDirectory::connect(store::Store& store,
                                              const api::ConnectRequest& request) {
  const auto now = parts_.clock.now();
  core::Site site;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(sites_, [&](const core::Site& known) {
      return known.code_hash == request.code_hash && now.wall < known.code_expires;
    });
    if (found == sites_.end()) {
      return fail(ErrorCode::kForbidden,
                  "This code is not valid: it was used, has expired, or is not of this hub. "
                  "mih site code NAME prints a new one.");
    }
    site = *found;
  }
  const auto secret = "mih_" + random_hex(kTokenBytes);
  const auto before = site.token;
  auto token = replace_token(store, site, secret);
  if (!token) return fail(token);
  const bool had_default = site.callback_url == default_callback(site.wwwroot);
  site.wwwroot = request.wwwroot;
  if (site.callback_url.empty() || had_default) site.callback_url = default_callback(site.wwwroot);
  site.token = token->id;
  site.callback_key = random_hex(kKeyBytes);
  site.signon_key = random_hex(kKeyBytes);
  site.code_hash.reset();
  site.list_version = 0;
  site.last_seen = now.wall;
  take_report(site, request.report);
  auto saved = store.save_site(std::move(site), now.wall);
  if (!saved) return fail(saved);
  if (before && store.remove_token(before)) parts_.registry.drop_token(before);
  const std::lock_guard lock(mutex_);
  put(*saved);
  return api::Connected{std::move(*saved), secret};
}

Result<core::Token> SiteDirectory::replace_token(store::Store& store, const core::Site& site,
                                                 const std::string& secret) {
  core::Token token;
  token.name = "site " + site.name;
  token.role = core::Role::kIngest;
  token.site = site.name;
  token.hash = sha256(secret);
  auto saved = store.save_token(std::move(token), parts_.clock.now().wall);
  if (saved) parts_.registry.put_token(*saved);
  return saved;
}

void SiteDirectory::save_catalogue(core::SiteId site, std::string events, Answer<bool> answer) {
  parts_.writer.run(
      [site, events = std::move(events), answer = std::move(answer)](store::Store& store) mutable {
        auto saved = store.save_catalogue(site, events);
        if (!saved) return answer(fail(saved));
        answer(true);
      });
}

std::optional<std::int64_t> SiteDirectory::heard_from(std::string_view name,
                                                      api::SiteReport report) {
  const auto now = parts_.clock.now().wall;
  const std::lock_guard lock(mutex_);
  const auto site = std::ranges::find(sites_, name, &core::Site::name);
  if (site == sites_.end() || !site->is_connected()) return std::nullopt;
  const auto before = site->list_version;
  take_report(*site, report);
  site->last_seen = now;
  if (site->list_version > list_->version) review(patterns(), site->list_version);
  if (site->list_version > before) note_acknowledged();
  auto& saved = saved_[site->id];
  if (site->list_version > before || now - saved >= kSaveEvery || now < saved) {
    saved = now;
    save_later(site->id);
  }
  return list_->version;
}

void SiteDirectory::request_samples(const std::string& pattern) {
  const auto now = parts_.clock.now();
  const std::lock_guard lock(mutex_);
  std::erase_if(samples_, [&](const auto& one) { return one.second <= now.steady; });
  const bool connected = std::ranges::any_of(sites_, &core::Site::is_connected);
  if (!connected || samples_.size() >= kMostSampled) return;
  if (!samples_.emplace(pattern, now.steady + kSampling).second) return;
  auto list = *list_;
  engine::revise(list, patterns(), list.version, now);  // sites take the newer version
  list.sample = wanted_samples();
  publish(std::move(list));
}

std::vector<std::string> SiteDirectory::wanted_samples() const {
  const auto now = parts_.clock.now().steady;
  std::vector<std::string> wanted;
  for (const auto& [pattern, until] : samples_) {
    if (until > now) wanted.push_back(pattern);
  }
  return wanted;
}

void SiteDirectory::tell_addresses() {
  engine::SiteAddresses addresses;
  for (const auto& site : sites_)
    addresses.emplace(site.name, site.wwwroot);
  parts_.told(std::move(addresses));
}

core::Site* SiteDirectory::find(core::SiteId id) {
  const auto found = std::ranges::find(sites_, id, &core::Site::id);
  return found == sites_.end() ? nullptr : &*found;
}

void SiteDirectory::put(const core::Site& site) {
  if (auto* known = find(site.id)) {
    *known = site;
  } else {
    sites_.push_back(site);
  }
  tell_addresses();
  changed_.notify_all();
}

std::vector<std::string> SiteDirectory::patterns() const {
  std::vector<std::string> texts;
  for (const auto& one : list_->patterns)
    texts.push_back(one.pattern);
  return texts;
}

void SiteDirectory::review(std::vector<std::string> needed, std::int64_t least) {
  auto list = *list_;
  const auto now = parts_.clock.now();
  if (!engine::revise(list, std::move(needed), least, now)) return;
  engine::note_acknowledged(list, sites_, now);
  list.sample = wanted_samples();
  publish(std::move(list));
}

void SiteDirectory::note_acknowledged() {
  auto list = *list_;
  if (engine::note_acknowledged(list, sites_, parts_.clock.now())) publish(std::move(list));
}

/// In force at once. A crash before it is saved makes a newer version of the same list.
void SiteDirectory::publish(core::Subscriptions list) {
  list_ = std::make_shared<const core::Subscriptions>(std::move(list));
  parts_.writer.run([list = list_](store::Store& store) {
    if (auto saved = store.save_subscriptions(*list); !saved) {
      spdlog::error("the subscription list was not saved: {}", saved.error().detail);
    }
  });
  changed_.notify_all();
}

void SiteDirectory::save_later(core::SiteId id) {
  parts_.writer.run([this, id](store::Store& store) {
    core::Site site;
    {
      const std::lock_guard lock(mutex_);
      const auto* known = find(id);
      if (!known) return;
      site = *known;
    }
    if (auto saved = store.save_site(std::move(site), parts_.clock.now().wall); !saved) {
      spdlog::error("what a site said of itself was not saved: {}", saved.error().detail);
    }
  });
}

void SiteDirectory::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next = call_due_sites(lock);
    if (stopping_) return;
    if (next) {
      changed_.wait_until(lock, *next);
    } else {
      changed_.wait(lock);
    }
  }
}

std::optional<SteadyTime> SiteDirectory::call_due_sites(std::unique_lock<std::mutex>& lock) {
  const auto now = parts_.clock.now().steady;
  const auto version = list_->version;
  std::optional<SteadyTime> next;
  std::vector<core::Site> due;
  for (const auto& site : sites_) {
    if (!site.is_connected() || site.callback_url.empty() || site.list_version >= version) continue;
    auto& schedule = schedules_[site.id];
    const auto when = schedule.due(version, now);
    if (!when) continue;
    if (*when > now) {
      next = std::min(next.value_or(*when), *when);
      continue;
    }
    schedule.started(version);
    due.push_back(site);
  }
  lock.unlock();
  for (const auto& site : due)
    call(site, version);
  lock.lock();
  // A reply may have come, or the list may have changed, while the lock was open.
  return due.empty() ? next : std::optional(now);
}

void SiteDirectory::call(const core::Site& site, std::int64_t version) {
  parts_.call(
      site.name, app::subscriptions_call(site, *subscriptions(), parts_.clock.now()),
      [this, id = site.id, version](const core::Reply& reply) { on_reply(id, version, reply); });
}

void SiteDirectory::on_reply(core::SiteId id, std::int64_t version, const core::Reply& reply) {
  const auto acknowledged = acknowledged_version(reply);
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    const auto* site = find(id);
    if (!site) return;
    name = site->name;
    auto& schedule = schedules_[id];
    if (acknowledged && *acknowledged >= version) {
      schedule.succeeded();
    } else {
      schedule.failed(parts_.clock.now().steady);
      spdlog::warn("site {} did not take the list of events: {}", name, trouble_of(reply));
    }
    changed_.notify_all();
  }
  if (acknowledged && *acknowledged >= version) {
    api::SiteReport report;
    report.list_version = acknowledged;
    heard_from(name, std::move(report));
  }
}

}  // namespace mih::app
