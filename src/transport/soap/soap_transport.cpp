#include "transport/soap/soap_transport.hpp"

#include <condition_variable>
#include <deque>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "transport/soap/description_cache.hpp"
#include "transport/soap/http_message.hpp"
#include "transport/soap/operations.hpp"
#include "transport/soap/request_writer.hpp"
#include "transport/soap/url.hpp"
#include "transport/soap/wsdl_loader.hpp"
#include "transport/soap/wsse.hpp"

namespace mih::transport {

using core::Failure;
using soap::Description;
using soap::DescriptionCache;
using soap::Loaded;
using soap::SourceKey;

namespace {

/// Ids of the HTTP transport from here on are of documents, below of calls.
constexpr CallId kFirstFetch = CallId{1} << 62U;
/// So long a call waits for a description that is only thought to be outdated.
constexpr std::chrono::seconds kPatience{1};
constexpr std::string_view kStopping = "the hub is stopping";

const Clock& clock_of(const SoapTransport::Options& options) {
  static const SystemClock kSystemClock;
  return options.clock ? *options.clock : kSystemClock;
}

core::Reply failed(Failure failure, std::string error) {
  core::Reply reply;
  reply.failure = failure;
  reply.error = std::move(error);
  return reply;
}

/// A written call, or why it cannot be made.
struct Written {
  const soap::Operation* operation = nullptr;
  core::Request request;
};
using Writing = std::expected<Written, core::Reply>;

/// The header block that authenticates a call; "" when HTTP does.
Result<std::string> security_of(const core::Service& service, WallTime now) {
  if (service.auth_type != core::AuthType::kWsse) return std::string{};
  return soap::username_token(service, soap::random_nonce(), now);
}

Writing write(const core::Request& call, const Description& description, WallTime now) {
  const auto security = security_of(*call.service, now);
  if (!security) return std::unexpected(failed(Failure::kSecret, security.error().detail));
  const soap::Message message{
      .payload = call.body, .headers = call.soap_headers, .security = *security};
  const auto operations = description.wsdl->find(call.url);
  if (!operations) {
    return std::unexpected(failed(Failure::kInvalid, operations.error().detail));
  }
  auto envelope = soap::write_request(*description.wsdl, *operations, message);
  if (!envelope) return std::unexpected(failed(Failure::kInvalid, envelope.error().detail));
  auto request = soap::to_http(call, description, *envelope->operation, std::move(envelope->xml));
  if (!request) return std::unexpected(failed(Failure::kDescription, request.error().detail));
  return Written{envelope->operation, std::move(*request)};
}

}  // namespace

/// The thread of the calls, and all that belongs to it.
class SoapTransport::Worker {
 public:
  Worker(const Options& options, Sink sink)
      : clock_(clock_of(options)),
        sink_(std::move(sink)),
        http_(options.make_http(
            [this](CallId id, core::Reply reply) { on_http(id, std::move(reply)); })),
        loader_(std::make_unique<soap::WsdlLoader>(
            [this](CallId id, core::Request request) { http_->send(id, std::move(request)); },
            kFirstFetch, clock_)),
        thread_([this] { run(); }) {}

  /// The loader ends first, since it uses the HTTP transport; then that, which ends its calls; and
  /// what is left has no chance to go on.
  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    arrived_.notify_one();
    thread_.join();
    std::unique_ptr<soap::WsdlLoader> loader;
    {
      const std::lock_guard lock(loader_mutex_);
      loader = std::move(loader_);
    }
    loader.reset();
    http_.reset();
    for (; !tasks_.empty(); tasks_.pop_front())
      tasks_.front()();
    while (!calls_.empty())
      finish(calls_.begin()->first, failed(Failure::kOther, std::string{kStopping}));
    for (auto& listing : listings_)
      listing.answer(fail(ErrorCode::kStarting, std::string{kStopping}));
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  using Task = std::move_only_function<void()>;
  void post(Task task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    arrived_.notify_one();
  }

  void begin(CallId id, core::Request request) {
    const SteadyTime now = clock_.now().steady;
    Call call;
    call.source = soap::source_of(*request.service);
    call.started = now;
    call.deadline = now + request.timeout;
    call.request = std::move(request);
    const auto [at, is_new] = calls_.emplace(id, std::move(call));
    if (!is_new) return;
    const auto security = security_of(*at->second.request.service, clock_.now().wall);
    if (!security) return finish(id, failed(Failure::kSecret, security.error().detail));
    proceed(id, at->second);
  }

