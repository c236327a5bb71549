#include "transport/amqp/publisher.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <utility>

namespace mih::transport::amqp {
namespace {

using core::Failure;

constexpr std::uint16_t kAccessRefused = 403;
constexpr std::uint16_t kNotFound = 404;
constexpr std::uint16_t kResourceLocked = 405;
constexpr std::uint16_t kPreconditionFailed = 406;
constexpr std::uint16_t kConnectionForced = 320;
constexpr std::uint16_t kNotAllowed = 530;

std::size_t hash_of(std::string_view id) {
  return std::hash<std::string_view>{}(id);
}

}  // namespace

Failure failure_of_code(std::uint16_t code) {
  switch (code) {
    case kAccessRefused:
    case kNotFound:
    case kResourceLocked:
    case kPreconditionFailed:
    case kNotAllowed:
      return Failure::kDenied;
    case kConnectionForced:
      return Failure::kReset;
    default:
      return Failure::kOther;
  }
}

Publisher::Publisher(Settings settings, std::string& output, std::vector<Settled>& settled)
    : settings_(std::move(settings)), output_(output), settled_(settled) {}

void Publisher::connected(std::uint32_t frame_max) {
  connected_ = true;
  frame_max_ = frame_max;
  if (waiting_.empty()) return;
  state_ = State::kOpening;
  write_channel_open(output_, kChannel);
}

void Publisher::publish(Token token, Message message) {
  if (blocked_) return settle_blocked(token);
  if (state_ == State::kReady) {
    send(token, message);
    return;
  }
  waiting_.push_back({token, std::move(message)});
  if (state_ == State::kClosed && connected_) {
    state_ = State::kOpening;
    write_channel_open(output_, kChannel);
  }
}

void Publisher::send(Token token, const Message& message) {
  const auto before = output_.size();
  write_publish(output_, kChannel, settings_.exchange, message.routing_key);
  if (!write_content(output_, kChannel, frame_max_, message)) {
    output_.resize(before);
    settle(token, Failure::kInvalid,
           fmt::format("the headers of the message are larger than the {} bytes that the broker "
                       "takes",
                       frame_max_));
    return;
  }
  unconfirmed_.push_back({.token = token, .id_hash = hash_of(message.message_id), .returned = {}});
}

void Publisher::forget(Token token) {
  const auto waits = std::ranges::find(waiting_, token, &Waiting::token);
  if (waits != waiting_.end()) {
    waiting_.erase(waits);
    return;
  }
  const auto is_it = [token](const Unconfirmed& message) {
    return message.token == token && !message.answered && !message.forgotten;
  };
  const auto sent = std::ranges::find_if(unconfirmed_, is_it);
  if (sent == unconfirmed_.end()) return;
  sent->forgotten = true;
  ++abandoned_;
}

void Publisher::fail_all(Failure failure, const std::string& error) {
  for (const auto& message : unconfirmed_) {
    if (!message.answered && !message.forgotten) settle(message.token, failure, error);
  }
  for (const auto& message : waiting_)
    settle(message.token, failure, error);
  unconfirmed_.clear();
  waiting_.clear();
  abandoned_ = 0;
  state_ = State::kClosed;
}

void Publisher::block(const std::string& reason) {
  blocked_ = true;
  blocked_reason_ = reason;
  for (const auto& message : std::exchange(waiting_, {}))
    settle_blocked(message.token);
}

void Publisher::settle_blocked(Token token) {
  settle(token, Failure::kBlocked,
         fmt::format("the broker takes no messages for the time being: {}", blocked_reason_));
}

bool Publisher::take(const Method& method) {
  if (const auto* closed = std::get_if<ChannelClose>(&method)) {
    close(*closed);
    return true;
  }
  if (std::holds_alternative<ChannelOpenOk>(method)) return advance(State::kOpening);
  if (std::holds_alternative<QueueDeclareOk>(method)) {
    return advance(state_ == State::kDeclaringDeadLetters ? state_ : State::kDeclaring);
  }
  if (std::holds_alternative<ConfirmSelectOk>(method)) return advance(State::kSelecting);
  if (const auto* flow = std::get_if<ChannelFlow>(&method)) {
    write_channel_flow_ok(output_, kChannel, flow->active);
    return true;
  }
  if (state_ != State::kReady) return false;
  if (const auto* ack = std::get_if<BasicAck>(&method)) {
    return take_answer(ack->tag, ack->multiple, true);
  }
  if (const auto* nack = std::get_if<BasicNack>(&method)) {
    return take_answer(nack->tag, nack->multiple, false);
  }
  if (const auto* returned = std::get_if<BasicReturn>(&method)) {
    expects_header_ = true;
    return_reason_ = fmt::format("{} {}", returned->code, returned->text);
    return true;
  }
  return false;
}

/// The step after the one that has been done.
bool Publisher::advance(State expected) {
  if (state_ != expected) return false;
  switch (state_) {
    case State::kOpening:
      if (!settings_.dlq.empty()) {
        state_ = State::kDeclaringDeadLetters;
        write_queue_declare(output_, kChannel, settings_.dlq, "");
      } else if (!settings_.queue_declare.empty()) {
        declare();
      } else {
        select();
      }
      return true;
    case State::kDeclaringDeadLetters:
      declare();
      return true;
    case State::kDeclaring:
      select();
      return true;
    case State::kSelecting: {
      state_ = State::kReady;
      first_tag_ = 1;
      const auto waiting = std::exchange(waiting_, {});
      for (const auto& [token, message] : waiting)
        send(token, message);
      return true;
    }
    default:
      return false;
  }
}

void Publisher::declare() {
  state_ = State::kDeclaring;
  write_queue_declare(output_, kChannel, settings_.queue_declare, settings_.dlq);
}

void Publisher::select() {
  state_ = State::kSelecting;
  write_confirm_select(output_, kChannel);
}

void Publisher::close(const ChannelClose& method) {
  write_channel_close_ok(output_, kChannel);
  const bool declaring = state_ == State::kDeclaringDeadLetters || state_ == State::kDeclaring;
  std::string error = fmt::format("the broker refused: {}", method.text);
  if (declaring && method.code == kPreconditionFailed) {
    error = fmt::format(
        "the queue {} exists with other arguments than queue_declare and dlq ask for; delete it or "
        "take these parameters out of the URL: {}",
        state_ == State::kDeclaring ? settings_.queue_declare : settings_.dlq, method.text);
  }
  expects_header_ = false;
  fail_all(failure_of_code(method.code), error);
}

bool Publisher::take_header(const ContentHeader& header) {
  if (!std::exchange(expects_header_, false)) return false;
  const auto hash = hash_of(header.message_id);
  // The broker returns in the order of publishing: of several with one id it is the first.
  const auto sent = std::ranges::find_if(unconfirmed_, [&](const Unconfirmed& message) {
    return message.id_hash == hash && !message.answered && message.returned.empty();
  });
  if (sent != unconfirmed_.end()) sent->returned = return_reason_;
  return true;
}

bool Publisher::take_answer(std::uint64_t tag, bool multiple, bool confirmed) {
  const auto last = first_tag_ + unconfirmed_.size() - 1;
  if (multiple && tag == 0) tag = last;
  if (tag > last) return false;
  if (tag < first_tag_) return true;  // answered before
  const auto count = tag - first_tag_ + 1;
  for (auto i = multiple ? 0 : count - 1; i < count; ++i)
    answer(unconfirmed_[i], confirmed);
  while (!unconfirmed_.empty() && unconfirmed_.front().answered) {
    unconfirmed_.pop_front();
    ++first_tag_;
  }
  return true;
}

void Publisher::answer(Unconfirmed& message, bool confirmed) {
  if (std::exchange(message.answered, true)) return;
  if (message.forgotten) {
    --abandoned_;
  } else if (!confirmed) {
    settle(message.token, Failure::kOther,
           "the broker did not take the message (nack); its queue may be full");
  } else if (!message.returned.empty()) {
    settle(message.token, Failure::kUnroutable,
           fmt::format("no queue takes this message: {}", message.returned));
  } else {
    settle(message.token, Failure::kNone, {});
  }
}

void Publisher::settle(Token token, Failure failure, std::string error) {
  settled_.push_back({token, failure, std::move(error)});
}

}  // namespace mih::transport::amqp
