#include "app/running_hub.hpp"

#include <tuple>
#include <utility>

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

constexpr auto kNothing = [](const auto&) {};

}  // namespace

void RunningHub::put_in_force() {
  const auto catalog = parts_.registry.catalog();
  parts_.writer.set_rules_version(catalog->version());
  parts_.worker.post([catalog](delivery::Dispatcher& dispatcher, Now now) {
    dispatcher.set_catalog(catalog, now);
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
  const auto kind =
      format == api::EventFormat::kJson ? ingest::Format::kJson : ingest::Format::kNdjson;
  parts_.intake.accept(body, kind, site,
                       [answer = std::move(answer)](Result<ingest::Answer> taken) mutable {
                         if (!taken) return answer(fail(taken));
                         answer(to_api(std::move(*taken)));
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

void RunningHub::clear_log(api::Answer<bool> answer) {
  change<bool>([](store::Store& store) { return done(store.clear_log()); }, kNothing,
               std::move(answer));
}

void RunningHub::replay(std::vector<core::DeadLetterId> letters,
                        api::Answer<store::ReplayResult> answer) {
  change<store::ReplayResult>(
      [this, letters = std::move(letters)](store::Store& store) {
        std::vector<core::Delivery> ready;
        auto result = store.replay(letters, parts_.clock.now().wall, ready);
        if (result && !ready.empty()) parts_.worker.add(std::move(ready));
        return result;
      },
      kNothing, std::move(answer));
}

void RunningHub::remove_dead_letters(std::vector<core::DeadLetterId> letters,
                                     api::Answer<store::ReplayResult> answer) {
  change<store::ReplayResult>(
      [letters = std::move(letters)](store::Store& store) {
        return store.remove_dead_letters(letters);
      },
      kNothing, std::move(answer));
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
      status.delivered = lane.tally.delivered;
      status.retried = lane.tally.retried;
      status.dead = lane.tally.dead;
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

void RunningHub::act_on_waiting(std::string delivery_id, WaitingAction action,
                                api::Answer<bool> answer) {
  read([this, id = std::move(delivery_id), action,
        answer = std::move(answer)](store::Reader& reader) mutable {
    auto row = reader.delivery(id);
    if (!row) return answer(fail(row));
    if (!*row) return answer(fail(ErrorCode::kNotFound, "There is no delivery " + id + "."));
    parts_.worker.post(
        [service = (*row)->service, key = (*row)->key, id, action, answer = std::move(answer)](
            delivery::Dispatcher& dispatcher, Now now) mutable {
          if ((dispatcher.*action)(service, key, now)) return answer(true);
          answer(fail(ErrorCode::kNotWaiting, "Delivery " + id + " is not waiting."));
        });
  });
}

void RunningHub::retry_now(std::string delivery_id, api::Answer<bool> answer) {
  act_on_waiting(std::move(delivery_id), &delivery::Dispatcher::retry_now, std::move(answer));
}

void RunningHub::cancel(std::string delivery_id, api::Answer<bool> answer) {
  act_on_waiting(std::move(delivery_id), &delivery::Dispatcher::cancel, std::move(answer));
}

void RunningHub::test_call(core::Request request, api::Answer<core::Reply> answer) {
  transport::CallId call{};
  {
    const std::lock_guard lock(mutex_);
    call = ++last_test_call_;
    test_calls_.emplace(call, std::move(answer));
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
  if (found) found.mapped()(std::move(reply));
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
  return {};
}

}  // namespace mih::app