  void cancel(CallId id) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    if (found->second.http != 0 && http_) {
      http_->cancel(found->second.http);  // its reply still comes
    } else {
      finish(id, failed(Failure::kOther, "cancelled"));
    }
  }

  void list(std::shared_ptr<const core::Service> service, bool anew, OperationsAnswer answer) {
    const SteadyTime now = clock_.now().steady;
    const SourceKey source = soap::source_of(*service);
    auto& entry = cache_.entry(source, now);
    if (entry.copy && !anew) return answer(soap::operations_json(*entry.copy->wsdl));
    listings_.push_back({source, std::move(answer)});
    if (!entry.loading) {
      entry.loading =
          entry.copy ? DescriptionCache::Cause::kFailed : DescriptionCache::Cause::kMissing;
      load(source, std::move(service));
    }
  }

 private:
  struct Call {
    core::Request request;
    SourceKey source{};
    SteadyTime started{};
    SteadyTime deadline{};
    std::optional<SteadyTime> waits_until;  ///< for a description
    bool has_waited = false;
    bool needs_fresh = false;  ///< what is there did not fit
    CallId http = 0;           ///< once it is sent
    std::shared_ptr<const Description> description;
    const soap::Operation* operation = nullptr;
  };
  struct Listing {
    SourceKey source;
    OperationsAnswer answer;
  };

  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (tasks_.empty() && !waiting_.empty()) {
        arrived_.wait_for(lock, waiting_.begin()->first - clock_.now().steady,
                          [this] { return stopping_ || !tasks_.empty(); });
      } else {
        arrived_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      }
      if (stopping_) return;
      std::deque<Task> batch = std::exchange(tasks_, {});
      lock.unlock();
      for (auto& task : batch)
        task();
      end_waiting();
      lock.lock();
    }
  }

  void on_http(CallId id, core::Reply reply) {
    if (id < kFirstFetch) {
      return post(
          [this, id, reply = std::move(reply)]() mutable { answered(id, std::move(reply)); });
    }
    const std::lock_guard lock(loader_mutex_);
    if (loader_) loader_->on_reply(id, std::move(reply));
  }

  void load(const SourceKey& source, std::shared_ptr<const core::Service> service) {
    const std::lock_guard lock(loader_mutex_);
    if (!loader_) return;
    loader_->load(std::move(service), [this, source](Loaded result) {
      post([this, source, result = std::move(result)] { loaded(source, result); });
    });
  }

  void proceed(CallId id, Call& call) {
    const SteadyTime now = clock_.now().steady;
    auto& entry = cache_.entry(call.source, now);
    if (DescriptionCache::wants_load(entry, now)) load(call.source, call.request.service);
    if (!entry.copy) return wait(id, call, call.deadline);
    if (entry.loading == DescriptionCache::Cause::kDoubted && !call.has_waited) {
      return wait(id, call, std::min(call.deadline, now + kPatience));
    }
    send(id, call, entry);
  }

  void wait(CallId id, Call& call, SteadyTime until) {
    call.waits_until = until;
    waiting_.emplace(until, id);
  }

  void stop_waiting(CallId id, Call& call) {
    if (!call.waits_until) return;
    waiting_.erase({*call.waits_until, id});
    call.waits_until.reset();
  }

  void send(CallId id, Call& call, DescriptionCache::Entry& entry) {
    if (!http_) return finish(id, failed(Failure::kOther, std::string{kStopping}));
    const Now now = clock_.now();
    auto written = write(call.request, *entry.copy, now.wall);
    if (!written) {
      // A newer WSDL may know what this one does not.
      const bool may_differ =
          written.error().failure != Failure::kSecret && entry.loaded < call.started;
      if (may_differ &&
          DescriptionCache::wants_refresh(entry, DescriptionCache::Cause::kFailed, now.steady)) {
        load(call.source, call.request.service);
      }
      if (!may_differ || !entry.loading) return finish(id, std::move(written.error()));
      call.needs_fresh = true;
      return wait(id, call, call.deadline);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(call.deadline - now.steady);
    if (left.count() <= 0) return finish(id, too_late(call));
    written->request.timeout = left;
    call.description = entry.copy;
    call.operation = written->operation;
    call.http = ++last_http_;
    sent_.emplace(call.http, id);
    http_->send(call.http, std::move(written->request));
  }

  void answered(CallId http, core::Reply answer) {
    const auto sent = sent_.extract(http);
    const auto found = sent.empty() ? calls_.end() : calls_.find(sent.mapped());
    if (found == calls_.end()) return;
    const Call& call = found->second;
    core::Reply reply = soap::from_http(*call.description, *call.operation, std::move(answer),
                                        call.request.keep_response);
    const SteadyTime now = clock_.now().steady;
    auto& entry = cache_.entry(call.source, now);
    if (soap::casts_doubt(reply) && entry.loaded < call.started &&
        DescriptionCache::wants_refresh(entry, DescriptionCache::Cause::kDoubted, now)) {
      load(call.source, call.request.service);
    }
    finish(found->first, std::move(reply));
  }

  void loaded(const SourceKey& source, const Loaded& result) {
    if (!http_) return;  // stopping
    cache_.loaded(source, result, clock_.now().steady);
    for (const CallId id : waiting_for(source)) {
      Call& call = calls_.at(id);
      stop_waiting(id, call);
      call.has_waited = true;
      const bool has_copy = cache_.entry(source, clock_.now().steady).copy != nullptr;
      if (!result && (call.needs_fresh || !has_copy)) {
        finish(id, failed(result.error().failure, result.error().text));
      } else {
        proceed(id, call);
      }
    }
    std::vector<Listing> listings = std::exchange(listings_, {});
    for (Listing& listing : listings) {
      if (listing.source != source) {
        listings_.push_back(std::move(listing));
      } else if (result) {
        listing.answer(soap::operations_json(*(*result)->wsdl));
      } else {
        listing.answer(fail(ErrorCode::kValidationFailed, result.error().text,
                            {{"base_url", result.error().text}}));
      }
    }
  }

  std::vector<CallId> waiting_for(const SourceKey& source) const {
    std::vector<CallId> ids;
    for (const auto& [until, id] : waiting_) {
      if (calls_.at(id).source == source) ids.push_back(id);
    }
    return ids;
  }

  void end_waiting() {
    const SteadyTime now = clock_.now().steady;
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
      const CallId id = waiting_.begin()->second;
      Call& call = calls_.at(id);
      stop_waiting(id, call);
      call.has_waited = true;
      if (call.deadline <= now) {
        finish(id, too_late(call));
      } else {
        proceed(id, call);
      }
    }
  }

  static core::Reply too_late(const Call& call) {
    const double seconds = std::chrono::duration<double>(call.request.timeout).count();
    return failed(Failure::kTimeout,
                  fmt::format("the WSDL {} was not loaded within {} s",
                              soap::without_secrets(call.request.service->base_url), seconds));
  }

  void finish(CallId id, core::Reply reply) {
    const auto found = calls_.find(id);
    stop_waiting(id, found->second);
    if (found->second.http != 0) sent_.erase(found->second.http);
    const auto elapsed = clock_.now().steady - found->second.started;
    reply.latency = std::max(std::chrono::duration_cast<std::chrono::microseconds>(elapsed),
                             std::chrono::microseconds{1});
    calls_.erase(found);
    sink_(id, std::move(reply));
  }

  const Clock& clock_;
  const Sink sink_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Task> tasks_;
  bool stopping_ = false;

  DescriptionCache cache_;
  std::unordered_map<CallId, Call> calls_;
  std::unordered_map<CallId, CallId> sent_;  ///< HTTP id -> id
  std::set<std::pair<SteadyTime, CallId>> waiting_;
  std::vector<Listing> listings_;
  CallId last_http_ = 0;

  std::unique_ptr<Transport> http_;
  std::mutex loader_mutex_;
  std::unique_ptr<soap::WsdlLoader> loader_;
  std::thread thread_;
};

SoapTransport::SoapTransport(const Options& options, Sink sink)
    : worker_(std::make_unique<Worker>(options, std::move(sink))) {}

SoapTransport::~SoapTransport() = default;

void SoapTransport::send(CallId id, core::Request request) {
  worker_->post([worker = worker_.get(), id, request = std::move(request)]() mutable {
    worker->begin(id, std::move(request));
  });
}

void SoapTransport::cancel(CallId id) {
  worker_->post([worker = worker_.get(), id] { worker->cancel(id); });
}

void SoapTransport::list_operations(std::shared_ptr<const core::Service> service, bool anew,
                                    OperationsAnswer answer) {
  worker_->post([worker = worker_.get(), service = std::move(service), anew,
                 answer = std::move(answer)]() mutable {
    worker->list(std::move(service), anew, std::move(answer));
  });
}

}  // namespace mih::transport
