#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"
#include "core/ids.hpp"

namespace mih::core {

enum class InboundSource : std::uint8_t { kWebhook, kAmqp };

/// "webhook", "amqp": the `source` that Moodle sees.
std::string_view name_of(InboundSource source);

/// Something that a service sends to Moodle, by webhook or response queue, as it came.
struct InboundMessage {
  std::string id = {};  ///< 1 to 64 visible ASCII characters; the hub's, Moodle takes each once
  ServiceId service = {};
  std::string service_name = {};
  InboundSource source = InboundSource::kWebhook;
  /// What the sender calls it: a repeat of the service with the same one within 72 h is the same
  /// message. "" = none, then every message is a new one.
  std::string message_id = {};
  std::string content_type = {};  ///< "" = not said
  std::string body = {};          ///< the raw bytes; JSON if it is to reach Moodle
  /// Of the whole, when `body` is only its beginning: a queue's message that is too large to keep.
  std::uint64_t cut_from = 0;
  WallTime received = {};
};

/// Place of a message in the order of acceptance; never used again.
using InboundSeq = Id<struct InboundTag>;

/// What became of a message that was submitted.
struct InboundReceipt {
  std::string id;          ///< that of the first when it is a duplicate
  bool duplicate = false;  ///< it was known already; nothing was changed
};

/// Where those that receive messages put them. Safe to call from any thread.
class InboundSink {
 public:
  /// Called exactly once, on any thread; must not block. With a receipt, new or duplicate, the
  /// message is durable: now, and not before, it may be acknowledged. With an error nothing was
  /// kept (kBusy, kDiskFull, kStoreFailed, kStarting): a broker keeps the message, and it is
  /// submitted again later.
  using Done = std::move_only_function<void(Result<InboundReceipt>)>;

  virtual ~InboundSink() = default;

  /// Takes one message; the sink gives `id` and `received`. One from a queue that can never reach
  /// Moodle (a body that is not JSON, or over 1 MiB) becomes a dead letter `inbound` with its raw
  /// bytes and has a receipt like any other, so that nothing blocks the queue. What waits for its
  /// commit is bounded: beyond that kBusy.
  virtual void submit(InboundMessage message, Done done) = 0;
};

}  // namespace mih::core
