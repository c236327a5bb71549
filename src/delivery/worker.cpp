#include "delivery/worker.hpp"

#include <future>

#include "base/crash_point.hpp"

namespace mih::delivery {
namespace {

constexpr std::chrono::seconds kHearing{1};

}  // namespace

Worker::Worker(Dispatcher& dispatcher, store::Writer& writer, transport::Transport& transport,
               const Clock& clock, LookUp look_up)
    : dispatcher_(dispatcher),
      writer_(writer),
      transport_(transport),
      clock_(clock),
      look_up_(std::move(look_up)) {}

Worker::~Worker() {
  finish();
}

void Worker::finish() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Worker::start() {
  thread_ = std::thread([this] { loop(); });
}

template <class Put>
void Worker::put(Put&& put) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    put(mail_);
    wake = std::exchange(asleep_, false);
  }
  if (wake) arrived_.notify_one();
}

void Worker::add(std::vector<core::Delivery> deliveries) {
  put([&](Mail& mail) { mail.deliveries.push_back(std::move(deliveries)); });
}

void Worker::on_reply(transport::CallId call, core::Reply reply) {
  put([&](Mail& mail) { mail.replies.emplace_back(call, std::move(reply)); });
}

void Worker::post(Task task) {
  put([&](Mail& mail) { mail.tasks.push_back(std::move(task)); });
}

void Worker::call(core::Request request, std::string endpoint, std::chrono::milliseconds timeout,
                  std::move_only_function<void(GatewayAnswer)> done) {
  post([this, request = std::move(request), endpoint = std::move(endpoint), timeout,
        done = std::move(done)](Dispatcher& dispatcher, Now now) mutable {
    GatewayCall call;
    call.id = ++last_gateway_;
    call.request = std::move(request);
    call.endpoint = std::move(endpoint);
    call.asked = now.steady;
    call.deadline = now.steady + timeout;
    gateway_calls_.emplace(call.id, std::move(done));
    dispatcher.call(std::move(call), now);
  });
}

Worker::Mail Worker::wait_for_mail() {
  std::unique_lock lock(mutex_);
  running_ = dispatcher_.in_flight();
  if (stopping_ && running_ == 0) quiet_.notify_all();
  const auto something = [&] { return !mail_.empty() || ending_; };
  while (!something()) {
    asleep_ = true;
    const auto wakeup = dispatcher_.next_wakeup();
    if (!wakeup) {
      arrived_.wait(lock);
    } else if (arrived_.wait_until(lock, *wakeup) == std::cv_status::timeout) {
      break;
    }
  }
  asleep_ = false;
  return std::exchange(mail_, {});
}

void Worker::loop() {
  perform(dispatcher_.run(clock_.now()));
  while (true) {
    auto mail = wait_for_mail();
    if (ending_ && mail.empty()) return;
    const auto now = clock_.now();
    for (auto& [call, reply] : mail.replies) {
      call_times_.add(reply.latency);
      dispatcher_.on_reply(call, std::move(reply), now);
      crash_point(CrashPoint::kReplyDecided);
    }
    for (auto& deliveries : mail.deliveries)
      dispatcher_.add(std::move(deliveries), now);
    for (auto& task : mail.tasks)
      task(dispatcher_, now);
    perform(dispatcher_.run(now));
  }
}

void Worker::perform(Effects effects) {
  if (effects.has_records()) {
    const auto recorded = [this, ticket = effects.ticket] {
      post([ticket](Dispatcher& dispatcher, Now now) { dispatcher.on_recorded(ticket, now); });
    };
    writer_.record(std::move(effects.updates), std::move(effects.circuits),
                   std::move(effects.calls), recorded);
  }
  for (auto& reached : effects.answers) {
    auto waiting = gateway_calls_.extract(reached.id);
    if (waiting) waiting.mapped()(std::move(reached.answer));
  }
  for (const auto service : effects.spills) {
    writer_.run([service](store::Store& store) { store.spill(service); });
  }
  for (const auto& load : effects.loads) {
    writer_.run([this, load](store::Store& store) {
      auto window = store.load(load.service, load.after, load.limit);
      if (!window) window = store::Window{};
      crash_point(CrashPoint::kWindowLoaded);
      post([load, loaded = std::move(*window)](Dispatcher& dispatcher, Now now) mutable {
        dispatcher.on_loaded(load.service, std::move(loaded), now);
      });
    });
  }
  for (const auto& sweep : effects.sweeps) {
    writer_.run([this, sweep](store::Store& store) {
      auto found = store.load_of_rule(sweep.service, sweep.rule, sweep.after, sweep.limit);
      if (!found) return;  // ended when the lane loads them
      post([sweep, found = std::move(*found)](Dispatcher& dispatcher, Now now) mutable {
        dispatcher.on_swept(sweep, std::move(found), now);
      });
    });
  }
  for (auto& query : effects.queries) {
    look_up_(query.site, query.wanted, [this, query](LookedUp answer) {
      post([query, answer = std::move(answer)](Dispatcher& dispatcher, Now now) {
        dispatcher.on_looked_up(query, answer, now);
      });
    });
  }
  for (auto& send : effects.sends) {
    crash_point(CrashPoint::kBeforeSend);
    transport_.send(send.call, std::move(send.request));
  }
}

void Worker::stop_starting() {
  std::promise<void> heard;
  const auto done = heard.get_future();
  post([heard = std::move(heard)](Dispatcher& dispatcher, Now) mutable {
    dispatcher.stop_starting();
    heard.set_value();
  });
  done.wait_for(kHearing);
}

void Worker::stop(std::chrono::milliseconds patience) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    running_ = std::max<std::size_t>(running_, 1);  // until the loop has looked again
  }
  stop_starting();
  std::unique_lock lock(mutex_);
  quiet_.wait_for(lock, patience, [&] { return running_ == 0 || hurried_; });
}

void Worker::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurried_ = true;
  }
  quiet_.notify_all();
}

}  // namespace mih::delivery
