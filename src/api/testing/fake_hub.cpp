#include "api/testing/fake_hub.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

#include "base/hash.hpp"
#include "engine/render_call.hpp"

namespace mih::api::testing {
namespace {

template <class Id>
std::string list_of(const std::vector<Id>& ids) {
  std::vector<std::int64_t> numbers;
  for (const auto id : ids)
    numbers.push_back(id.value);
  return fmt::format("{}", fmt::join(numbers, ","));
}

}  // namespace

std::vector<FakeHub::Intake> FakeHub::intakes() const {
  const std::scoped_lock lock(mutex_);
  return intakes_;
}

std::vector<core::InboundMessage> FakeHub::messages() const {
  const std::scoped_lock lock(mutex_);
  return messages_;
}

std::vector<std::string> FakeHub::calls() const {
  const std::scoped_lock lock(mutex_);
  return calls_;
}

std::string FakeHub::add_token(core::Role role, std::string site) {
  const std::scoped_lock lock(mutex_);
  const auto secret = fmt::format("mih_{}_{}", core::name_of(role), ++last_id_);
  tokens_.push_back({.id = core::TokenId{last_id_},
                     .name = std::string(core::name_of(role)),
                     .role = role,
                     .site = std::move(site),
                     .hash = sha256(secret),
                     .created = clock_.now().wall});
  reader.token_list = tokens_;
  return secret;
}

core::ServiceId FakeHub::add_service(std::string name, std::string base_url) {
  const std::scoped_lock lock(mutex_);
  core::Service service;
  service.id = core::ServiceId{++last_id_};
  service.name = std::move(name);
  service.base_url = std::move(base_url);
  services_[service.id] = service;
  publish();
  return service.id;
}

void FakeHub::change_service(core::ServiceId id,
                             const std::function<void(core::Service&)>& change) {
  const std::scoped_lock lock(mutex_);
  change(services_.at(id));
  publish();
}

core::RuleId FakeHub::add_rule(std::string name, std::string service, std::string eventname) {
  const std::scoped_lock lock(mutex_);
  core::Rule rule;
  rule.id = core::RuleId{++last_id_};
  rule.name = std::move(name);
  rule.eventname = std::move(eventname);
  rule.service = catalog_->service(service)->id;
  rule.service_name = std::move(service);
  rules_[rule.id] = rule;
  publish();
  return rule.id;
}

void FakeHub::listen(LiveSink sink) {
  const std::lock_guard lock(mutex_);
  sink_ = std::move(sink);
}

void FakeHub::tell(LiveMessage message) {
  thread_.post([this, message = std::move(message)] {
    const std::lock_guard lock(mutex_);
    if (sink_) sink_(message);
  });
}

bool FakeHub::is_listened_to() const {
  const std::lock_guard lock(mutex_);
  return static_cast<bool>(sink_);
}

void FakeHub::hold() {
  const std::scoped_lock lock(mutex_);
  holding_ = true;
}

void FakeHub::release() {
  const std::scoped_lock lock(mutex_);
  holding_ = false;
  for (auto& task : held_)
    thread_.post(std::move(task));
  held_.clear();
}

void FakeHub::wait_until_held() {
  std::unique_lock lock(mutex_);
  held_changed_.wait(lock, [&] { return !held_.empty(); });
}

void FakeHub::publish() {
  std::vector<core::Service> services;
  for (const auto& [id, service] : services_)
    services.push_back(service);
  std::vector<engine::CompiledRule> rules;
  for (const auto& [id, rule] : rules_) {
    rules.push_back(engine::compile_rule(rule).value());
  }
  catalog_ =
      std::make_shared<const engine::Catalog>(++version_, std::move(services), std::move(rules));
}

void FakeHub::note(std::string call) {
  const std::scoped_lock lock(mutex_);
  calls_.push_back(std::move(call));
}

void FakeHub::later(async::TaskThread::Task task) {
  const std::scoped_lock lock(mutex_);
  if (holding_) {
    held_.push_back(std::move(task));
    held_changed_.notify_all();
  } else {
    thread_.post(std::move(task));
  }
}

void FakeHub::accept_events(std::string body, EventFormat format, std::string site,
                            Answer<EventsAnswer> answer) {
  if (throws) throw std::runtime_error("out of everything");
  {
    const std::scoped_lock lock(mutex_);
    intakes_.push_back({std::move(body), format, std::move(site)});
  }
  answer_later(std::move(answer), events_answer);
}

void FakeHub::accept_inbound(core::InboundMessage message, Answer<core::InboundReceipt> answer) {
  {
    const std::scoped_lock lock(mutex_);
    messages_.push_back(std::move(message));
  }
  answer_later(std::move(answer), inbound_answer);
}

void FakeHub::request(GatewayRequest request, Answer<GatewayResult> answer) {
  note("request " + engine::call_to_json(request.call));
  answer_later<GatewayResult>(std::move(answer), gateway_result);
}

void FakeHub::enqueue(EnqueueRequest request, Answer<std::string> answer) {
  note("enqueue " + request.site + " " + request.id + " " + engine::call_to_json(request.call));
  answer_later<std::string>(std::move(answer), "d_" + request.id);
}

std::shared_ptr<const engine::Catalog> FakeHub::catalog() const {
  const std::scoped_lock lock(mutex_);
  return catalog_;
}

core::Settings FakeHub::settings() const {
  const std::scoped_lock lock(mutex_);
  return settings_;
}

std::optional<core::Token> FakeHub::find_token(const Sha256& hash) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(tokens_, hash, &core::Token::hash);
  if (found == tokens_.end()) return std::nullopt;
  return *found;
}

