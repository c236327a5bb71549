#include "simulation/hub.hpp"

#include <utility>

#include "core/service_call.hpp"
#include "engine/render_call.hpp"
#include "ingest/intake.hpp"

namespace mih::simulation {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr nanoseconds kLongestMailDelay{microseconds{500}};
constexpr nanoseconds kLongestOversleep{milliseconds{2}};
/// A worker that looks so often within a millisecond without finding anything spins.
constexpr int kTooManyLooks = 10;
constexpr std::size_t kJobStep = 2;  ///< letters

}  // namespace

Hub::Hub(Timeline& timeline, store::memory::MemoryStore& store, Network& network, Moodle& moodle,
         Judge& judge, Trace& trace, Random random, Options options)
    : timeline_(timeline),
      store_(store),
      network_(network),
      moodle_(moodle),
      judge_(judge),
      trace_(trace),
      random_(random),
      options_(options) {}

std::shared_ptr<const engine::Catalog> Hub::read_catalog() {
  auto services = *store_.services();
  auto rules = *store_.rules();
  std::vector<engine::CompiledRule> compiled;
  for (const auto& rule : rules)
    compiled.push_back(engine::compile_rule(rule).value());
  judge_.on_configured(services, std::move(rules));
  return std::make_shared<const engine::Catalog>(++version_, std::move(services),
                                                 std::move(compiled));
}

void Hub::start() {
  trace_.line("the hub starts");
  const auto now = timeline_.now();
  process_ = std::make_unique<Process>(timeline_);
  process_->catalog = read_catalog();
  judge_.on_start(*process_->catalog, now);
  std::vector<core::ServiceId> backlog;
  for (const auto& [service, figures] : *store_.statistics(now.wall)) {
    if (figures.backlog > 0) backlog.push_back(service);
  }
  delivery::Dispatcher::Options options;
  options.max_in_memory = options_.max_in_memory;
  options.max_unrecorded = options_.max_unrecorded;
  options.chance = [random = random_.fork()]() mutable { return random.fraction(); };
  process_->dispatcher = std::make_unique<delivery::Dispatcher>(
      std::move(options), process_->catalog, *store_.circuits(), backlog, now);

  SimulatedWriter::Options writing;
  writing.max_group = options_.max_group;
  writing.shortest_commit = options_.shortest_commit;
  writing.longest_commit = options_.longest_commit;
  writing.dispatch = [this](std::vector<core::Delivery> deliveries) {
    process_->mail.deliveries.push_back(std::move(deliveries));
    wake();
  };
  writing.rematch = [this](std::vector<store::EventEntry>& entries) {
    ingest::match(entries, *process_->catalog);
  };
  writing.committed = [this](store::Batch& batch) { judge_.on_commit(batch); };
  writing.works = [this] { return disk_works_; };
  process_->writer =
      std::make_unique<SimulatedWriter>(timeline_, store_, random_.fork(), std::move(writing));
  process_->writer->set_rules_version(process_->catalog->version());
  for (const auto job : *store_.running_jobs())
    step_job(job);
  wake();
}

void Hub::kill() {
  if (!process_) return;
  trace_.line("the hub is killed");
  process_->writer->kill();
  process_.reset();
  store_.restart();
  judge_.on_killed();
}

void Hub::stop_starting() {
  process_->writer->refuse_intake();
  ask([this](delivery::Dispatcher& dispatcher, Now) {
    dispatcher.stop_starting();
    judge_.on_stop_starting();
  });
}

bool Hub::quiet() const {
  return process_ && process_->mail.empty() && process_->dispatcher->in_flight() == 0 &&
         process_->dispatcher->unrecorded() == 0 && process_->writer->idle();
}

void Hub::wake() {
  if (std::exchange(process_->awake, true)) return;
  process_->life.after(random_.between(nanoseconds{0}, kLongestMailDelay), [this] { look(); });
}

void Hub::look() {
  auto& process = *process_;
  process.awake = false;
  ++process.looks;
  const auto now = timeline_.now();
  auto mail = std::exchange(process.mail, {});
  for (auto& [call, reply] : mail.replies) {
    trace_.line("reply {} to call {}", describe(reply), call);
    const auto seen = reply;
    process.dispatcher->on_reply(call, std::move(reply), now);
    judge_.on_reply(call, seen, *process.dispatcher, now);
  }
  for (auto& deliveries : mail.deliveries) {
    judge_.on_added(deliveries, now);
    process.dispatcher->add(std::move(deliveries), now);
  }
  for (auto& task : mail.tasks)
    task(*process.dispatcher, now);
  judge_.before_run(now);
  auto effects = process.dispatcher->run(now);
  judge_.on_effects(effects, now);
  const bool something = effects.has_records() || !effects.sends.empty() ||
                         !effects.loads.empty() || !effects.queries.empty() ||
                         !effects.answers.empty() || !mail.empty();
  perform(std::move(effects));
  plan_next_look(something, now);
}

