#include "app/site_caller.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <utility>

#include "app/site_call.hpp"
#include "core/service.hpp"

namespace mih::app {
namespace {

using core::SiteFailure;
using engine::CircuitEffect;

constexpr auto kNoAddress = "The site has no callback_url.";
constexpr int kThreshold = 3;
constexpr std::chrono::seconds kCooldown{10};
/// A look-up or message that failed is not worth another try before.
constexpr std::chrono::seconds kLeastWait{1};

/// What a site's circuit goes by.
const core::Service& circuit_settings() {
  static const core::Service service = [] {
    core::Service made;
    made.cb_failure_threshold = kThreshold;
    made.cb_cooldown = kCooldown;
    made.timeout = kSiteTimeout;
    return made;
  }();
  return service;
}

SiteFailure unknown(std::string_view site) {
  return {SiteFailure::Kind::kRefused, fmt::format("There is no site {}.", site), {}};
}

}  // namespace

void SiteCaller::look_up(const std::string& site, const core::LookUp& wanted,
                         Answer<core::LookedUp> answer) {
  if (!parts_.find_site(site)) return answer(std::unexpected(unknown(site)));
  Later later;
  {
    const std::lock_guard lock(mutex_);
    auto& own = line(site);
    own.queue.add(++last_ticket_, wanted);
    own.asking.emplace(last_ticket_, std::move(answer));
    advance(site, own, later);
  }
  run(later);
}

void SiteCaller::deliver_inbound(const std::string& site, const core::InboundMessage& message,
                                 Answer<void> answer) {
  const auto found = parts_.find_site(site);
  if (!found) return answer(std::unexpected(unknown(site)));
  const auto now = parts_.clock.now();
  Later later;
  {
    const std::lock_guard lock(mutex_);
    auto& own = line(site);
    const auto permit =
        found->is_connected() ? own.circuit.acquire(circuit_settings(), now) : std::nullopt;
    if (!permit) {
      later.emplace_back(
          [failure = away(own, "it does not answer at the moment"),
           answer = std::move(answer)]() mutable { answer(std::unexpected(std::move(failure))); });
    } else {
      auto heard = [this, site, permit = *permit,
                    answer = std::move(answer)](const core::Reply& reply) mutable {
        auto result = taken(reply);
        {
          const std::lock_guard relock(mutex_);
          auto& mine = line(site);
          const bool alive = result || result.error().kind == SiteFailure::Kind::kRefused;
          mine.circuit.finish(permit, alive ? CircuitEffect::kSuccess : CircuitEffect::kFailure,
                              circuit_settings(), parts_.clock.now());
          if (!alive) result.error().retry_at = away(mine, {}).retry_at;
        }
        answer(std::move(result));
      };
      send(inbound_call(*found, message, now), std::move(heard), later);
    }
  }
  run(later);
}

void SiteCaller::call(const std::string& site, core::Request request, Heard heard) {
  Later later;
  {
    const std::lock_guard lock(mutex_);
    auto closing = [this, site, heard = std::move(heard)](core::Reply reply) mutable {
      if (acknowledged_version(reply)) {
        const std::lock_guard relock(mutex_);
        line(site).circuit.reset(parts_.clock.now());
      }
      heard(std::move(reply));
    };
    send(std::move(request), std::move(closing), later);
  }
  run(later);
}

void SiteCaller::on_reply(transport::CallId call, core::Reply reply) {
  std::unique_lock lock(mutex_);
  auto found = calls_.extract(call);
  lock.unlock();
  if (found) found.mapped()(std::move(reply));
}

SiteCaller::Line& SiteCaller::line(const std::string& site) {
  const auto found = lines_.find(site);
  if (found != lines_.end()) return found->second;
  return lines_.emplace(site, Line{{{}, circuit_settings(), parts_.clock.now()}, {}, {}})
      .first->second;
}

SiteFailure SiteCaller::away(const Line& line, std::string why) const {
  const auto now = parts_.clock.now();
  const auto least = now.steady + kLeastWait;
  return {SiteFailure::Kind::kAway, std::move(why),
          std::max(line.circuit.opens_for_probe_at(now).value_or(least), least)};
}

void SiteCaller::advance(const std::string& site, Line& line, Later& later) {
  const auto wanted = line.queue.start();
  if (!wanted) return;
  const auto found = parts_.find_site(site);
  if (!found) return fail_all(line, unknown(site), later);
  if (found->is_connected() && found->callback_url.empty()) {
    return fail_all(line, {SiteFailure::Kind::kRefused, kNoAddress, {}}, later);
  }
  const auto now = parts_.clock.now();
  const auto permit =
      found->is_connected() ? line.circuit.acquire(circuit_settings(), now) : std::nullopt;
  if (!permit) return fail_all(line, away(line, "it does not answer at the moment"), later);
  send(
      look_up_call(*found, *wanted, now),
      [this, site, permit = *permit](const core::Reply& reply) {
        on_looked_up(site, permit, reply);
      },
      later);
}

void SiteCaller::fail_all(Line& line, const SiteFailure& failure, Later& later) {
  for (const auto ticket : line.queue.failed()) {
    auto asking = line.asking.extract(ticket);
    later.emplace_back([answer = std::move(asking.mapped()), failure = failure]() mutable {
      answer(std::unexpected(std::move(failure)));
    });
  }
}

void SiteCaller::send(core::Request request, Heard heard, Later& later) {
  const auto id = ++last_call_;
  calls_.emplace(id, std::move(heard));
  later.emplace_back(
      [this, id, request = std::move(request)]() mutable { parts_.send(id, std::move(request)); });
}

void SiteCaller::on_looked_up(const std::string& site, Permit permit, const core::Reply& reply) {
  auto result = looked_up(reply);
  Later later;
  {
    const std::lock_guard lock(mutex_);
    auto& own = line(site);
    own.circuit.finish(permit, result ? CircuitEffect::kSuccess : CircuitEffect::kFailure,
                       circuit_settings(), parts_.clock.now());
    if (!result) {
      fail_all(own, away(own, std::move(result.error())), later);
    } else {
      for (auto& [ticket, objects] : own.queue.succeeded(*result)) {
        auto asking = own.asking.extract(ticket);
        later.emplace_back([answer = std::move(asking.mapped()),
                            found = std::move(objects)]() mutable { answer(std::move(found)); });
      }
      advance(site, own, later);
    }
  }
  run(later);
}

void SiteCaller::run(Later& later) {
  for (auto& action : later)
    action();
}

}  // namespace mih::app
