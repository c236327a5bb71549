#include <algorithm>
#include <fmt/format.h>

#include "store/memory/memory_store.hpp"

/// What people change: services, rules, tokens, settings, the log, dead letters.
namespace mih::store::memory {
namespace {

constexpr std::size_t kMaxReasons = 20;

void skip(ReplayResult& result, core::DeadLetterId letter, std::string_view reason) {
  ++result.skipped;
  if (result.errors.size() < kMaxReasons) {
    result.errors.push_back(fmt::format("dead letter {}: {}", letter.value, reason));
  }
}

/// Gives a new item its id, keeps the creation time of one that is replaced. False: no such item.
template <class Map, class Item>
bool put(Map& items, Item& item, std::int64_t& last_id, WallTime now) {
  item.created = now;
  if (item.id) {
    const auto before = items.find(item.id);
    if (before == items.end()) return false;
    item.created = before->second.created;
  } else {
    item.id.value = ++last_id;
  }
  items[item.id] = item;
  return true;
}

std::unexpected<Error> not_found(std::string_view what, std::int64_t id) {
  return mih::fail(ErrorCode::kNotFound, fmt::format("there is no {} {}", what, id));
}

}  // namespace

const core::Service* MemoryStore::service_named(const std::string& name) const {
  for (const auto& [id, service] : services_) {
    if (service.name == name) return &service;
  }
  return nullptr;
}

Result<core::Service> MemoryStore::save_service(core::Service service, WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  const core::Service* same_name = service_named(service.name);
  if (same_name && same_name->id != service.id) {
    return mih::fail(
        ErrorCode::kNameTaken,
        fmt::format("a service \"{}\" exists already; choose another name", service.name));
  }
  service.modified = now;
  if (!put(services_, service, last_service_, now)) return not_found("service", service.id.value);
  for (auto& [id, rule] : rules_) {
    if (rule.service == service.id || (!rule.service && rule.service_name == service.name)) {
      rule.service = service.id;
      rule.service_name = service.name;
    }
  }
  return service;
}

Result<ServiceDeletion> MemoryStore::remove_service(core::ServiceId service, WallTime) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  const auto found = services_.find(service);
  if (found == services_.end()) return not_found("service", service.value);
  ServiceDeletion deletion;
  for (auto& [id, rule] : rules_) {
    if (rule.service != service) continue;
    rule.service = {};
    rule.enabled = false;
    ++deletion.rules_disabled;
  }
  deletion.pending_dead = lanes_[service].backlog;
  deletion.dead_letters_kept = std::ranges::count_if(
      letters_, [&](const auto& item) { return item.second.service == service; });
  removed_services_[service] = found->second.name;
  circuits_.erase(service);
  services_.erase(found);
  return deletion;
}

Result<core::Rule> MemoryStore::save_rule(core::Rule rule, WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (rule.id && !rules_.contains(rule.id)) return not_found("rule", rule.id.value);
  const auto by_id = services_.find(rule.service);
  const core::Service* service = rule.service
                                     ? (by_id == services_.end() ? nullptr : &by_id->second)
                                     : service_named(rule.service_name);
  if (!service && rule.enabled) {
    return mih::fail(ErrorCode::kServiceNotFound,
                     fmt::format("there is no service \"{}\"; create it first", rule.service_name));
  }
  rule.service = service ? service->id : core::ServiceId{};
  if (service) rule.service_name = service->name;
  rule.modified = now;
  put(rules_, rule, last_rule_, now);
  return rule;
}

Result<void> MemoryStore::remove_rule(core::RuleId rule) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (rules_.erase(rule) == 0) return not_found("rule", rule.value);
  return {};
}

Result<core::Token> MemoryStore::save_token(core::Token token, WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (!put(tokens_, token, last_token_, now)) return not_found("token", token.id.value);
  return token;
}

Result<void> MemoryStore::remove_token(core::TokenId token) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (tokens_.erase(token) == 0) return not_found("token", token.value);
  return {};
}

Result<void> MemoryStore::save_settings(const core::Settings& settings) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  settings_ = settings;
  return {};
}

Result<void> MemoryStore::clear_log() {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  log_.clear();
  return {};
}

std::expected<core::ServiceId, std::string> MemoryStore::replayable(core::DeadLetterId id) const {
  const auto found = letters_.find(id);
  if (found == letters_.end()) return std::unexpected("there is none");
  const core::DeadLetter& letter = found->second;
  if (letter.replaying) return std::unexpected("it is being replayed already");
  if (!rules_.contains(letter.rule)) return std::unexpected("its rule was deleted");
  const auto by_id = services_.find(letter.service);
  const core::Service* service =
      by_id != services_.end() ? &by_id->second : service_named(letter.service_name);
  if (!service) return std::unexpected("its service was deleted");
  const auto lane = lanes_.find(service->id);
  if (lane != lanes_.end() && lane->second.backlog >= service->max_backlog) {
    return std::unexpected(fmt::format("the backlog of service {} is full", service->name));
  }
  return service->id;
}

core::Delivery MemoryStore::replay_one(core::DeadLetter& letter, core::ServiceId service,
                                       WallTime now) {
  if (Item* before = find_item(letter.key)) before->replayed = true;
  letter.replaying = true;
  --totals_.dead;
  auto event = std::make_shared<core::Event>(*letter.event);
  event->seq.value = ++last_seq_;
  event->accepted = now;
  Entry& entry = events_[last_seq_];
  entry.event = std::move(event);
  entry.replay_of = letter.id;
  entry.origin = letter.key.event;
  Item& item = entry.items.emplace_back();
  item.decided = {.rule = letter.rule, .service = service, .ordering_key = {}};
  const core::DeliveryKey key{core::EventSeq{last_seq_}, 0};
  Lane& lane = lanes_[service];
  ++lane.backlog;
  item.in_pending = !lane.flowing;
  if (item.in_pending) lane.pending.insert(key);
  return delivery_of(key, entry);
}

Result<ReplayResult> MemoryStore::replay(const std::vector<core::DeadLetterId>& letters,
                                         WallTime now, std::vector<core::Delivery>& ready) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  ReplayResult result;
  for (const core::DeadLetterId id : letters) {
    const auto service = replayable(id);
    if (!service) {
      skip(result, id, service.error());
      continue;
    }
    core::Delivery delivery = replay_one(letters_.at(id), *service, now);
    if (lanes_[*service].flowing) ready.push_back(std::move(delivery));
    ++result.succeeded;
  }
  return result;
}

Result<ReplayResult> MemoryStore::remove_dead_letters(
    const std::vector<core::DeadLetterId>& letters) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  ReplayResult result;
  for (const core::DeadLetterId id : letters) {
    const auto found = letters_.find(id);
    if (found == letters_.end()) {
      skip(result, id, "there is none");
    } else if (found->second.replaying) {
      skip(result, id, "it is being replayed");
    } else {
      letters_.erase(found);
      ++result.succeeded;
    }
  }
  return result;
}

}  // namespace mih::store::memory
