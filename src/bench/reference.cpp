#include "bench/reference.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <time.h>
#include <utility>

#include "base/json.hpp"
#include "base/time.hpp"
#include "bench/corpus.hpp"
#include "bench/hub_api.hpp"
#include "bench/receiver.hpp"
#include "engine/catalog.hpp"
#include "engine/event_reader.hpp"
#include "engine/render.hpp"
#include "transport/guard.hpp"
#include "transport/http/http_transport.hpp"

namespace mih::bench {
namespace {

using Steady = std::chrono::steady_clock;

std::chrono::nanoseconds process_cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// Keeps a number of requests in flight, each with an id of its own.
class Flood {
 public:
  Flood(const ReferenceOptions& options, std::vector<core::Request> requests,
        transport::Guard guard)
      : options_(options),
        requests_(std::move(requests)),
        transport_({.guard = std::move(guard), .clock = &clock_},
                   [this](transport::CallId, const core::Reply& reply) { finish(reply); }) {}

  /// Sends until `end`, then waits for the answers.
  void run(Ledger& ledger, SteadyTime begin, SteadyTime end) {
    for (std::uint64_t number = 0;; ++number) {
      const SteadyTime due = due_time(begin, number);
      if (due >= end) break;
      std::this_thread::sleep_until(due);
      take_slot();
      const auto now = Steady::now();
      if (now >= end) {
        free_slot();
        break;
      }
      core::Request request = requests_[number % requests_.size()];
      request.delivery_id = "d_" + std::to_string(number);
      if (options_.rate > 0) ledger.expect(hash_id(request.delivery_id), now);
      transport_.send(number + 1, std::move(request));
    }
    std::unique_lock lock{mutex_};
    wake_.wait(lock, [this] { return in_flight_ == 0; });
  }

  std::int64_t failed() const { return failed_; }

 private:
  SteadyTime due_time(SteadyTime begin, std::uint64_t number) const {
    if (options_.rate <= 0) return begin;
    return begin + std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::duration<double>(static_cast<double>(number) / options_.rate));
  }

  void take_slot() {
    std::unique_lock lock{mutex_};
    wake_.wait(lock, [this] { return in_flight_ < options_.concurrency; });
    ++in_flight_;
  }

  void free_slot() {
    const std::lock_guard lock{mutex_};
    --in_flight_;
    wake_.notify_one();
  }

  void finish(const core::Reply& reply) {
    if (reply.http_status != 204) ++failed_;
    free_slot();
  }

  const ReferenceOptions& options_;
  const std::vector<core::Request> requests_;
  SystemClock clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::size_t in_flight_ = 0;  ///< guarded by mutex_
  std::atomic<std::int64_t> failed_ = 0;
  transport::HttpTransport transport_;  ///< last: its replies use what is above
};

}  // namespace

Result<std::vector<core::Request>> rendered_requests(const std::string& base_url) {
  core::Service service;
  service.id = core::ServiceId{1};
  service.name = "receiver";
  service.base_url = base_url;
  const auto shared_service = std::make_shared<const core::Service>(std::move(service));
  core::Rule rule;
  rule.id = core::RuleId{1};
  rule.name = "every event";
  rule.eventname = "*";
  rule.service = shared_service->id;
  rule.endpoint = "/events";
  rule.payload_template = ten_placeholder_template();
  auto compiled = engine::compile_rule(std::move(rule));
  if (!compiled) return fail(compiled);

  const Now now = SystemClock{}.now();
  std::vector<core::Request> requests;
  json::Document document;
  for (const auto text : recorded_events()) {
    if (!document.parse(text)) return fail(ErrorCode::kInternal, "a recorded event is damaged");
    const auto event = engine::read_event(document.root(), "", now, true);
    if (!event) return fail(ErrorCode::kInternal, event.error().error);
    json::Document scratch;
    auto request =
        engine::render_request(*compiled, shared_service, **event, "d_", 1, now.wall, scratch);
    if (!request) return fail(request);
    requests.push_back(std::move(*request));
  }
  return requests;
}

Result<ReferenceFigures> measure_reference(const ReferenceOptions& options) {
  auto receiver = Receiver::start();
  if (!receiver) return fail(receiver);
  auto requests = rendered_requests((*receiver)->url());
  if (!requests) return fail(requests);
  const std::vector<std::string> loopback{"127.0.0.0/8"};
  auto guard = transport::Guard::parse(loopback);
  if (!guard) return fail(guard);

  Flood flood{options, std::move(*requests), std::move(*guard)};
  Ledger ledger;
  const auto begin = Steady::now();
  const auto cpu = process_cpu_time();
  const auto receiver_cpu = (*receiver)->cpu_time();
  flood.run(ledger, begin, begin + options.time);
  const std::chrono::duration<double> elapsed = Steady::now() - begin;
  const auto receiver_used = (*receiver)->cpu_time() - receiver_cpu;
  const auto client_used = process_cpu_time() - cpu - receiver_used;
  if (flood.failed() > 0) {
    return fail(ErrorCode::kInternal,
                std::to_string(flood.failed()) + " requests of the reference got no 204");
  }

  const std::vector<Arrival> arrivals = (*receiver)->take_arrivals();
  const auto count = static_cast<double>(std::max<std::size_t>(arrivals.size(), 1));
  ledger.arrived(arrivals);
  return ReferenceFigures{
      .per_second = static_cast<double>(arrivals.size()) / elapsed.count(),
      .cpu_us = std::chrono::duration<double, std::micro>(client_used).count() / count,
      .receiver_cpu_us = std::chrono::duration<double, std::micro>(receiver_used).count() / count,
      .latency = percentiles(ledger.take_latencies())};
}

}  // namespace mih::bench