void Hub::plan_next_look(bool something, Now now) {
  auto& process = *process_;
  const auto wakeup = process.dispatcher->next_wakeup();
  const bool soon = now.steady - process.last_look < milliseconds{1};
  process.last_look = now.steady;
  process.idle_looks = !something && soon ? process.idle_looks + 1 : 0;
  if (process.idle_looks > kTooManyLooks) trace_.violation("the worker spins");
  if (!wakeup) return;
  const bool exactly = random_.chance(0.5);
  const auto over = exactly ? nanoseconds{0} : random_.between(nanoseconds{0}, kLongestOversleep);
  process.life.at(std::max(*wakeup, now.steady) + over, [this, looks = process.looks] {
    if (looks == process_->looks && !process_->awake) look();
  });
}

void Hub::perform(delivery::Effects effects) {
  auto& process = *process_;
  if (effects.has_records()) {
    process.writer->record(std::move(effects.updates), std::move(effects.circuits),
                           std::move(effects.calls), [this, ticket = effects.ticket] {
                             ask([this, ticket](delivery::Dispatcher& dispatcher, Now now) {
                               dispatcher.on_recorded(ticket, now);
                               judge_.on_recorded(now);
                             });
                           });
  }
  for (const auto service : effects.spills) {
    trace_.line("service {} spills", service.value);
    write([service](store::Store& store) { store.spill(service); });
  }
  for (const auto& wanted : effects.loads)
    load(wanted);
  for (const auto& wanted : effects.sweeps)
    sweep(wanted);
  for (auto& query : effects.queries)
    look_up(std::move(query));
  for (auto& send : effects.sends) {
    network_.send(send.call, send.request, process.life,
                  [this](transport::CallId call, core::Reply reply) {
                    process_->mail.replies.emplace_back(call, std::move(reply));
                    wake();
                  });
  }
}

void Hub::load(delivery::Load load) {
  write([this, load](store::Store& store) {
    auto window = store.load(load.service, load.after, load.limit);
    trace_.line("service {} loads {} of {}{}", load.service.value, window->deliveries.size(),
                load.limit, window->drained ? ", that is all" : "");
    ask([this, service = load.service, loaded = std::move(*window)](
            delivery::Dispatcher& dispatcher, Now now) mutable {
      judge_.on_loaded(loaded.deliveries, now);
      dispatcher.on_loaded(service, std::move(loaded), now);
    });
  });
}

void Hub::sweep(delivery::Sweep sweep) {
  write([this, sweep](store::Store& store) {
    auto found = store.load_of_rule(sweep.service, sweep.rule, sweep.after, sweep.limit);
    ask([this, sweep, found = std::move(*found)](delivery::Dispatcher& dispatcher,
                                                 Now now) mutable {
      judge_.on_found(found);
      dispatcher.on_swept(sweep, std::move(found), now);
    });
  });
}

void Hub::look_up(delivery::SiteQuery query) {
  trace_.line("{} people are looked up", query.wanted.users.size());
  moodle_.ask(query.wanted, process_->life, [this, query](auto answer) {
    trace_.line("the look-up {}", answer ? "is answered" : "fails");
    ask([this, query, answer = std::move(answer)](delivery::Dispatcher& dispatcher, Now now) {
      dispatcher.on_looked_up(query, answer, now);
      judge_.on_looked_up(now);
    });
  });
}

void Hub::person_changed(std::int64_t id, int changes) {
  ask([this, id, changes](delivery::Dispatcher& dispatcher, Now) {
    dispatcher.on_changed("default", {engine::SiteObject::Kind::kUser, id});
    judge_.on_person_changed(id, changes);
  });
}

void Hub::post(std::vector<std::shared_ptr<core::Event>> events) {
  if (!process_) return;
  std::vector<store::EventEntry> entries;
  for (auto& event : events) {
    trace_.line("event {} is posted", event->id);
    event->accepted = timeline_.now().wall;
    entries.push_back({std::move(event), {}, {}});
  }
  ingest::match(entries, *process_->catalog);
  commit(std::move(entries));
}

