#include "api/streams.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

namespace mih::api {

Streams::~Streams() {
  hub_.listen({});
}

void Streams::join(Stream& stream) {
  if (streams_.empty()) {
    hub_.listen([this](LiveMessage message) {
      async::asio::post(io_, [this, message = std::move(message)] { tell(message); });
    });
  }
  streams_.push_back(&stream);
  next_.cancel();  // it gets its first counters at once
}

void Streams::leave(Stream& stream) {
  std::erase(streams_, &stream);
  if (streams_.empty()) hub_.listen({});
}

void Streams::tell(const LiveMessage& message) {
  for (auto* stream : streams_)
    stream->offer(message);
}

async::Task<> Streams::run() {
  while (!stopping_) {
    if (streams_.empty()) {
      next_.expires_at(std::chrono::steady_clock::time_point::max());
    } else {
      next_.expires_after(kInterval);
    }
    boost::system::error_code cancelled;  // somebody joined, or it is to stop
    co_await next_.async_wait(async::asio::redirect_error(async::use_task, cancelled));
    for (auto* stream : streams_) {
      if (!stream->may_listen()) stream->end();
    }
    if (stopping_ || streams_.empty()) continue;
    auto counters = co_await count_();
    if (counters) {
      tell({LiveKind::kCounters, std::move(*counters)});
      continue;
    }
    for (auto* stream : streams_)
      stream->offer_sign_of_life();
  }
}

void Streams::stop() {
  stopping_ = true;
  next_.cancel();
}

}  // namespace mih::api
