#include "bench/demo.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <unistd.h>

#include "base/json.hpp"
#include "bench/demo_plan.hpp"
#include "bench/demo_view.hpp"
#include "bench/generator.hpp"
#include "bench/hub_api.hpp"
#include "bench/hub_process.hpp"
#include "bench/receiver.hpp"
#include "bench/scratch_dir.hpp"
#include "bench/stop_signal.hpp"

namespace mih::bench {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr auto kTick = milliseconds{100};
constexpr auto kDrainLimit = std::chrono::seconds{30};
constexpr std::string_view kService = "receiver";

class Demo {
 public:
  explicit Demo(const DemoOptions& options) : options_(options), plan_(options.seconds) {}

  Result<bool> run() {
    if (auto ready = set_up(); !ready) return fail(ready);
    explain();
    if (auto sent = send_events(); !sent) return fail(sent);
    if (auto drained = drain(); !drained) return fail(drained);
    return sum_up();
  }

 private:
  Result<void> set_up();
  Result<void> register_service_and_rule();
  Result<void> start_generator();
  std::string how_to_sign_in() const;
  void explain();
  Result<void> send_events();
  Result<void> drain();
  Result<bool> sum_up();

  Result<void> tick();
  void switch_receiver(bool fails);
  void tell_circuit(const CircuitView& circuit);
  void show_line();

  const DemoOptions& options_;
  const DemoPlan plan_;
  StopSignal stop_signal_;
  DemoView view_;
  std::unique_ptr<Receiver> receiver_;
  std::optional<ScratchDir> directory_;
  std::unique_ptr<HubProcess> hub_;
  std::optional<HubApi> api_;
  core::RuleId rule_;
  std::unique_ptr<Generator> generator_;
  Ledger ledger_;