void Hub::enqueue(core::ServiceId service, int number) {
  if (!process_) return;
  const auto settings = process_->catalog->service(service);
  if (!settings) return;
  trace_.line("call {} to service {} is enqueued", number, service.value);
  core::ServiceCall call;
  call.endpoint = fmt::format("/call-{}", number);
  auto event = std::make_shared<core::Event>();
  event->site = "default";
  event->id = core::call_event_id(settings->name, fmt::format("{}", number));
  event->body = engine::call_to_json(call);
  event->accepted = timeline_.now().wall;
  std::vector<store::EventEntry> entries;
  entries.push_back({std::move(event), {{.rule = {}, .service = service, .ordering_key = {}}}, {}});
  commit(std::move(entries));
}

void Hub::commit(std::vector<store::EventEntry> entries) {
  process_->writer->accept(std::move(entries), process_->catalog->version(), [](auto) {});
}

void Hub::ask(Task task) {
  if (!process_) return;
  process_->mail.tasks.push_back(std::move(task));
  wake();
}

void Hub::write(Change change) {
  if (process_) process_->writer->run(std::move(change));
}

void Hub::configure(Change change) {
  write([this, change = std::move(change)](store::Store& store) mutable {
    change(store);
    put_in_force();
  });
}

void Hub::put_in_force() {
  process_->catalog = read_catalog();
  process_->writer->set_rules_version(process_->catalog->version());
  ask([this, catalog = process_->catalog](delivery::Dispatcher& dispatcher, Now now) {
    dispatcher.set_catalog(catalog, now);
    judge_.on_catalog(*catalog, now);
  });
}

void Hub::start_job(core::JobKind kind, core::ReplayMode mode,
                    const std::vector<core::DeadLetterId>& letters) {
  write([this, kind, mode, letters](store::Store& store) {
    const auto job = *store.add_job(kind, mode, timeline_.now().wall);
    (void)store.extend_job(job, letters);
    (void)store.start_job(job);
    jobs_[job] = {kind, mode, {letters.begin(), letters.end()}};
    step_job(job);
  });
}

void Hub::step_job(core::JobId id) {
  write([this, id](store::Store& store) {
    Job& job = jobs_.at(id);
    std::vector<core::DeadLetterId> part;
    while (part.size() < kJobStep && !job.letters.empty())
      part.push_back(job.letters.extract(job.letters.begin()).value());
    const auto now = timeline_.now().wall;
    const auto expected = job.kind == core::JobKind::kReplay ? judge_.on_replay(part, job.mode, now)
                                                             : judge_.on_letters_removed(part);
    std::vector<core::Delivery> ready;
    const auto state = *store.step_job(id, kJobStep, now, ready);
    const auto done = state.succeeded - std::exchange(job.succeeded, state.succeeded);
    trace_.line("job {} has done {} letters", id.value, done);
    judge_.on_job_step(done, expected);
    if (!ready.empty()) {
      process_->mail.deliveries.push_back(std::move(ready));
      wake();
    }
    if (state.state == core::JobState::kRunning) step_job(id);
  });
}

void Hub::retry_now(core::ServiceId service, core::DeliveryKey key) {
  write([this, service, key](store::Store& store) {
    ask([this, service, key, pending = *store.load_one(service, key)](
            delivery::Dispatcher& dispatcher, Now now) mutable {
      judge_.on_retry_now(key, dispatcher.retry_now(service, key, std::move(pending), now), now);
    });
  });
}

void Hub::cancel(core::ServiceId service, core::DeliveryKey key) {
  write([this, service, key](store::Store& store) {
    ask([this, service, key, pending = *store.load_one(service, key)](
            delivery::Dispatcher& dispatcher, Now now) mutable {
      judge_.on_cancel(key, dispatcher.cancel(service, key, std::move(pending), now));
    });
  });
}

void Hub::call(core::ServiceId service, milliseconds timeout) {
  if (!process_) return;
  const auto settings = process_->catalog->service(service);
  if (!settings || !settings->enabled) return;
  core::Request request;
  request.service = settings;
  request.method = "GET";
  request.timeout = settings->timeout;
  ask([this, timeout, request = std::move(request)](delivery::Dispatcher& dispatcher,
                                                    Now now) mutable {
    delivery::GatewayCall call;
    call.id = ++last_gateway_;
    request.url = fmt::format("{}/gateway-{}", request.service->base_url, call.id);
    trace_.line("gateway call {} to service {}, {} ms", call.id, request.service->id.value,
                timeout.count());
    call.request = std::move(request);
    call.asked = now.steady;
    call.deadline = now.steady + timeout;
    judge_.on_call(call);
    dispatcher.call(std::move(call), now);
  });
}

}  // namespace mih::simulation
