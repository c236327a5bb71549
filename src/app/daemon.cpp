#include "app/daemon.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <random>
#include <spdlog/spdlog.h>
#include <sys/statvfs.h>
#include <utility>

#include "api/server.hpp"
#include "app/account_directory.hpp"
#include "app/alert_monitor.hpp"
#include "app/erasures.hpp"
#include "app/event_observer.hpp"
#include "app/job_runner.hpp"
#include "app/live_feed.hpp"
#include "app/queue_troubles.hpp"
#include "app/registry.hpp"
#include "app/running_hub.hpp"
#include "app/site_caller.hpp"
#include "app/site_directory.hpp"
#include "base/crash_point.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/worker.hpp"
#include "inbound/intake.hpp"
#include "inbound/relay.hpp"
#include "ingest/intake.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/writer.hpp"
#include "transport/amqp/amqp_transport.hpp"
#include "transport/by_type.hpp"
#include "transport/http/oauth_transport.hpp"
#include "transport/soap/soap_transport.hpp"

namespace mih::app {
namespace {

constexpr std::chrono::seconds kPatience{10};
/// Call ids from here on are calls of sites, up to those of test calls.
constexpr transport::CallId kFirstSiteCall = kFirstTestCall / 2;

std::int64_t free_disk(const std::filesystem::path& dir) {
  struct statvfs info{};
  if (::statvfs(dir.c_str(), &info) != 0) return 0;
  return static_cast<std::int64_t>(info.f_bavail) * static_cast<std::int64_t>(info.f_frsize);
}

/// Services that have open deliveries, deleted ones included.
Result<std::vector<core::ServiceId>> services_with_backlog(store::Reader& reader, WallTime now) {
  auto statistics = reader.statistics(now);
  if (!statistics) return fail(statistics);
  std::vector<core::ServiceId> services;
  for (const auto& [service, figures] : *statistics) {
    if (figures.backlog > 0) services.push_back(service);
  }
  return services;
}

std::vector<IpNetwork> networks_of(const std::vector<std::string>& texts) {
  std::vector<IpNetwork> networks;
  for (const auto& text : texts) {
    if (const auto network = parse_network(text)) networks.push_back(*network);
  }
  return networks;
}

std::function<double()> random_numbers() {
  return [engine = std::mt19937_64{std::random_device{}()}]() mutable {
    return std::uniform_real_distribution<double>{}(engine);
  };
}

}  // namespace

/// In the order in which they are built; destroyed in the opposite order.
struct Daemon::Parts {
  std::filesystem::path dir;
  SystemClock clock;
  store::sqlite::Opened store;
  std::unique_ptr<Registry> registry;
  std::unique_ptr<LiveFeed> feed;
  std::unique_ptr<delivery::Dispatcher> dispatcher;
  std::unique_ptr<EventObserver> observer;   ///< outlives the writer, whose thread asks it
  std::unique_ptr<JobRunner> jobs;           ///< outlives the writer, whose thread runs its steps
  std::unique_ptr<Erasures> erasures;        ///< likewise
  std::unique_ptr<inbound::Relay> relay;     ///< likewise: hand-overs end on it
  std::unique_ptr<inbound::Intake> inbound;  ///< likewise; the transport submits to it
  QueueTroubles queues;
  std::unique_ptr<store::Writer> writer;
  std::unique_ptr<SiteCaller> site_caller;  ///< gets replies until the transport has ended
  std::unique_ptr<transport::Transport> transport;
  transport::SoapTransport* soap = nullptr;  ///< a part of `transport`
  std::unique_ptr<delivery::Worker> worker;
  std::unique_ptr<ingest::Intake> intake;
  std::unique_ptr<AlertMonitor> alerts;
  std::unique_ptr<SiteDirectory> sites;
  std::unique_ptr<AccountDirectory> accounts;
  std::unique_ptr<RunningHub> hub;
  std::unique_ptr<api::Server> server;

