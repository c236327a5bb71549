#include "engine/inbound_line.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/json.hpp"

namespace mih::engine {
namespace {

constexpr std::chrono::seconds kLongestWait{60};

std::chrono::seconds wait_after(int attempts) {
  constexpr int kDoublings = 6;
  const std::chrono::seconds wait{1LL << std::clamp(attempts - 1, 0, kDoublings)};
  return std::min(wait, kLongestWait);
}

}  // namespace

std::expected<std::string, std::string> inbound_site(const core::Service& service,
                                                     std::span<const core::Site> sites) {
  if (!service.inbound_site.empty()) {
    const auto named = std::ranges::find(sites, service.inbound_site, &core::Site::name);
    if (named != sites.end()) return named->name;
    return std::unexpected(
        fmt::format("there is no site {}, which inbound_site names", service.inbound_site));
  }
  const auto connected = std::ranges::count_if(sites, &core::Site::is_connected);
  if (connected == 0) return std::unexpected("no Moodle is connected");
  if (connected > 1) {
    return std::unexpected("several Moodles are connected: inbound_site must say which gets it");
  }
  return std::ranges::find_if(sites, &core::Site::is_connected)->name;
}

std::string inbound_payload(std::string body) {
  json::Document document;
  if (document.parse(body)) return body;
  if (json::is_utf8(body)) return json::quoted(body);
  json::Writer out;
  out.begin_object();
  out.member("base64", to_base64(body));
  out.end_object();
  return out.take();
}

void InboundLine::add(core::InboundSeq seq, WallTime received, SteadyTime now) {
  if (items_.try_emplace(seq, Item{received, now, {}}).second) waiting_.emplace(now, seq);
}

std::optional<core::InboundSeq> InboundLine::start(SteadyTime now) {
  const auto due = next();
  if (!due || *due > now) return std::nullopt;
  const auto seq = waiting_.begin()->second;
  waiting_.erase(waiting_.begin());
  return seq;
}

std::optional<SteadyTime> InboundLine::next() const {
  if (waiting_.empty() || items_.size() - waiting_.size() >= kMaxInFlight) return std::nullopt;
  return std::max(waiting_.begin()->first, held_until_);
}

void InboundLine::attempted(core::InboundSeq seq, const Failure& attempt, WallTime now) {
  const auto found = items_.find(seq);
  if (found == items_.end()) return;
  auto& attempts = found->second.attempts;
  core::Attempt made;
  made.n = attempts.empty() ? 1 : attempts.back().n + 1;
  made.time = now - attempt.latency;
  made.latency = attempt.latency;
  made.http_status = attempt.http_status;
  made.error = attempt.why;
  attempts.push_back(std::move(made));
  if (attempts.size() > kMaxAttempts) attempts.erase(attempts.begin());
}

void InboundLine::failed(core::InboundSeq seq, const Failure& failure, Now now) {
  const auto found = items_.find(seq);
  if (found == items_.end()) return;
  auto& item = found->second;
  if (failure.tried) {
    attempted(seq, failure, now.wall);
    item.due = now.steady + wait_after(item.attempts.back().n);
  }
  waiting_.emplace(item.due, seq);
  held_until_ = std::max(held_until_, failure.retry_at);
  last_failure_ = failure.why;
}

void InboundLine::ended(core::InboundSeq seq) {
  const auto found = items_.find(seq);
  if (found == items_.end()) return;
  waiting_.erase({found->second.due, seq});
  items_.erase(found);
  last_failure_.clear();
}

std::vector<core::InboundSeq> InboundLine::expire(WallTime now) {
  std::vector<core::InboundSeq> expired;
  if (last_failure_.empty()) return expired;
  for (const auto& [due, seq] : waiting_) {
    if (now - items_.at(seq).received >= kInboundMaxAge) expired.push_back(seq);
  }
  for (const auto seq : expired)
    waiting_.erase({items_.at(seq).due, seq});
  return expired;
}

std::vector<core::Attempt> InboundLine::attempts(core::InboundSeq seq) const {
  const auto found = items_.find(seq);
  return found == items_.end() ? std::vector<core::Attempt>{} : found->second.attempts;
}

}  // namespace mih::engine
