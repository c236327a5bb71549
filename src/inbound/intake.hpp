#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/time.hpp"
#include "core/inbound.hpp"
#include "store/writer.hpp"

/// Messages that services send to Moodle: taken in (Intake), then handed over (Relay).
namespace mih::inbound {

inline constexpr std::size_t kMaxMessageBytes = 1 << 20;

/// What makes a body one that Moodle cannot get; "" when nothing does. Never quotes it.
std::string fault_of(const std::string& body);

/// The way of messages into the hub: check, commit, answer.
class Intake final : public core::InboundSink {
 public:
  /// `accepted` is called on the writer's thread after the commit of a message that waits for its
  /// hand-over. All references outlive the intake.
  Intake(store::Writer& writer, const Clock& clock, std::function<void(core::ServiceId)> accepted);

  /// Of a webhook a body that Moodle cannot get is refused: kInvalidJson, kTooLarge.
  void submit(core::InboundMessage message, Done done) override;

 private:
  store::Writer& writer_;
  const Clock& clock_;
  std::function<void(core::ServiceId)> accepted_;
};

}  // namespace mih::inbound
