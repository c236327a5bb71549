#include "transport/amqp/session.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace mih::transport::amqp {
namespace {

using core::Failure;

constexpr std::uint16_t kReplySuccess = 200;
constexpr std::uint16_t kAccessRefused = 403;
constexpr std::uint16_t kMostChannels = 8;
constexpr std::size_t kMostShown = 200;         ///< bytes of what a broker says
constexpr std::uint32_t kSmallestFrame = 4096;  // specification, frame-min-size

/// Whether a mechanism is in the broker's list.
bool offers(std::string_view mechanisms, std::string_view wanted) {
  while (!mechanisms.empty()) {
    const auto end = mechanisms.find(' ');
    if (mechanisms.substr(0, end) == wanted) return true;
    if (end == std::string_view::npos) break;
    mechanisms.remove_prefix(end + 1);
  }
  return false;
}

/// The smaller of two limits, of which 0 means none.
template <class T>
T agreed(T ours, T theirs) {
  return theirs == 0 ? ours : std::min(ours, theirs);
}

}  // namespace

Session::Session(Settings settings, SteadyTime now)
    : settings_(std::move(settings)),
      publisher_(settings_.publisher, output_, settled_),
      consumer_(settings_.response_queue, output_),
      last_received_(now),
      last_sent_(now) {
  write_protocol_header(output_);
}

void Session::receive(std::string_view bytes, SteadyTime now) {
  if (phase_ == Phase::kOver) return;
  last_received_ = now;
  frames_.add(bytes);
  while (phase_ != Phase::kOver) {
    auto frame = frames_.next();
    if (!frame) return lose(Failure::kOther, frame.error().detail);
    if (!*frame) break;
    take_frame(**frame);
  }
  leave_when_done();
}

void Session::take_frame(const Frame& frame) {
  if (frame.type == FrameType::kHeartbeat) return;
  if (frame.type != FrameType::kMethod) {
    if (phase_ != Phase::kClosing && !take_content(frame)) violated();
    return;
  }
  const auto method = read_method(frame.payload);
  if (!method) return lose(Failure::kOther, method.error().detail);
  if (frame.channel == 0) return take_connection_method(*method);
  if (phase_ != Phase::kClosing && !take_method(frame.channel, *method)) violated();
}

bool Session::take_method(std::uint16_t channel, const Method& method) {
  if (channel == Publisher::kChannel) return publisher_.take(method);
  return channel == Consumer::kChannel && consumer_.take(method, last_received_);
}

bool Session::take_content(const Frame& frame) {
  const bool publishing = frame.channel == Publisher::kChannel;
  if (!publishing && frame.channel != Consumer::kChannel) return false;
  if (frame.type == FrameType::kBody) {
    return publishing || consumer_.take_body(frame.payload);  // what is returned we know
  }
  const auto header = read_content_header(frame.payload);
  if (!header) return false;
  return publishing ? publisher_.take_header(*header) : consumer_.take_header(*header);
}

void Session::acknowledge(std::uint32_t epoch, std::uint64_t tag) {
  if (epoch == consumer_.epoch() && is_running()) consumer_.acknowledge(tag);
  leave_when_done();
}

void Session::give_back(std::uint32_t epoch, std::uint64_t tag) {
  if (epoch == consumer_.epoch() && is_running()) consumer_.give_back(tag);
  leave_when_done();
}

void Session::take_connection_method(const Method& method) {
  if (const auto* closed = std::get_if<ConnectionClose>(&method)) return end(*closed);
  if (std::holds_alternative<ConnectionCloseOk>(method) && phase_ == Phase::kClosing) {
    phase_ = Phase::kOver;
    return;
  }
  if (phase_ == Phase::kClosing) return;
  if (const auto* begun = std::get_if<ConnectionStart>(&method);
      begun && phase_ == Phase::kStarting) {
    return start(*begun);
  }
  if (const auto* tuning = std::get_if<ConnectionTune>(&method);
      tuning && phase_ == Phase::kTuning) {
    return tune(*tuning);
  }
  if (std::holds_alternative<ConnectionOpenOk>(method) && phase_ == Phase::kOpening) {
    phase_ = Phase::kRunning;
    publisher_.connected(frame_max_);
    consumer_.connected(last_received_);
    return;
  }
  if (const auto* blocked = std::get_if<ConnectionBlocked>(&method)) {
    return publisher_.block(blocked->reason);
  }
  if (std::holds_alternative<ConnectionUnblocked>(method)) return publisher_.unblock();
  violated();
}

