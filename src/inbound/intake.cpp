#include "inbound/intake.hpp"

#include <fmt/format.h>
#include <utility>

#include "base/json.hpp"
#include "base/uuid.hpp"

namespace mih::inbound {

std::string fault_of(const std::string& body) {
  if (body.size() > kMaxMessageBytes) {
    return fmt::format("the body has {} bytes, at most {} are taken", body.size(),
                       kMaxMessageBytes);
  }
  json::Document document;
  const auto parsed = document.parse(body);
  if (parsed) return {};
  if (parsed.error().too_deep) return "the body is JSON that is nested more than 64 levels deep";
  return fmt::format("the body is not JSON (line {}, column {})", parsed.error().line,
                     parsed.error().column);
}

Intake::Intake(store::Writer& writer, const Clock& clock,
               std::function<void(core::ServiceId)> accepted)
    : writer_(writer), clock_(clock), accepted_(std::move(accepted)) {}

void Intake::submit(core::InboundMessage message, Done done) {
  store::InboundEntry entry;
  entry.refusal = fault_of(message.body);
  if (message.cut_from > 0) {
    entry.refusal =
        fmt::format("the body has {} bytes, at most {} are taken; its first {} bytes are kept here",
                    message.cut_from, kMaxMessageBytes, message.body.size());
  }
  if (!entry.refusal.empty() && message.source == core::InboundSource::kWebhook) {
    const auto code =
        message.body.size() > kMaxMessageBytes ? ErrorCode::kTooLarge : ErrorCode::kInvalidJson;
    return done(fail(code, entry.refusal));
  }
  message.received = clock_.now().wall;
  message.id = make_uuid7(message.received);
  entry.message = std::move(message);
  writer_.accept_inbound(std::move(entry),
                         [this, done = std::move(done)](Result<store::InboundEntry> taken) mutable {
                           if (!taken) return done(fail(taken));
                           const bool waits = static_cast<bool>(taken->seq);
                           const auto service = taken->message.service;
                           if (waits) accepted_(service);
                           done(std::move(taken->receipt));
                         });
}

}  // namespace mih::inbound
