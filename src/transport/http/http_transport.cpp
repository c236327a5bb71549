#include "transport/http/http_transport.hpp"

#include <algorithm>
#include <atomic>
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <thread>

#include "base/crash_point.hpp"
#include "transport/http/call.hpp"

namespace mih::transport {
namespace {

constexpr long kMostIdleConnections = 1024;
constexpr int kLongestPollMs = 10'000;  // libcurl's own timers end it earlier

void set_up_libcurl() {
  static const CURLcode kDone = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)kDone;
}

const Clock& clock_of(const HttpTransport::Options& options) {
  static const SystemClock kSystemClock;
  return options.clock ? *options.clock : kSystemClock;
}

}  // namespace

/// One thread with one libcurl multi handle. Requests are handed over in batches: the thread is
/// woken only when it sleeps, and then takes everything that has come.
class HttpTransport::Worker {
 public:
  explicit Worker(const HttpTransport& owner) : owner_(owner), multi_(curl_multi_init()) {
    if (!multi_) throw std::bad_alloc{};
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kMostIdleConnections);
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    thread_ = std::thread{[this] { run(); }};
  }

  ~Worker() {
    hand_over([&](Incoming& incoming) { incoming.stop = true; });
    thread_.join();
  }

  std::size_t load() const { return load_.load(std::memory_order_relaxed); }

  void send(CallId id, core::Request request) {
    load_.fetch_add(1, std::memory_order_relaxed);
    hand_over([&](Incoming& incoming) { incoming.sends.emplace_back(id, std::move(request)); });
  }

  void cancel(CallId id) {
    hand_over([&](Incoming& incoming) { incoming.cancels.push_back(id); });
  }

 private:
  struct Incoming {
    std::vector<std::pair<CallId, core::Request>> sends;
    std::vector<CallId> cancels;
    bool stop = false;
    bool empty() const { return sends.empty() && cancels.empty() && !stop; }
  };
  struct Cleanup {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  template <class Fn>
  void hand_over(Fn&& put) {
    bool must_wake = false;
    {
      const std::lock_guard lock(mutex_);
      put(incoming_);
      must_wake = std::exchange(sleeps_, false);
    }
    if (must_wake) curl_multi_wakeup(multi_.get());
  }

  void run() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);  // SIGPIPE above all: OpenSSL may raise it
    Incoming batch;
    for (;;) {
      take(batch);
      if (batch.stop) break;
      for (auto& [id, request] : batch.sends)
        start(id, std::move(request));
      for (const CallId id : batch.cancels)
        give_up(id);
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      if (running > 0) crash_point(CrashPoint::kRequestUnderWay);
      reap();
      curl_multi_poll(multi_.get(), nullptr, 0, kLongestPollMs, nullptr);
    }
    end_all(batch);
  }

  void take(Incoming& batch) {
    batch.sends.clear();
    batch.cancels.clear();
    const std::lock_guard lock(mutex_);
    std::swap(batch, incoming_);
    sleeps_ = true;
  }

  void start(CallId id, core::Request request) {
    std::unique_ptr<Call> call;
    if (idle_.empty()) {
      call = std::make_unique<Call>(owner_.options_.guard, owner_.clock_);
    } else {
      call = std::move(idle_.back());
      idle_.pop_back();
    }
    auto refused = call->prepare(id, std::move(request));
    if (!refused && curl_multi_add_handle(multi_.get(), call->handle()) != CURLM_OK) {
      refused = call->abandon("libcurl did not take the call");
    }
    if (refused) {
      idle_.push_back(std::move(call));
      report(id, std::move(*refused));
      return;
    }
    call->position = running_.size();
    running_.push_back(std::move(call));
  }

  void reap() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      Call* call = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
      curl_multi_remove_handle(multi_.get(), call->handle());
      auto reply = call->finish(code);
      if (!reply && curl_multi_add_handle(multi_.get(), call->handle()) != CURLM_OK) {
        reply = call->abandon("libcurl did not take the call");
      }
      if (reply) retire(*call, std::move(*reply));
    }
  }

  void give_up(CallId id) {
    const auto found = std::ranges::find_if(
        running_, [&](const std::unique_ptr<Call>& call) { return call->id() == id; });
    if (found == running_.end()) return;
    curl_multi_remove_handle(multi_.get(), (*found)->handle());
    retire(**found, (*found)->abandon("cancelled"));
  }

  /// Puts the handle away for the next call.
  void retire(Call& call, core::Reply reply) {
    const CallId id = call.id();
    const std::size_t position = call.position;
    std::swap(running_[position], running_.back());
    running_[position]->position = position;
    if (idle_.size() < owner_.options_.calls_per_thread)
      idle_.push_back(std::move(running_.back()));
    running_.pop_back();
    report(id, std::move(reply));
  }

  void report(CallId id, core::Reply reply) {
    load_.fetch_sub(1, std::memory_order_relaxed);
    crash_point(CrashPoint::kReplyArrived);
    owner_.sink_(id, std::move(reply));
  }

  void end_all(Incoming& batch) {
    while (!running_.empty()) {
      Call& call = *running_.back();
      curl_multi_remove_handle(multi_.get(), call.handle());
      retire(call, call.abandon("the hub is stopping"));
    }
    for (auto& [id, request] : batch.sends) {
      core::Reply reply;
      reply.failure = core::Failure::kOther;
      reply.error = "the hub is stopping";
      report(id, std::move(reply));
    }
  }

  const HttpTransport& owner_;
  std::unique_ptr<CURLM, Cleanup> multi_;
  std::mutex mutex_;
  Incoming incoming_;
  bool sleeps_ = false;
  std::atomic<std::size_t> load_ = 0;
  std::vector<std::unique_ptr<Call>> running_;
  std::vector<std::unique_ptr<Call>> idle_;
  std::thread thread_;
};

HttpTransport::HttpTransport(Options options, Sink sink)
    : options_(std::move(options)), clock_(clock_of(options_)), sink_(std::move(sink)) {
  set_up_libcurl();
}

HttpTransport::~HttpTransport() = default;

void HttpTransport::send(CallId id, core::Request request) {
  const std::lock_guard lock(mutex_);
  for (const auto& worker : workers_) {
    if (worker->load() >= options_.calls_per_thread) continue;
    worker->send(id, std::move(request));
    return;
  }
  if (workers_.size() < options_.max_threads) {
    workers_.push_back(std::make_unique<Worker>(*this));
    workers_.back()->send(id, std::move(request));
    return;
  }
  (*std::ranges::min_element(workers_, {}, &Worker::load))->send(id, std::move(request));
}

void HttpTransport::cancel(CallId id) {
  const std::lock_guard lock(mutex_);
  for (const auto& worker : workers_)
    worker->cancel(id);
}

}  // namespace mih::transport