void FakeHub::save_service(core::Service service, Answer<core::Service> answer) {
  Result<core::Service> result = service;
  {
    const std::scoped_lock lock(mutex_);
    const auto same = catalog_->service(service.name);
    if (same && same->id != service.id) {
      result = fail(ErrorCode::kNameTaken, "There is a service of that name.");
    } else {
      const auto now = clock_.now().wall;
      if (!service.id) {
        service.id = core::ServiceId{++last_id_};
        service.created = now;
      }
      service.modified = now;
      services_[service.id] = service;
      publish();
      result = service;
    }
  }
  answer_later(std::move(answer), std::move(result));
}

void FakeHub::remove_service(core::ServiceId service, Answer<store::ServiceDeletion> answer) {
  store::ServiceDeletion counts;
  {
    const std::scoped_lock lock(mutex_);
    services_.erase(service);
    for (auto& [id, rule] : rules_) {
      if (rule.service != service) continue;
      rule.enabled = false;
      rule.service = {};
      ++counts.rules_disabled;
    }
    publish();
  }
  answer_later<store::ServiceDeletion>(std::move(answer), counts);
}

void FakeHub::save_rule(engine::CompiledRule rule, Answer<core::Rule> answer) {
  {
    const std::scoped_lock lock(mutex_);
    if (!rule.rule.id) rule.rule.id = core::RuleId{++last_id_};
    rule.rule.modified = clock_.now().wall;
    rules_[rule.rule.id] = rule.rule;
    publish();
  }
  answer_later<core::Rule>(std::move(answer), rule.rule);
}

void FakeHub::remove_rule(core::RuleId rule, Answer<bool> answer) {
  {
    const std::scoped_lock lock(mutex_);
    rules_.erase(rule);
    publish();
  }
  answer_later<bool>(std::move(answer), true);
}

void FakeHub::save_token(core::Token token, Answer<core::Token> answer) {
  {
    const std::scoped_lock lock(mutex_);
    token.id = core::TokenId{++last_id_};
    tokens_.push_back(token);
    reader.token_list = tokens_;
  }
  answer_later<core::Token>(std::move(answer), token);
}

std::vector<core::AuditEntry> FakeHub::trail() const {
  const std::scoped_lock lock(mutex_);
  return reader.audit_list;
}

void FakeHub::save_secret(core::NamedSecret secret, Answer<core::NamedSecret> answer) {
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(reader.secret_list, [&](const auto& known) { return known.name == secret.name; });
    reader.secret_list.push_back(secret);
  }
  answer_later<core::NamedSecret>(std::move(answer), secret);
}

void FakeHub::remove_secret(std::string name, Answer<bool> answer) {
  Result<bool> result = true;
  {
    const std::scoped_lock lock(mutex_);
    if (std::erase_if(reader.secret_list, [&](const auto& known) { return known.name == name; }) ==
        0) {
      result = fail(ErrorCode::kNotFound, "There is no such secret.");
    }
  }
  answer_later<bool>(std::move(answer), std::move(result));
}

