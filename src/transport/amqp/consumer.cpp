#include "transport/amqp/consumer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace mih::transport::amqp {
namespace {

constexpr std::chrono::seconds kLongestWait{10};
constexpr int kMostDoublings = 4;

}  // namespace

Consumer::Consumer(std::string queue, std::string& output)
    : queue_(std::move(queue)), output_(output) {}

void Consumer::connected(SteadyTime now) {
  connected_ = true;
  retry_at_ = now;
  tick(now);
}

void Consumer::tick(SteadyTime now) {
  if (!connected_ || queue_.empty() || stopped_ || leaving_) return;
  if (state_ == State::kIdle && now >= retry_at_) open();
}

void Consumer::open() {
  state_ = State::kOpening;
  ++epoch_;
  unanswered_ = 0;
  write_channel_open(output_, kChannel);
}

bool Consumer::take(const Method& method, SteadyTime now) {
  if (const auto* closed = std::get_if<ChannelClose>(&method)) {
    write_channel_close_ok(output_, kChannel);
    leaving_ = false;
    give_up(fmt::format("{} {}", closed->code, closed->text), now);
    return true;
  }
  if (std::holds_alternative<ChannelCloseOk>(method)) return std::exchange(leaving_, false);
  if (leaving_) return true;  // was on its way when we closed the channel
  if (const auto* flow = std::get_if<ChannelFlow>(&method)) {
    write_channel_flow_ok(output_, kChannel, flow->active);
    return true;
  }
  if (std::holds_alternative<ChannelOpenOk>(method) && state_ == State::kOpening) {
    state_ = State::kLimiting;
    write_qos(output_, kChannel, kPrefetch);
    return true;
  }
  if (std::holds_alternative<QosOk>(method) && state_ == State::kLimiting) {
    state_ = State::kSubscribing;
    write_consume(output_, kChannel, queue_);
    return true;
  }
  if (std::holds_alternative<ConsumeOk>(method) && state_ == State::kSubscribing) {
    state_ = State::kConsuming;
    failures_ = 0;
    trouble_.clear();
    return true;
  }
  if (std::holds_alternative<BasicCancel>(method) && state_ == State::kConsuming) {
    // The channel stays open; a new one is simpler than a second way to subscribe.
    leave();
    give_up("the queue was deleted or is not available", now);
    return true;
  }
  if (const auto* deliver = std::get_if<BasicDeliver>(&method)) {
    if (state_ == State::kStopping) return true;  // the broker keeps it
    // More than it was asked for at a time is not for us to keep.
    if (state_ != State::kConsuming || partial_ || unanswered_ >= kPrefetch) return false;
    partial_.emplace();
    partial_->tag = deliver->tag;
    expects_header_ = true;
    return true;
  }
  return false;
}

bool Consumer::take_header(const ContentHeader& header) {
  if (leaving_ || state_ == State::kStopping) return true;
  if (!partial_ || !std::exchange(expects_header_, false)) return false;
  partial_->message_id = header.message_id;
  partial_->content_type = header.content_type;
  left_ = header.body_size;
  partial_->size = left_;
  if (left_ == 0) complete();
  return true;
}

bool Consumer::take_body(std::string_view bytes) {
  if (leaving_ || state_ == State::kStopping) return true;
  if (!partial_ || expects_header_ || bytes.size() > left_) return false;
  left_ -= bytes.size();
  partial_->body += bytes.substr(0, kMostBody - partial_->body.size());
  if (left_ == 0) complete();
  return true;
}

void Consumer::complete() {
  ++unanswered_;
  delivered_.push_back(std::move(*partial_));
  partial_.reset();
}

void Consumer::acknowledge(std::uint64_t tag) {
  if (!takes_answers()) return;
  --unanswered_;
  write_ack(output_, kChannel, tag);
}

void Consumer::give_back(std::uint64_t tag) {
  if (!takes_answers()) return;
  --unanswered_;
  write_give_back(output_, kChannel, tag);
}

void Consumer::stop() {
  if (std::exchange(stopped_, true)) return;
  if (state_ == State::kConsuming) {
    write_cancel(output_, kChannel);
    partial_.reset();
    expects_header_ = false;
    state_ = State::kStopping;
  } else if (state_ != State::kIdle) {
    leave();
    state_ = State::kIdle;
  }
  trouble_.clear();
}

void Consumer::leave() {
  write_channel_close(output_, kChannel);
  leaving_ = true;
}

void Consumer::give_up(std::string trouble, SteadyTime now) {
  trouble_ = fmt::format("the queue {} cannot be consumed: {}", queue_, trouble);
  state_ = State::kIdle;
  partial_.reset();
  expects_header_ = false;
  delivered_.clear();  // the broker delivers them again
  const auto wait = std::chrono::seconds{1U << static_cast<unsigned>(failures_)};
  retry_at_ = now + std::min(wait, kLongestWait);
  failures_ = std::min(failures_ + 1, kMostDoublings);
}

}  // namespace mih::transport::amqp
