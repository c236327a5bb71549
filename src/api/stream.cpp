#include "api/stream.hpp"

#include <boost/asio/redirect_error.hpp>
#include <utility>

namespace mih::api {

std::string_view name_of(LiveKind kind) {
  switch (kind) {
    case LiveKind::kCounters:
      return "counters";
    case LiveKind::kCircuit:
      return "circuit";
    case LiveKind::kDeadLetter:
      return "dead_letter";
    case LiveKind::kEvent:
      return "event";
    case LiveKind::kAlert:
      return "alert";
  }
  return "";
}

std::string framed(const LiveMessage& message) {
  std::string text = "event: ";
  text += name_of(message.kind);
  text += "\ndata: ";
  text += message.data;
  text += "\n\n";
  return text;
}

void Stream::offer_introduction() {
  add("retry: 3000\n\n");
}

void Stream::offer(const LiveMessage& message) {
  const bool elsewhere =
      !listener_.site.empty() && !message.site.empty() && message.site != listener_.site;
  if (!elsewhere) add(framed(message));
}

void Stream::offer_sign_of_life() {
  add(":\n\n");
}

void Stream::add(std::string_view text) {
  if (ended_) return;
  if (waiting_.size() + text.size() > kMaxWaiting) {
    waiting_ = {};
    end();
    listener_.fell_behind();
    return;
  }
  waiting_ += text;
  changed_.cancel();
}

void Stream::end() {
  ended_ = true;
  changed_.cancel();
}

async::Task<std::string> Stream::next() {
  while (waiting_.empty() && !ended_) {
    changed_.expires_at(std::chrono::steady_clock::time_point::max());
    boost::system::error_code cancelled;
    co_await changed_.async_wait(async::asio::redirect_error(async::use_task, cancelled));
  }
  co_return std::exchange(waiting_, {});
}

}  // namespace mih::api
