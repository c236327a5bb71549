#include "app/running_hub.hpp"

#include <tuple>
#include <utility>

#include "app/importer.hpp"
#include "core/base_url.hpp"
#include "delivery/dead_letter.hpp"
#include "engine/render_call.hpp"
#include "engine/soap_headers.hpp"

namespace mih::app {
namespace {

api::EventsAnswer to_api(ingest::Answer answer) {
  api::EventsAnswer out{answer.accepted, answer.duplicates, {}};
  out.rejected.reserve(answer.rejected.size());
  for (auto& one : answer.rejected) {
    out.rejected.push_back({one.index, std::move(one.code), std::move(one.error)});
  }
  return out;
}

Result<bool> done(Result<void> result) {
  if (!result) return fail(result.error().code, std::move(result.error().detail));
  return true;
}

api::Histogram to_api(const DurationHistogram& durations) {
  api::Histogram out;
  for (std::size_t i = 0; i < DurationHistogram::kBounds; ++i) {
    out.bounds_s.push_back(std::chrono::duration<double>(DurationHistogram::bound(i)).count());
    out.counts.push_back(durations.count(i));
  }
  out.counts.push_back(durations.count(DurationHistogram::kBounds));
  out.sum_s = std::chrono::duration<double>(durations.sum()).count();
  return out;
}

api::GatewayResult to_api(delivery::GatewayAnswer answer) {
  using From = delivery::GatewayAnswer::Kind;
  using To = api::GatewayResult::Kind;
  api::GatewayResult out;
  switch (answer.kind) {
    case From::kResult:
      out.kind = To::kAnswered;
      break;
    case From::kCircuitOpen:
      out.kind = To::kCircuitOpen;
      break;
    case From::kBusy:
      out.kind = To::kBusy;
      break;
    case From::kRateLimited:
      out.kind = To::kRateLimited;
      break;
  }
  out.success = answer.success;
  out.reply = std::move(answer.reply);
  out.attempts = answer.attempts;
  out.latency = answer.latency;
  out.retry_in = answer.retry_in;
  return out;
}

constexpr std::size_t kKeepGatewayResponse = 1U << 20U;
constexpr auto kNothing = [](const auto&) {};

ingest::Format to_intake(api::EventFormat format) {
  switch (format) {
    case api::EventFormat::kJson:
      return ingest::Format::kJson;
    case api::EventFormat::kNdjson:
      return ingest::Format::kNdjson;
    case api::EventFormat::kCloudEvent:
      return ingest::Format::kCloudEvent;
    case api::EventFormat::kCloudEventBatch:
      return ingest::Format::kCloudEventBatch;
  }
  return ingest::Format::kJson;
}

}  // namespace

void RunningHub::put_in_force() {
  const auto catalog = parts_.registry.catalog();
  parts_.writer.set_rules_version(catalog->version());
  parts_.sites.rules_changed(*catalog);
  parts_.worker.post(
      [catalog, &transport = parts_.transport](delivery::Dispatcher& dispatcher, Now now) {
        dispatcher.set_catalog(catalog, now);
        transport.configure(catalog->services());
      });
}

template <class T, class Change, class Apply>
void RunningHub::change(Change change, Apply apply, api::Answer<T> answer) {
  parts_.writer.run([change = std::move(change), apply = std::move(apply),
                     answer = std::move(answer)](store::Store& store) mutable {
    Result<T> result = change(store);
    if (result) apply(*result);
    answer(std::move(result));
  });
}

void RunningHub::accept_events(std::string body, api::EventFormat format, std::string site,
                               api::Answer<api::EventsAnswer> answer) {
  parts_.intake.accept(body, to_intake(format), site,
                       [answer = std::move(answer)](Result<ingest::Answer> taken) mutable {
                         if (!taken) return answer(fail(taken));
                         answer(to_api(std::move(*taken)));
                       });
}

void RunningHub::request(api::GatewayRequest request, api::Answer<api::GatewayResult> answer) {
  json::Document scratch;
  auto rendered = engine::render_call(request.call, request.service, {}, scratch);
  if (!rendered) return answer(fail(rendered));
  auto added = engine::add_soap_headers(*rendered, parts_.clock.now().wall);
  if (!added) return answer(fail(added));
  rendered->keep_response = kKeepGatewayResponse;
  const auto timeout = request.timeout.value_or(delivery::default_call_timeout(*request.service));
  parts_.worker.call(std::move(*rendered), request.call.endpoint, timeout,
                     [answer = std::move(answer)](delivery::GatewayAnswer result) mutable {
                       answer(to_api(std::move(result)));
                     });
}

void RunningHub::enqueue(api::EnqueueRequest request, api::Answer<std::string> answer) {
  json::Document scratch;
  const auto rendered = engine::render_call(request.call, request.service, {}, scratch);
  if (!rendered) return answer(std::unexpected(rendered.error()));
  auto event = std::make_shared<core::Event>();
  event->site = std::move(request.site);
  event->id = core::call_event_id(request.service->name, request.id);
  event->body = engine::call_to_json(request.call);
  event->accepted = parts_.clock.now().wall;
  auto id = core::delivery_id(event->site, event->id, {});
  parts_.intake.enqueue(std::move(event), request.service->id,
                        [id = std::move(id),
                         answer = std::move(answer)](const Result<ingest::Answer>& taken) mutable {
                          if (!taken) return answer(std::unexpected(taken.error()));
                          answer(std::move(id));
                        });
}

std::shared_ptr<const engine::Catalog> RunningHub::catalog() const {
  return parts_.registry.catalog();
}

core::Settings RunningHub::settings() const {
  return parts_.registry.settings();
}

std::optional<core::Token> RunningHub::find_token(const Sha256& hash) const {
  return parts_.registry.find_token(hash);
}

void RunningHub::save_service(core::Service service, api::Answer<core::Service> answer) {
  change<core::Service>(
      [this, service = std::move(service)](store::Store& store) mutable {
        return store.save_service(std::move(service), parts_.clock.now().wall);
      },
      [this](const core::Service& saved) {
        parts_.registry.put_service(saved);
        put_in_force();
      },
      std::move(answer));
}

void RunningHub::remove_service(core::ServiceId service,
                                api::Answer<store::ServiceDeletion> answer) {
  change<store::ServiceDeletion>(
      [this, service](store::Store& store) {
        return store.remove_service(service, parts_.clock.now().wall);
      },
      [this, service](const store::ServiceDeletion&) {
        parts_.registry.drop_service(service);
        put_in_force();
      },
      std::move(answer));
}

void RunningHub::save_rule(engine::CompiledRule rule, api::Answer<core::Rule> answer) {
  auto compiled = std::make_shared<engine::CompiledRule>(std::move(rule));
  change<core::Rule>(
      [this, compiled](store::Store& store) {
        return store.save_rule(compiled->rule, parts_.clock.now().wall);
      },
      [this, compiled](const core::Rule& saved) {
        compiled->rule = saved;
        parts_.registry.put_rule(std::move(*compiled));
        put_in_force();
      },
      std::move(answer));
}

void RunningHub::remove_rule(core::RuleId rule, api::Answer<bool> answer) {
  change<bool>([rule](store::Store& store) { return done(store.remove_rule(rule)); },
               [this, rule](bool) {
                 parts_.registry.drop_rule(rule);
                 put_in_force();
               },
               std::move(answer));
}

void RunningHub::save_token(core::Token token, api::Answer<core::Token> answer) {
  change<core::Token>(
      [this, token = std::move(token)](store::Store& store) {
        return store.save_token(token, parts_.clock.now().wall);
      },
      [this](const core::Token& saved) { parts_.registry.put_token(saved); }, std::move(answer));
}

void RunningHub::remove_token(core::TokenId token, api::Answer<bool> answer) {
  change<bool>([token](store::Store& store) { return done(store.remove_token(token)); },
               [this, token](bool) { parts_.registry.drop_token(token); }, std::move(answer));
}

void RunningHub::save_settings(core::Settings settings, api::Answer<core::Settings> answer) {
  change<core::Settings>(
      [settings](store::Store& store) -> Result<core::Settings> {
        auto saved = store.save_settings(settings);
        if (!saved) return fail(saved);
        return settings;
      },
      [this](const core::Settings& saved) { parts_.registry.put_settings(saved); },
      std::move(answer));
}

void RunningHub::save_secret(core::NamedSecret secret, api::Answer<core::NamedSecret> answer) {
  change<core::NamedSecret>(
      [this, secret = std::move(secret)](store::Store& store) mutable {
        return store.save_secret(std::move(secret), parts_.clock.now().wall);
      },
      [this](const core::NamedSecret& saved) {
        parts_.registry.put_secret(saved);
        put_in_force();
      },
      std::move(answer));
}

void RunningHub::remove_secret(std::string name, api::Answer<bool> answer) {
  change<bool>([name](store::Store& store) { return done(store.remove_secret(name)); },
               [this, name](bool) {
                 parts_.registry.drop_secret(name);
                 put_in_force();
               },
               std::move(answer));
}

void RunningHub::append_audit(core::AuditEntry entry, api::Answer<bool> answer) {
  change<bool>(
      [entry = std::move(entry)](store::Store& store) { return done(store.append_audit(entry)); },
      kNothing, std::move(answer));
}

void RunningHub::rotate_key(api::Answer<bool> answer) {
  change<bool>([](store::Store& store) { return done(store.rotate_key()); }, kNothing,
               std::move(answer));
}

void RunningHub::clear_log(api::Answer<bool> answer) {
  change<bool>([](store::Store& store) { return done(store.clear_log()); }, kNothing,
               std::move(answer));
}

std::shared_ptr<const core::Service> RunningHub::service_by_alias(const std::string& name) const {
  const auto service = parts_.registry.service_by_alias(name);
  return service ? parts_.registry.catalog()->service(*service) : nullptr;
}

store::ServiceAliases RunningHub::service_aliases() const {
  return parts_.registry.service_aliases();
}

void RunningHub::import_original(api::ImportRequest request,
                                 api::Answer<api::ImportReport> answer) {
  parts_.writer.run([this, request = std::move(request),
                     answer = std::move(answer)](store::Store& store) mutable {
    Importer importer{parts_.registry, parts_.writer, parts_.clock.now(), std::move(request)};
    auto saved = importer.take_configuration(store, parts_.reader);
    if (!saved) return answer(fail(saved));
    if (*saved) put_in_force();
    importer.take_events(std::move(answer));
  });
}

void RunningHub::start_job(core::JobKind kind, core::ReplayMode mode,
                           std::vector<core::DeadLetterId> letters, api::Answer<core::Job> answer) {
  parts_.jobs.start(kind, mode, std::move(letters), std::move(answer));
}

void RunningHub::lane_status(
    api::Answer<std::unordered_map<core::ServiceId, api::LaneStatus>> answer) {
  parts_.worker.post([answer = std::move(answer)](delivery::Dispatcher& dispatcher,
                                                  Now now) mutable {
    std::unordered_map<core::ServiceId, api::LaneStatus> out;
    for (auto& [service, lane] : dispatcher.snapshot(now)) {
      api::LaneStatus status;
      status.circuit = lane.circuit;
      status.failure_count = lane.failure_count;
      if (lane.retry_in) status.retry_in_s = static_cast<double>(lane.retry_in->count()) / 1000;
      status.in_flight = lane.in_flight;
      status.sending = std::move(lane.sending);
      status.enriching = {lane.enriching.begin(), lane.enriching.end()};
      status.delivered = lane.tally.delivered;
      status.retried = lane.tally.retried;
      status.dead = lane.tally.dead;
      status.history = std::move(lane.history);
      if (lane.oldest) {
        status.oldest_pending_s = std::chrono::duration<double>(now.wall - *lane.oldest).count();
      }
      out.emplace(service, status);
    }
    answer(std::move(out));
  });
}

void RunningHub::reset_circuits(std::vector<core::ServiceId> services, api::Answer<bool> answer) {
  parts_.worker.post([services = std::move(services), answer = std::move(answer)](
                         delivery::Dispatcher& dispatcher, Now now) mutable {
    dispatcher.reset_circuits(services, now);
    answer(true);
  });
}

void RunningHub::act_on_waiting(std::string delivery_id, StoreAction prepare, WaitingAction action,
                                api::Answer<bool> answer) {
  read([this, id = std::move(delivery_id), prepare, action,
        answer = std::move(answer)](store::Reader& reader) mutable {
    auto row = reader.delivery(id);
    if (!row) return answer(fail(row));
    if (!*row) return answer(fail(ErrorCode::kNotFound, "There is no delivery " + id + "."));
    parts_.writer.run([this, service = (*row)->service, key = (*row)->key, id, prepare, action,
                       answer = std::move(answer)](store::Store& store) mutable {
      auto prepared = prepare(store, service, key, parts_.clock.now().wall);
      if (!prepared) return answer(fail(prepared));
      auto pending = store.load_one(service, key);
      if (!pending) return answer(fail(pending));
      parts_.worker.post(
          [service, key, id, action, pending = std::move(*pending), answer = std::move(answer)](
              delivery::Dispatcher& dispatcher, Now now) mutable {
            if ((dispatcher.*action)(service, key, std::move(pending), now)) return answer(true);
            answer(fail(ErrorCode::kNotWaiting, "Delivery " + id + " is not waiting."));
          });
    });
  });
}

void RunningHub::retry_now(std::string delivery_id, api::Answer<bool> answer) {
  const StoreAction bring_forward = [](store::Store& store, core::ServiceId service,
                                       core::DeliveryKey key, WallTime now) {
    return store.bring_forward(service, key, now);
  };
  act_on_waiting(std::move(delivery_id), bring_forward, &delivery::Dispatcher::retry_now,
                 std::move(answer));
}

void RunningHub::cancel(std::string delivery_id, api::Answer<bool> answer) {
  const StoreAction nothing = [](store::Store&, core::ServiceId, core::DeliveryKey, WallTime) {
    return Result<void>{};
  };
  act_on_waiting(std::move(delivery_id), nothing, &delivery::Dispatcher::cancel, std::move(answer));
}

void RunningHub::list_operations(std::shared_ptr<const core::Service> service, bool anew,
                                 api::Answer<std::string> answer) {
  parts_.soap.list_operations(std::move(service), anew, std::move(answer));
}

void RunningHub::test_call(core::Request request, api::Answer<core::Reply> answer) {
  TestCall waiting{.record = {}, .answer = std::move(answer)};
  waiting.record.service = request.service->id;
  waiting.record.kind = store::CallKind::kTest;
  waiting.record.endpoint = delivery::shown_endpoint(request.url, request.service->base_url);
  waiting.record.http_method = request.method;
  transport::CallId call{};
  {
    const std::lock_guard lock(mutex_);
    call = ++last_test_call_;
    test_calls_.emplace(call, std::move(waiting));
  }
  // The transport is used from the worker's thread only.
  parts_.worker.post(
      [this, call, request = std::move(request)](delivery::Dispatcher&, Now) mutable {
        parts_.transport.send(call, std::move(request));
      });
}

void RunningHub::on_test_reply(transport::CallId call, core::Reply reply) {
  std::unique_lock lock(mutex_);
  auto found = test_calls_.extract(call);
  lock.unlock();
  if (!found) return;
  auto& [record, answer] = found.mapped();
  record.http_status = reply.http_status;
  record.latency = std::chrono::duration_cast<std::chrono::milliseconds>(reply.latency);
  record.error_message = delivery::describe(reply);
  record.success = record.error_message.empty();
  record.time = parts_.clock.now().wall;
  std::vector<store::CallRecord> calls;
  calls.push_back(std::move(record));
  parts_.writer.record({}, {}, std::move(calls), [] {});
  answer(std::move(reply));
}

void RunningHub::look_up(std::string site, core::LookUp wanted,
                         api::Answer<core::LookedUp> answer) {
  parts_.site_caller.look_up(site, wanted, [answer = std::move(answer)](auto found) mutable {
    if (found) return answer(std::move(*found));
    answer(fail(ErrorCode::kConflict, std::move(found.error().why)));
  });
}

void RunningHub::accept_inbound(core::InboundMessage message,
                                api::Answer<core::InboundReceipt> answer) {
  parts_.inbound.submit(std::move(message), std::move(answer));
}

void RunningHub::read(std::move_only_function<void(store::Reader&)> query) {
  if (parts_.writer.failing()) {
    reading_.post([this, query = std::move(query)]() mutable { query(parts_.reader); });
    return;
  }
  // By way of the writer: the query sees everything that was submitted before it.
  parts_.writer.run([this, query = std::move(query)](store::Store& store) mutable {
    // What cannot be written now stays with the store; the query still gets what is committed.
    std::ignore = store.flush(parts_.clock.now().wall);
    reading_.post([this, query = std::move(query)]() mutable { query(parts_.reader); });
  });
}

api::Measurements RunningHub::measurements() const {
  return {to_api(parts_.worker.call_times()), to_api(parts_.writer.commit_times())};
}

std::vector<std::string> RunningHub::not_ready() const {
  if (stopping_) return {"stopping"};
  std::vector<std::string> reasons;
  if (!started_) reasons.emplace_back("starting");
  if (parts_.writer.disk_is_low()) reasons.emplace_back("disk_full");
  if (parts_.writer.in_trouble()) reasons.emplace_back("store_failing");
  return reasons;
}

}  // namespace mih::app
