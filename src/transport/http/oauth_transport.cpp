#include "transport/http/oauth_transport.hpp"

#include <algorithm>

#include "base/header.hpp"
#include "transport/http/oauth_token.hpp"

namespace mih::transport {
namespace {

constexpr int kUnauthorized = 401;
/// Tokens that nobody uses any more are forgotten when there are so many.
constexpr std::size_t kMostTokens = 10'000;

bool is_own(std::string_view name) {
  return equal_ignoring_case(name, "Authorization");
}

}  // namespace

OauthTransport::OauthTransport(HttpTransport::Options options, Sink sink)
    : sink_(std::move(sink)),
      clock_(options.clock ? *options.clock : system_clock_),
      http_(std::move(options),
            [this](CallId id, core::Reply reply) { on_reply(id, std::move(reply)); }) {}

void OauthTransport::send(CallId id, core::Request request) {
  if (request.service->auth_type != core::AuthType::kOauth2) {
    return http_.send(id, std::move(request));
  }
  Later later;
  {
    const std::lock_guard lock(mutex_);
    auto key = oauth_key(*request.service);
    auto& waiting = calls_
                        .insert_or_assign(id, Waiting{std::move(request), std::move(key), "", false,
                                                      clock_.now().steady})
                        .first->second;
    std::erase_if(waiting.request.headers, [](const auto& header) { return is_own(header.first); });
    proceed(id, waiting, later);
  }
  run(later);
}

void OauthTransport::cancel(CallId id) {
  Later later;
  {
    const std::lock_guard lock(mutex_);
    const auto found = calls_.find(id);
    if (found != calls_.end() && found->second.token.empty()) {
      core::Reply reply;
      reply.failure = core::Failure::kOther;
      reply.error = "cancelled";
      later.replies.emplace_back(id, std::move(reply));
      calls_.erase(found);
    }
  }
  http_.cancel(id);
  run(later);
}

std::chrono::milliseconds OauthTransport::left(const Waiting& waiting) const {
  const auto used =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now().steady - waiting.started);
  return std::max(waiting.request.timeout - used, std::chrono::milliseconds{1});
}

void OauthTransport::proceed(CallId id, Waiting& waiting, Later& later) {
  if (tokens_.size() >= kMostTokens) {
    std::erase_if(tokens_, [](const auto& item) { return !item.second.fetching; });
  }
  auto& token = tokens_[waiting.key];
  if (!token.value.empty() && clock_.now().steady < token.usable_until) {
    waiting.token = token.value;
    auto request = waiting.request;
    request.headers.emplace_back("Authorization", "Bearer " + token.value);
    request.timeout = left(waiting);
    later.sends.emplace_back(id, std::move(request));
    return;
  }
  waiting.token.clear();
  if (!token.fetching) fetch(waiting, token, later);
}

void OauthTransport::fetch(const Waiting& first, Token& token, Later& later) {
  const auto call = ++last_fetch_;
  token.fetching = call;
  fetches_[call] = first.key;
  later.sends.emplace_back(call, token_request(*first.request.service, left(first)));
}

void OauthTransport::on_reply(CallId id, core::Reply reply) {
  Later later;
  {
    const std::lock_guard lock(mutex_);
    if (fetches_.contains(id)) {
      on_token(id, reply, later);
    } else {
      on_answer(id, std::move(reply), later);
    }
  }
  run(later);
}

void OauthTransport::on_token(CallId call, const core::Reply& reply, Later& later) {
  const auto key = std::move(fetches_.extract(call).mapped());
  auto& token = tokens_[key];
  token.fetching.reset();
  std::vector<CallId> waiting;
  for (const auto& [id, item] : calls_) {
    if (item.key == key && item.token.empty()) waiting.push_back(id);
  }
  if (waiting.empty()) return;
  auto given = token_of(*calls_.at(waiting.front()).request.service, reply);
  if (given) {
    token.value = std::move(given->value);
    token.usable_until = clock_.now().steady + given->lifetime;
  }
  for (const auto id : waiting) {
    auto& item = calls_.at(id);
    if (given) {
      // Also one that lives too short to be kept is good for those that waited.
      item.token = token.value;
      auto request = item.request;
      request.headers.emplace_back("Authorization", "Bearer " + token.value);
      request.timeout = left(item);
      later.sends.emplace_back(id, std::move(request));
      continue;
    }
    auto failure = given.error();
    failure.latency =
        std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().steady - item.started);
    later.replies.emplace_back(id, std::move(failure));
    calls_.erase(id);
  }
}

void OauthTransport::on_answer(CallId id, core::Reply reply, Later& later) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) {
    later.replies.emplace_back(id, std::move(reply));
    return;
  }
  auto& waiting = found->second;
  if (reply.http_status == kUnauthorized && !waiting.renewed) {
    waiting.renewed = true;
    auto& token = tokens_[waiting.key];
    // Another call may have had it renewed already.
    if (token.value == waiting.token) token.value.clear();
    return proceed(id, waiting, later);
  }
  reply.latency =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().steady - waiting.started);
  calls_.erase(found);
  later.replies.emplace_back(id, std::move(reply));
}

void OauthTransport::run(Later& later) {
  for (auto& [id, reply] : later.replies)
    sink_(id, std::move(reply));
  for (auto& [id, request] : later.sends)
    http_.send(id, std::move(request));
}

}  // namespace mih::transport