  Result<void> open_store(const config::Config& config);
  Result<void> build_delivery();
  Result<void> build_observer();
  void build_writer(const config::Config& config);
  void build_inbound_intake();
  Result<void> build_transport(const config::Config& config);
  Result<void> build_alerts(const config::Config& config);
  Result<void> build_sites();
  Result<void> build_accounts(const std::function<bool(const std::string&)>& show);
  void build_relay();
  void build_erasures();
  Result<void> build_server(const config::Config& config);
  Result<void> announce() const;
};

Result<void> Daemon::Parts::open_store(const config::Config& config) {
  dir = config.data;
  store::sqlite::Options options;
  options.dir = dir;
  options.key_file = config.key_file;
  options.give_up = [](const Error& error) {
    spdlog::critical("{}", error.detail);
    spdlog::shutdown();
    std::_Exit(EXIT_FAILURE);  // nothing is lost: it is as safe as a crash, which is always allowed
  };
  auto opened = store::sqlite::open(options);
  if (!opened) return fail(opened);
  store = std::move(*opened);
  std::vector<std::string> warnings;
  auto loaded = Registry::load(*store.reader, warnings);
  if (!loaded) return fail(loaded);
  registry = std::move(*loaded);
  for (const auto& warning : warnings)
    spdlog::warn("{}", warning);
  feed = std::make_unique<LiveFeed>([this] { return registry->catalog(); });
  return {};
}

Result<void> Daemon::Parts::build_delivery() {
  const auto now = clock.now();
  const auto circuits = store.reader->circuits();
  if (!circuits) return std::unexpected(circuits.error());
  auto changes = store.reader->circuit_changes();
  if (!changes) return fail(changes);
  const auto backlog = services_with_backlog(*store.reader, now.wall);
  if (!backlog) return std::unexpected(backlog.error());
  delivery::Dispatcher::Options options;
  options.chance = random_numbers();
  options.circuit_changes = std::move(*changes);
  dispatcher = std::make_unique<delivery::Dispatcher>(std::move(options), registry->catalog(),
                                                      *circuits, *backlog, now);
  return {};
}

Result<void> Daemon::Parts::build_observer() {
  observer = std::make_unique<EventObserver>(
      [this](const std::string& site, const engine::SiteObject& object) {
        worker->post([site, object](delivery::Dispatcher& dispatching, Now) {
          dispatching.on_changed(site, object);
        });
      });
  return observer->recall(*store.reader);
}

void Daemon::Parts::build_writer(const config::Config& config) {
  store::Writer::Options options;
  options.min_free_disk = config.min_free_disk;
  options.free_disk = [this] { return free_disk(dir); };
  options.dispatch = [this](std::vector<core::Delivery> deliveries) {
    worker->add(std::move(deliveries));
  };
  options.committed = [this](const store::Batch& batch) { feed->on_commit(batch); };
  options.learned = [this](const core::KeptSince& since) { return observer->take_changes(since); };
  options.rematch = [this](std::vector<store::EventEntry>& entries) {
    ingest::match(entries, *registry->catalog());
  };
  writer = std::make_unique<store::Writer>(*store.store, clock, std::move(options));
  writer->set_rules_version(registry->catalog()->version());
}

void Daemon::Parts::build_inbound_intake() {
  inbound = std::make_unique<inbound::Intake>(
      *writer, clock, [this](core::ServiceId service) { relay->notify(service); });
}

Result<void> Daemon::Parts::build_transport(const config::Config& config) {
  auto guard = transport::Guard::parse(config.allowed_private);
  if (!guard) return fail(guard);
  const transport::Transport::Sink sink = [this](transport::CallId call, core::Reply reply) {
    if (call >= kFirstTestCall) {
      hub->on_test_reply(call, std::move(reply));
    } else if (call >= kFirstSiteCall) {
      site_caller->on_reply(call, std::move(reply));
    } else {
      worker->on_reply(call, std::move(reply));
    }
  };
  transport::ByType::Transports transports;
  transport::HttpTransport::Options http;
  http.guard = *guard;
  http.clock = &clock;
  transport::SoapTransport::Options soap_options;
  soap_options.make_http = [http](transport::Transport::Sink replies) {
    return std::make_unique<transport::HttpTransport>(http, std::move(replies));
  };
  soap_options.clock = &clock;
  auto made = std::make_unique<transport::SoapTransport>(soap_options, sink);
  soap = made.get();
  transports.soap = std::move(made);
  transports.rest = std::make_unique<transport::OauthTransport>(std::move(http), sink);
  transport::AmqpTransport::Options amqp;
  amqp.guard = *guard;
  amqp.clock = &clock;
  amqp.inbound = inbound.get();
  amqp.report = [this](const core::Service& service, const core::QueueTrouble& trouble) {
    queues.report(service, trouble);
  };
  transports.amqp = std::make_unique<transport::AmqpTransport>(std::move(amqp), sink);
  transport = std::make_unique<transport::ByType>(std::move(transports));
  return {};
}

Result<void> Daemon::Parts::build_alerts(const config::Config& config) {
  auto kept = store.reader->alerts();
  if (!kept) return fail(kept);
  AlertMonitor::Parts parts{
      .registry = *registry,
      .writer = *writer,
      .reader = *store.reader,
      .worker = *worker,
      .intake = *intake,
      .sites = *sites,
      .clock = clock,
      .free_disk = [this] { return free_disk(dir); },
      .min_free_disk = config.min_free_disk,
      .queues = queues,
      .changed =
          [this](const engine::AlertChange& change) { feed->on_alert(change, clock.now().wall); }};
  alerts = std::make_unique<AlertMonitor>(std::move(parts), std::move(*kept));
  return {};
}

Result<void> Daemon::Parts::build_sites() {
  auto loaded = SiteDirectory::load(
      *store.reader,
      {*registry, *writer, clock,
       [this](const std::string& site, core::Request request, SiteCaller::Heard heard) {
         site_caller->call(site, std::move(request), std::move(heard));
       },
       [this](engine::SiteAddresses sites_now) {
         worker->post([sites_now = std::move(sites_now)](delivery::Dispatcher& all, Now) mutable {
           all.set_sites(std::move(sites_now));
         });
       }});
  if (!loaded) return fail(loaded);
  sites = std::move(*loaded);
  SiteCaller::Parts parts{
      .send =
          [this](transport::CallId call, core::Request request) {
            // The transport is used from the worker's thread only.
            worker->post(
                [this, call, request = std::move(request)](delivery::Dispatcher&, Now) mutable {
                  transport->send(call, std::move(request));
                });
          },
      .find_site = [this](std::string_view name) { return sites->find_site(name); },
      .clock = clock};
  site_caller = std::make_unique<SiteCaller>(std::move(parts), kFirstSiteCall);
  return {};
}

Result<void> Daemon::Parts::build_accounts(const std::function<bool(const std::string&)>& show) {
  auto loaded = AccountDirectory::load(
      *store.reader, {.writer = *writer, .clock = clock, .password_file = dir / "admin-password"});
  if (!loaded) return fail(loaded);
  accounts = std::move(*loaded);
  return accounts->make_first_user(show);
}

void Daemon::Parts::build_relay() {
  relay = std::make_unique<inbound::Relay>(
      inbound::Relay::Parts{.writer = *writer,
                            .reader = *store.reader,
                            .clock = clock,
                            .catalog = [this] { return registry->catalog(); },
                            .sites = [this] { return sites->sites(); },
                            .deliver =
                                [this](const std::string& site, const core::InboundMessage& message,
                                       inbound::Relay::Answer answer) {
                                  site_caller->deliver_inbound(site, message, std::move(answer));
                                },
                            .report = [](std::string_view line) { spdlog::warn("{}", line); }});
}

void Daemon::Parts::build_erasures() {
  erasures = std::make_unique<Erasures>(
      *writer, *store.personal_data, clock, [this](const std::string& site, std::int64_t user) {
        observer->forget(site, user);
        worker->post([site, user](delivery::Dispatcher& dispatcher, Now) {
          dispatcher.on_changed(site, {engine::SiteObject::Kind::kUser, user});
        });
      });
}

Result<void> Daemon::Parts::build_server(const config::Config& config) {
  api::ServerOptions options;
  options.listen = config.listen;
  options.tls_certificate = config.tls_certificate;
  options.tls_key = config.tls_key;
  options.admin_socket = config.admin_socket();
  options.socket = config.socket;
  options.socket_group = config.socket_group;
  options.allowed_hosts = config.allowed_hosts;
  options.trusted_proxies = networks_of(config.trusted_proxies);
  options.metrics_from = networks_of(config.metrics_from);
  options.logins = {.idle = config.session_idle, .life = config.session_life};
  options.max_body = static_cast<std::size_t>(config.max_body);
  options.max_connections = static_cast<std::size_t>(config.max_connections);
  options.idle_timeout = config.idle_timeout;
  options.body_timeout = config.request_timeout;
  options.header_timeout =
      std::min<std::chrono::milliseconds>(options.header_timeout, config.request_timeout);
  options.report = [](std::string_view line) { spdlog::error("{}", line); };
  server = std::make_unique<api::Server>(std::move(options), *hub, clock);
  return server->start();
}

/// Writes DIR/listen, which tells scripts that the hub is ready and where.
Result<void> Daemon::Parts::announce() const {
  const auto path = dir / "listen";
  std::ofstream file(path, std::ios::trunc);
  file << server->url() << '\n';
  file.close();
  if (!file) return fail(ErrorCode::kConfigInvalid, fmt::format("Cannot write {}.", path.string()));
  std::error_code ignored;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
  return {};
}

Result<std::unique_ptr<Daemon>> Daemon::start(const config::Config& config,
                                              const std::function<bool(const std::string&)>& show) {
  auto parts = std::make_unique<Parts>();
  if (auto opened = parts->open_store(config); !opened) return fail(opened);
  if (auto built = parts->build_delivery(); !built) return fail(built);
  if (auto built = parts->build_observer(); !built) return fail(built);
  parts->build_writer(config);
  parts->build_inbound_intake();
  if (auto built = parts->build_transport(config); !built) return fail(built);
  parts->worker = std::make_unique<delivery::Worker>(
      *parts->dispatcher, *parts->writer, *parts->transport, parts->clock,
      [all = parts.get()](const std::string& site, const core::LookUp& wanted, auto answer) {
        all->site_caller->look_up(site, wanted, std::move(answer));
      });
  parts->jobs = std::make_unique<JobRunner>(*parts->writer, *parts->worker, parts->clock,
                                            [relay = &parts->relay] { (*relay)->notify_all(); });
  parts->build_erasures();
  auto running = parts->store.reader->running_jobs();
  if (!running) return fail(running);
  parts->intake = std::make_unique<ingest::Intake>(
      *parts->writer, parts->clock,
      [registry = parts->registry.get()] { return registry->catalog(); },
      ingest::Intake::Observer{
          [observer = parts->observer.get()](const auto& entries) { observer->see(entries); },
          [observer = parts->observer.get()](core::EventPtr sample) {
            observer->take_sample(std::move(sample));
          }});
  if (auto built = parts->build_sites(); !built) return fail(built);
  if (auto built = parts->build_accounts(show); !built) return fail(built);
  parts->build_relay();
  if (auto built = parts->build_alerts(config); !built) return fail(built);
  parts->hub = std::make_unique<RunningHub>(RunningHub::Parts{
      *parts->registry, *parts->writer, *parts->store.reader, *parts->worker, *parts->transport,
      *parts->intake, *parts->jobs, *parts->alerts, parts->clock, *parts->sites,
      *parts->site_caller, *parts->observer, *parts->soap, *parts->accounts, *parts->inbound,
      *parts->feed, *parts->erasures});
  parts->worker->start();
  if (auto started = parts->relay->start(); !started) return fail(started);
  parts->jobs->resume(*running);
  parts->transport->configure(parts->registry->catalog()->services());
  parts->erasures->resume();
  parts->sites->start();
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(parts)));
  if (auto built = daemon->parts_->build_server(config); !built) return fail(built);
  if (auto announced = daemon->parts_->announce(); !announced) return fail(announced);
  daemon->parts_->hub->set_started();
  spdlog::info("mih {} serves {} from {}", MIH_VERSION, daemon->url(),
               daemon->parts_->dir.string());
  return daemon;
}

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Daemon::~Daemon() {
  stop();
}

const std::string& Daemon::url() const {
  return parts_->server->url();
}

const std::filesystem::path& Daemon::data_dir() const {
  return parts_->dir;
}

void Daemon::stop() {
  auto& parts = *parts_;
  if (!parts.writer) return;
  spdlog::info("stopping: no new events or attempts, running attempts get {} s", kPatience.count());
  parts.worker->stop_starting();  // before anybody is told
  parts.hub->set_stopping();
  parts.alerts->stop();
  parts.jobs->stop();
  parts.erasures->stop();
  parts.sites->stop();
  parts.relay->stop();
  parts.writer->refuse_intake();
  parts.worker->stop(kPatience);
  std::error_code ignored;
  std::filesystem::remove(parts.dir / "listen", ignored);
  if (parts.server) parts.server->stop();
  crash_point(CrashPoint::kStopping);
  parts.worker->finish();
  parts.transport.reset();
  parts.accounts.reset();
  parts.writer.reset();
  spdlog::info("stopped");
}

void Daemon::hurry() {
  parts_->worker->hurry();
}

}  // namespace mih::app