void Session::start(const ConnectionStart& method) {
  const std::string_view mechanism = settings_.external ? "EXTERNAL" : "PLAIN";
  if (!offers(method.mechanisms, mechanism)) {
    return lose(Failure::kDenied,
                fmt::format("the broker does not offer the authentication {}, only: {}", mechanism,
                            std::string_view{method.mechanisms}.substr(0, kMostShown)));
  }
  std::string response;
  if (!settings_.external) {
    response.push_back('\0');
    response += settings_.user;
    response.push_back('\0');
    response += settings_.password;
  }
  write_start_ok(output_, mechanism, response);
  phase_ = Phase::kTuning;
}

void Session::tune(const ConnectionTune& method) {
  frame_max_ = std::max(agreed(kMostFrame, method.frame_max), kSmallestFrame);
  const auto ours = static_cast<std::uint16_t>(settings_.heartbeat.count());
  ConnectionTune answer;
  answer.channel_max = agreed(kMostChannels, method.channel_max);
  answer.frame_max = frame_max_;
  answer.heartbeat_s = agreed(ours, method.heartbeat_s);
  heartbeat_ = std::chrono::seconds{answer.heartbeat_s};
  write_tune_ok(output_, answer);
  write_connection_open(output_, settings_.vhost);
  phase_ = Phase::kOpening;
}

/// The broker ends the connection.
void Session::end(const ConnectionClose& method) {
  write_connection_close_ok(output_);
  if (phase_ == Phase::kClosing) {
    phase_ = Phase::kOver;
    return;
  }
  lose(failure_of_code(method.code),
       method.code == kAccessRefused && phase_ != Phase::kRunning
           ? fmt::format("the broker refused the login: {}", method.text)
           : fmt::format("the broker closed the connection: {} {}", method.code, method.text));
}

void Session::violated() {
  lose(Failure::kOther, "the broker sent what AMQP 0-9-1 does not allow at this point");
}

void Session::lose(Failure failure, const std::string& error) {
  if (phase_ == Phase::kOver) return;
  fault_ = Fault{failure, error};
  if (phase_ == Phase::kTuning && failure == Failure::kReset) {
    // Brokers that may not say so close the connection when they refuse a login.
    fault_ = Fault{Failure::kDenied,
                   "the broker closed the connection at the login; user or password may be wrong"};
  }
  phase_ = Phase::kOver;
  publisher_.fail_all(fault_->failure, fault_->error);
}

void Session::tick(SteadyTime now) {
  if (phase_ == Phase::kRunning) consumer_.tick(now);
  if (phase_ == Phase::kOver || heartbeat_.count() == 0) return;
  if (now - last_received_ > 2 * heartbeat_) {
    return lose(Failure::kReset,
                fmt::format("the broker gave no sign of life for {} s", 2 * heartbeat_.count()));
  }
  if (output_.empty() && now - last_sent_ >= heartbeat_ / 2) write_heartbeat(output_);
}

void Session::close() {
  if (phase_ == Phase::kRunning) {
    leaving_ = true;
    consumer_.stop();
    leave_when_done();
  } else if (phase_ != Phase::kClosing) {
    phase_ = Phase::kOver;
  }
}

void Session::leave_when_done() {
  if (!leaving_ || phase_ != Phase::kRunning || !consumer_.is_done()) return;
  write_connection_close(output_, kReplySuccess, "no longer needed");
  phase_ = Phase::kClosing;
}

std::string Session::take_output(SteadyTime now) {
  if (!output_.empty()) last_sent_ = now;
  return std::exchange(output_, {});
}

}  // namespace mih::transport::amqp
