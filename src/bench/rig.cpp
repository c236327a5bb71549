#include "bench/rig.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <system_error>
#include <utility>

#include "base/json.hpp"

namespace mih::bench {
namespace {

constexpr std::string_view kService = "receiver";
constexpr int kPreloadBatch = 1000;
constexpr auto kPoll = std::chrono::milliseconds{50};

std::string service_json(const std::string& base_url, int concurrency) {
  json::Writer service;
  service.begin_object();
  service.member("name", kService);
  service.member("type", "rest");
  service.member("base_url", base_url);
  if (concurrency > 0) service.member("max_concurrency", concurrency);
  service.end_object();
  return service.take();
}

std::string rule_json(const std::string& name, std::string_view pattern) {
  json::Writer rule;
  rule.begin_object();
  rule.member("name", name);
  rule.member("eventname", pattern);
  rule.member("service", kService);
  rule.member("endpoint", "/events");
  rule.member("payload_template", ten_placeholder_template());
  rule.end_object();
  return rule.take();
}

}  // namespace

void tell(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
}

std::filesystem::path default_parent() {
  std::error_code error;
  std::filesystem::path on_disk = "/var/tmp";
  if (std::filesystem::is_directory(on_disk, error)) return on_disk;
  return std::filesystem::temp_directory_path();
}

Result<std::unique_ptr<Rig>> Rig::build(const std::filesystem::path& parent, StopSignal& stop) {
  auto directory = ScratchDir::make(parent, "mih-bench");
  if (!directory) return fail(directory);
  auto receiver = Receiver::start();
  if (!receiver) return fail(receiver);
  auto hub = HubProcess::start({.data_dir = directory->path()});
  if (!hub) return fail(hub);
  tell(fmt::format("hub: process {}, {}, data in {}", (*hub)->pid(), (*hub)->url(),
                   directory->path().string()));
  std::unique_ptr<Rig> rig{
      new Rig{stop, std::move(*directory), std::move(*receiver), std::move(*hub)}};
  auto token = rig->api_.make_ingest_token();
  if (!token) return fail(token);
  rig->token_ = std::move(*token);
  return rig;
}

Result<void> Rig::wait_for(std::chrono::nanoseconds time) {
  if (stop_.wait_for(time)) return fail(ErrorCode::kInternal, "stopped by a signal");
  return {};
}

Result<void> Rig::preload(std::int64_t ids) {
  if (ids == 0) return {};
  tell(fmt::format("filling the id window with {} ids", ids));
  Generator::Options options = generator_options();
  options.batch = kPreloadBatch;
  options.limit = ids;
  auto generator = Generator::start(std::move(options));
  if (!generator) return fail(generator);
  for (Generator::Counts counts; counts.acknowledged + counts.rejected < ids;) {
    if (auto waited = wait_for(kPoll); !waited) return waited;
    (*generator)->take_acknowledged();
    counts = (*generator)->counts();
  }
  if ((*generator)->counts().rejected > 0) {
    return fail(ErrorCode::kInternal,
                "the hub did not take all events: " + (*generator)->last_error());
  }
  return {};
}

Result<void> Rig::add_rules(int rules, int matching, int concurrency) {
  if (auto added = api_.add_service(service_json(receiver_->url(), concurrency)); !added) {
    return added;
  }
  for (int i = 0; i < rules; ++i) {
    const bool matches = i < matching;
    auto added = api_.add_rule(matches ? rule_json(fmt::format("every event {}", i), "*")
                                       : rule_json(fmt::format("other {}", i),
                                                   fmt::format("\\local_other\\event\\e{}", i)));
    if (!added) return fail(added);
    if (matches) rule_ids_.push_back(*added);
  }
  return {};
}

Generator::Options Rig::generator_options() const {
  return {.hub = hub_->endpoint(), .token = token_};
}

}  // namespace mih::bench
