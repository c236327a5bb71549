#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "store/sqlite/store_impl.hpp"

/// What people change: services, rules, tokens, settings, the log, dead letters.
namespace mih::store::sqlite {
namespace {

constexpr std::size_t kMaxReasons = 20;

void skip(ReplayResult& result, core::DeadLetterId letter, std::string_view reason) {
  ++result.skipped;
  if (result.errors.size() < kMaxReasons) {
    result.errors.push_back(fmt::format("dead letter {}: {}", letter.value, reason));
  }
}

}  // namespace

Result<core::Service> SqliteStore::save_service(core::Service service, WallTime now) {
  return registry_.save_service(std::move(service), now);
}

Result<ServiceDeletion> SqliteStore::remove_service(core::ServiceId service, WallTime) {
  const std::int64_t letters = dead_letters_.count_of(service);
  if (auto read = connection_->check(); !read) return fail(read);
  auto deletion = registry_.remove_service(service);
  if (!deletion) return deletion;
  deletion->pending_dead = ledger_.lane(service).backlog;
  deletion->dead_letters_kept = letters;
  return deletion;
}

Result<core::Rule> SqliteStore::save_rule(core::Rule rule, WallTime now) {
  return registry_.save_rule(std::move(rule), now);
}

Result<void> SqliteStore::remove_rule(core::RuleId rule) {
  return registry_.remove_rule(rule);
}

Result<core::Token> SqliteStore::save_token(core::Token token, WallTime now) {
  return registry_.save_token(std::move(token), now);
}

Result<void> SqliteStore::remove_token(core::TokenId token) {
  return registry_.remove_token(token);
}

Result<void> SqliteStore::save_settings(const core::Settings& settings) {
  auto saved = registry_.save_settings(settings);
  retention_.forget();
  return saved;
}

Result<void> SqliteStore::clear_log() {
  auto cleared = write([&] { journal_.clear_log(); });
  if (cleared) journal_.drop_held_rows();
  return cleared;
}

std::expected<core::ServiceId, std::string> SqliteStore::replayable(
    const std::optional<core::DeadLetter>& letter) const {
  if (!letter) return std::unexpected("there is none");
  if (letter->replaying) return std::unexpected("it is being replayed already");
  if (!registry_.rule_name(letter->rule)) return std::unexpected("its rule was deleted");
  core::ServiceId service = letter->service;
  const auto* facts = registry_.service(service);
  // A service that was deleted and made again under its name serves the old letters too.
  if (!facts) facts = registry_.service(letter->service_name, service);
  if (!facts) return std::unexpected("its service was deleted");
  if (ledger_.lane(service).backlog >= facts->max_backlog) {
    return std::unexpected(fmt::format("the backlog of service {} is full", facts->name));
  }
  return service;
}

void SqliteStore::replay_one(const core::DeadLetter& letter, core::ServiceId service, WallTime now,
                             std::vector<core::Delivery>& ready) {
  const core::FanOut decided{.rule = letter.rule, .service = service, .ordering_key = {}};
  auto event = std::make_shared<core::Event>(*letter.event);
  event->accepted = now;
  queue_.append_replay(*event, decided, letter.id, letter.key.event);
  queue_.supersede(letter.key);
  dead_letters_.set_replaying(letter.id);
  --ledger_.head.totals.dead;
  LaneCounters& lane = ledger_.change(service);
  ++lane.backlog;
  const core::DeliveryKey key{event->seq, 0};
  if (!lane.flowing) {
    queue_.spill(key, decided);
    ledger_.append(0);
    return;
  }
  ledger_.append(1);
  ready.push_back({.key = key,
                   .rule = decided.rule,
                   .service = service,
                   .ordering_key = {},
                   .event = std::move(event),
                   .progress = {},
                   .replay_of = letter.id});
}

Result<ReplayResult> SqliteStore::replay(const std::vector<core::DeadLetterId>& letters,
                                         WallTime now, std::vector<core::Delivery>& ready) {
  ReplayResult result;
  std::vector<core::Delivery> opened;
  auto done = write([&] {
    for (const core::DeadLetterId id : letters) {
      const auto letter = dead_letters_.find(id);
      const auto service = replayable(letter);
      if (!service) {
        skip(result, id, service.error());
        continue;
      }
      replay_one(*letter, *service, now, opened);
      ++result.succeeded;
    }
  });
  if (!done) return fail(done);
  std::ranges::move(opened, std::back_inserter(ready));
  return result;
}

Result<ReplayResult> SqliteStore::remove_dead_letters(
    const std::vector<core::DeadLetterId>& letters) {
  ReplayResult result;
  auto done = write([&] {
    for (const core::DeadLetterId id : letters) {
      const auto letter = dead_letters_.find(id);
      if (!letter) {
        skip(result, id, "there is none");
      } else if (letter->replaying) {
        skip(result, id, "it is being replayed");
      } else {
        dead_letters_.erase(id);
        --ledger_.head.dead_letters;
        ++result.succeeded;
      }
    }
  });
  if (!done) return fail(done);
  return result;
}

}  // namespace mih::store::sqlite