  SteadyTime started_;
  std::int64_t shown_seconds_ = 0;
  bool receiver_fails_ = false;
  std::string circuit_ = "closed";
  SteadyTime opened_;
  std::int64_t refused_while_open_ = 0;
  HubCounts counts_;
};

Result<void> Demo::set_up() {
  auto receiver = Receiver::start();
  if (!receiver) return fail(receiver);
  receiver_ = std::move(*receiver);
  auto directory = ScratchDir::make(std::filesystem::temp_directory_path(), "mih-demo");
  if (!directory) return fail(directory);
  directory_.emplace(std::move(*directory));
  auto hub = HubProcess::start({.data_dir = directory_->path(), .listen = options_.listen});
  if (!hub) return fail(hub);
  hub_ = std::move(*hub);
  api_.emplace(hub_->admin());
  if (auto registered = register_service_and_rule(); !registered) return registered;
  return start_generator();
}

Result<void> Demo::register_service_and_rule() {
  json::Writer service;
  service.begin_object();
  service.member("name", kService);
  service.member("type", "rest");
  service.member("base_url", receiver_->url());
  service.member("retry_backoff", 0.2);
  service.member("cb_cooldown", static_cast<std::int64_t>(plan_.cooldown().count()));
  service.end_object();
  if (auto added = api_->add_service(service.text()); !added) return added;

  json::Writer rule;
  rule.begin_object();
  rule.member("name", "every event");
  rule.member("eventname", "*");
  rule.member("service", kService);
  rule.member("endpoint", "/events");
  rule.member("payload_template", ten_placeholder_template());
  rule.end_object();
  auto added = api_->add_rule(rule.text());
  if (!added) return fail(added);
  rule_ = *added;
  return {};
}

Result<void> Demo::start_generator() {
  auto token = api_->make_ingest_token();
  if (!token) return fail(token);
  constexpr double kRequestsPerSecond = 1000;
  const int batch = std::max(1, static_cast<int>(options_.rate / kRequestsPerSecond));
  started_ = Steady::now();
  auto generator = Generator::start(
      {.hub = hub_->endpoint(), .token = *token, .batch = batch, .rate = options_.rate});
  if (!generator) return fail(generator);
  generator_ = std::move(*generator);
  return {};
}

/// The password is for a terminal; what is not one may be a log.
std::string Demo::how_to_sign_in() const {
  const auto file = directory_->path() / "admin-password";
  std::string password;
  std::ifstream{file} >> password;
  if (password.empty() || ::isatty(STDOUT_FILENO) == 0) {
    return fmt::format("as admin with the one-time password in {}", file.string());
  }
  return fmt::format("as admin with the one-time password {}", password);
}

void Demo::explain() {
  view_.say(fmt::format("Hub       {}   (throwaway data in {})", hub_->url(),
                        directory_->path().string()));
  view_.say("Sign in   " + how_to_sign_in());
  view_.say(fmt::format("Receiver  {}   service \"{}\", rule \"every event\"", receiver_->url(),
                        kService));
  view_.say(fmt::format("Sending   recorded Moodle 4.5 events, {} a second{}", options_.rate,
                        options_.seconds ? fmt::format(", for {} s", *options_.seconds)
                                         : std::string{"; Ctrl-C ends it"}));
  view_.say("          p50 and p99: from posting an event to its arrival, in the last second");
}

Result<void> Demo::send_events() {
  for (;;) {
    const auto elapsed = std::chrono::duration_cast<milliseconds>(Steady::now() - started_);
    if (plan_.is_over(elapsed)) break;
    switch_receiver(plan_.receiver_fails(elapsed));
    if (auto ticked = tick(); !ticked) return ticked;
    if (stop_signal_.wait_for(kTick)) break;
  }
  switch_receiver(false);
  generator_->stop();
  return {};
}

/// Waits until what was acknowledged has arrived and the hub has recorded it.
Result<void> Demo::drain() {
  const auto until = Steady::now() + kDrainLimit;
  for (;;) {
    if (auto ticked = tick(); !ticked) return ticked;
    auto counts = api_->counts();
    if (!counts) return fail(counts);
    counts_ = *counts;
    if ((ledger_.balance().missing() == 0 && counts_.open == 0) || Steady::now() > until) break;
    if (stop_signal_.wait_for(kTick)) break;
  }
  view_.finish_line();
  return {};
}

Result<void> Demo::tick() {
  expect_deliveries(ledger_, generator_->take_acknowledged(), std::span{&rule_, 1});
  ledger_.arrived(receiver_->take_arrivals());
  auto circuit = api_->circuit(kService);
  if (!circuit) return fail(circuit);
  tell_circuit(*circuit);
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(Steady::now() - started_).count();
  if (seconds == shown_seconds_) return {};
  shown_seconds_ = seconds;
  auto counts = api_->counts();
  if (!counts) return fail(counts);
  counts_ = *counts;
  show_line();
  return {};
}

void Demo::switch_receiver(bool fails) {
  if (fails == receiver_fails_) return;
  receiver_fails_ = fails;
  receiver_->answer_with({.status = fails ? 503 : 204});
  view_.say(fails ? fmt::format("  -> the receiver now answers 503, for {:.1f} s; watch retry and "
                                "circuit breaker",
                                std::chrono::duration<double>(plan_.spell_length()).count())
                  : "  -> the receiver answers 204 again");
}

void Demo::tell_circuit(const CircuitView& circuit) {
  const std::int64_t refused = receiver_->counts().refused;
  const auto now = Steady::now();
  if (circuit.state == "open") {
    // What was in flight when it opened may still fail; later only a probe can.
    const bool probe_failed =
        circuit_ == "halfopen" || (circuit_ == "open" && refused > refused_while_open_ &&
                                   now - opened_ > plan_.cooldown() / 2);
    if (circuit_ == "closed") {
      opened_ = now;
      view_.say(
          fmt::format("  -> circuit open after {} failures: deliveries wait, using up no attempts",
                      circuit.failure_count));
    } else if (probe_failed) {
      view_.say("  -> a probe went out and failed: circuit open for another cooldown");
    }
    refused_while_open_ = refused;
  } else if (circuit.state == "closed" && circuit_ != "closed") {
    view_.say("  -> a probe succeeded: circuit closed again, what waited goes out now");
  }
  circuit_ = circuit.state;
}

void Demo::show_line() {
  const Ledger::Balance balance = ledger_.balance();
  view_.show({.elapsed = std::chrono::seconds{shown_seconds_},
              .accepted = balance.expected,
              .delivered = balance.received,
              .failed = receiver_->counts().refused,
              .dead = counts_.dead,
              .waiting = counts_.open,
              .circuit = circuit_,
              .latency = percentiles(ledger_.take_latencies())});
}

Result<bool> Demo::sum_up() {
  const Generator::Counts sender = generator_->counts();
  const Ledger::Balance balance = ledger_.balance();
  const bool agrees = counts_.add_up() && counts_.open == 0 &&
                      counts_.accepted == sender.acknowledged &&
                      counts_.delivered == balance.received && balance.unexpected == 0;
  const bool complete = balance.missing() == 0 && counts_.dead == 0 &&
                        sender.acknowledged == sender.sent && sender.sent > 0;
  const int exit_status = hub_->stop();
  view_.say("");
  view_.say(fmt::format("sent          {}", with_commas(sender.sent)));
  view_.say(fmt::format("acknowledged  {}", with_commas(sender.acknowledged)));
  view_.say(fmt::format("received      {} unique, {} repeats", with_commas(balance.received),
                        with_commas(balance.repeats)));
  view_.say(fmt::format("missing       {}", with_commas(balance.missing())));
  view_.say(fmt::format("dead letters  {}", with_commas(counts_.dead)));
  view_.say(fmt::format("failed        {} attempts, answered with 503",
                        with_commas(receiver_->counts().refused)));
  view_.say(fmt::format("hub's counts  created {} = delivered {} + dead {} + open {}: {}",
                        counts_.created, counts_.delivered, counts_.dead, counts_.open,
                        agrees ? "agree" : "DO NOT AGREE with sender and receiver"));
  if (exit_status != 0) view_.say(fmt::format("the hub ended with exit code {}", exit_status));
  if (const std::string error = generator_->last_error(); !complete && !error.empty()) {
    view_.say("the sender's last trouble: " + error);
  }
  const bool good = complete && agrees && exit_status == 0;
  view_.say(good ? "Nothing was lost." : "SOMETHING IS WRONG, see above.");
  return good;
}

}  // namespace

int run_demo(const DemoOptions& options) {
  auto good = Demo{options}.run();
  if (!good) {
    std::fprintf(stderr, "mih demo: %s\n", good.error().detail.c_str());
    return 1;
  }
  return *good ? 0 : 1;
}

}  // namespace mih::bench