void FakeHub::append_audit(core::AuditEntry entry, Answer<bool> answer) {
  {
    const std::scoped_lock lock(mutex_);
    entry.id = std::ssize(reader.audit_list) + 1;
    reader.audit_list.push_back(std::move(entry));
  }
  answer_later<bool>(std::move(answer), true);
}

void FakeHub::rotate_key(Answer<bool> answer) {
  note("rotate_key");
  answer_later<bool>(std::move(answer), true);
}

void FakeHub::remove_token(core::TokenId token, Answer<bool> answer) {
  Result<bool> result = true;
  {
    const std::scoped_lock lock(mutex_);
    if (std::erase_if(tokens_, [&](const auto& known) { return known.id == token; }) == 0) {
      result = fail(ErrorCode::kNotFound, "There is no such token.");
    }
    reader.token_list = tokens_;
  }
  answer_later(std::move(answer), std::move(result));
}

void FakeHub::save_settings(core::Settings settings, Answer<core::Settings> answer) {
  {
    const std::scoped_lock lock(mutex_);
    settings_ = settings;
  }
  answer_later<core::Settings>(std::move(answer), settings);
}

void FakeHub::clear_log(Answer<bool> answer) {
  note("clear_log");
  answer_later<bool>(std::move(answer), true);
}

void FakeHub::start_job(core::JobKind kind, core::ReplayMode mode,
                        std::vector<core::DeadLetterId> letters, Answer<core::Job> answer) {
  note(fmt::format("{}{} {}", core::name_of(kind),
                   mode == core::ReplayMode::kAsSent ? " as sent" : "", list_of(letters)));
  core::Job job;
  job.id = core::JobId{7};
  job.kind = kind;
  job.mode = mode;
  job.state = core::JobState::kRunning;
  job.total = std::ssize(letters);
  auto ended = job;
  ended.state = core::JobState::kDone;
  ended.done = job.total;
  ended.succeeded = job.total - 1;
  ended.skip(letters.front(), "it was gone");
  later(
      [this, answer = std::move(answer), job = std::move(job), ended = std::move(ended)]() mutable {
        reader.last_job = std::move(ended);
        answer(std::move(job));
      });
}

void FakeHub::lane_status(Answer<std::unordered_map<core::ServiceId, LaneStatus>> answer) {
  std::unordered_map<core::ServiceId, LaneStatus> lanes;
  for (const auto& service : catalog()->services())
    lanes[service->id] = lane;
  answer_later(std::move(answer), Result<decltype(lanes)>(std::move(lanes)));
}

void FakeHub::reset_circuits(std::vector<core::ServiceId> services, Answer<bool> answer) {
  note("reset " + list_of(services));
  answer_later<bool>(std::move(answer), true);
}

void FakeHub::retry_now(std::string delivery_id, Answer<bool> answer) {
  note("retry " + delivery_id);
  answer_later(std::move(answer), action_answer);
}

void FakeHub::cancel(std::string delivery_id, Answer<bool> answer) {
  note("cancel " + delivery_id);
  answer_later(std::move(answer), action_answer);
}

void FakeHub::test_call(core::Request request, Answer<core::Reply> answer) {
  note(fmt::format("test {} {} {}", request.method, request.url, request.body));
  answer_later<core::Reply>(std::move(answer), test_reply);
}

void FakeHub::look_up(std::string site, core::LookUp wanted, Answer<core::LookedUp> answer) {
  note(fmt::format("look up {} {} of {}", wanted.users, wanted.courses, site));
  answer_later<core::LookedUp>(std::move(answer), looked_up);
}

void FakeHub::list_operations(std::shared_ptr<const core::Service> service, bool anew,
                              Answer<std::string> answer) {
  note(fmt::format("operations {}{}", service->name, anew ? " anew" : ""));
  answer_later<std::string>(std::move(answer), operations_answer);
}

void FakeHub::read(std::move_only_function<void(store::Reader&)> query) {
  later([this, query = std::move(query)]() mutable { query(reader); });
}

}  // namespace mih::api::testing
