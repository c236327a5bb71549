#include "bench/generator.hpp"

#include <algorithm>
#include <ranges>
#include <time.h>
#include <utility>

#include "base/json.hpp"

namespace mih::bench {
namespace {

constexpr std::string_view kPath = "/api/v1/events";
constexpr auto kRepeatWait = std::chrono::milliseconds{100};
constexpr auto kWindowPoll = std::chrono::microseconds{500};

/// The indexes of the events that the hub refused, ascending; empty for most answers.
std::vector<std::size_t> rejected_of(std::string_view answer) {
  std::vector<std::size_t> indexes;
  json::Document document;
  if (!document.parse(answer) || !document.root().is_object()) return indexes;
  const auto rejected = document.root().find("rejected");
  if (!rejected || !rejected->is_array()) return indexes;
  rejected->each_element([&](json::Value entry) {
    if (!entry.is_object()) return;
    const auto index = entry.find("index");
    if (!index || !index->is_number()) return;
    if (const auto number = index->as_int(); number && *number >= 0) {
      indexes.push_back(static_cast<std::size_t>(*number));
    }
  });
  return indexes;
}

std::chrono::nanoseconds thread_cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

Generator::Generator(Options options)
    : options_(std::move(options)), started_(std::chrono::steady_clock::now()) {}

Result<std::unique_ptr<Generator>> Generator::start(Options options) {
  if (options.connections < 1 || options.batch < 1 || options.rate < 0 || options.limit < 0) {
    return fail(ErrorCode::kInternal,
                "a generator needs at least 1 connection, 1 event a batch, and no negative rate");
  }
  std::unique_ptr<Generator> generator{new Generator{std::move(options)}};
  for (int i = 0; i < generator->options_.connections; ++i) {
    generator->threads_.emplace_back(
        [owner = generator.get(), position = static_cast<std::size_t>(i)](
            const std::stop_token& stop) { owner->run(stop, position); });
  }
  return generator;
}

Generator::~Generator() {
  stop();
}

void Generator::stop() {
  for (auto& thread : threads_)
    thread.request_stop();
  wait();
}

void Generator::wait() {
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

Generator::Counts Generator::counts() const {
  return {sent_.load(), acknowledged_count_.load(), rejected_.load(), repeats_.load()};
}

std::vector<Acknowledged> Generator::take_acknowledged() {
  std::vector<Acknowledged> taken;
  const std::lock_guard lock{mutex_};
  taken.swap(acknowledged_);
  return taken;
}

std::string Generator::last_error() const {
  const std::lock_guard lock{mutex_};
  return last_error_;
}

std::chrono::nanoseconds Generator::cpu_time() const {
  return std::chrono::nanoseconds{cpu_ns_.load()};
}

void Generator::run(const std::stop_token& stop, std::size_t position) {
  HttpClient client = HttpClient::over_tcp(options_.hub, options_.token, options_.timeout);
  constexpr std::size_t kApart = 37;  // the connections walk different parts of the corpus
  EventBatcher batcher{position * kApart};
  EventBatch batch;
  Ticket ticket{};
  while (next_ticket(stop, ticket)) {
    const Now now = SystemClock{}.now();
    batcher.fill(batch, static_cast<std::size_t>(ticket.events), now.wall);
    post(stop, client, batch, std::min(now.steady, ticket.due));
  }
  cpu_ns_ += thread_cpu_time().count();
}

/// Decides what this connection sends next and waits until it may. False: nothing more.
bool Generator::next_ticket(const std::stop_token& stop, Ticket& ticket) {
  ticket = {SteadyTime::max(), options_.batch};
  const auto free = std::chrono::steady_clock::now();
  while (options_.window > 0 && sent_ - options_.done() >= options_.window) {
    if (!pause(stop, std::chrono::steady_clock::now() + kWindowPoll)) return false;
  }
  if (options_.limit > 0) {
    const std::int64_t before = planned_.fetch_add(options_.batch);
    ticket.events = std::min<std::int64_t>(options_.batch, options_.limit - before);
    if (ticket.events <= 0) return false;
  }
  if (options_.rate <= 0) return !stop.stop_requested();
  const auto number = static_cast<double>(tickets_.fetch_add(1));
  const auto due =
      started_ + std::chrono::duration_cast<std::chrono::nanoseconds>(
                     std::chrono::duration<double>(number * options_.batch / options_.rate));
  if (due < free) ticket.due = due;  // no connection was free in time: the wait counts
  return pause(stop, due);
}

bool Generator::pause(const std::stop_token& stop, SteadyTime until) {
  if (until > std::chrono::steady_clock::now()) {
    std::unique_lock lock{mutex_};
    wake_.wait_until(lock, stop, until, [] { return false; });
  }
  return !stop.stop_requested();
}

/// Sends the batch until it is answered; gives up when a try fails after stop().
void Generator::post(const std::stop_token& stop, HttpClient& client, EventBatch& batch,
                     SteadyTime sent) {
  sent_ += static_cast<std::int64_t>(batch.ids.size());
  for (;;) {
    auto answer = client.exchange("POST", kPath, batch.body);
    if (answer && record(batch, sent, *answer)) return;
    if (!answer) complain(std::move(answer.error().detail));
    if (!pause(stop, std::chrono::steady_clock::now() + kRepeatWait)) return;
    ++repeats_;
  }
}

/// True if the answer is final.
bool Generator::record(EventBatch& batch, SteadyTime sent, const HttpClient::Response& answer) {
  const auto answered = std::chrono::steady_clock::now();
  if (answer.status != 202) {
    complain("HTTP " + std::to_string(answer.status) + ": " + answer.body);
    if (answer.status == 429 || answer.status >= 500) return false;
    rejected_ += static_cast<std::int64_t>(batch.ids.size());
    return true;
  }
  std::vector<std::size_t> rejected = rejected_of(answer.body);
  if (!rejected.empty()) complain(answer.body);
  for (const std::size_t index : rejected | std::views::reverse) {
    if (index < batch.ids.size()) {
      batch.ids.erase(batch.ids.begin() + static_cast<std::ptrdiff_t>(index));
    }
  }
  rejected_ += static_cast<std::int64_t>(rejected.size());
  acknowledged_count_ += static_cast<std::int64_t>(batch.ids.size());
  const std::lock_guard lock{mutex_};
  acknowledged_.push_back({std::exchange(batch.ids, {}), sent, answered});
  return true;
}

void Generator::complain(std::string text) {
  const std::lock_guard lock{mutex_};
  last_error_ = std::move(text);
}

}  // namespace mih::bench
