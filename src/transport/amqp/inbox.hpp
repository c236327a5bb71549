#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/inbound.hpp"
#include "core/service.hpp"
#include "transport/amqp/consumer.hpp"

namespace mih::transport::amqp {

/// Hands messages of response queues to the sink of inbound messages, and says on the thread of the
/// io_context what became of each. Answers of the sink that come after its end are dropped: the
/// broker, which was not told, delivers those messages again.
class Inbox {
 public:
  /// A message as its broker knows it.
  struct Receipt {
    std::uint64_t connection = 0;
    std::uint32_t epoch = 0;
    std::uint64_t tag = 0;
    bool kept = false;  ///< durable
  };

  /// All outlive the inbox, `sink` also its own answers.
  Inbox(boost::asio::io_context& io, core::InboundSink& sink,
        std::function<void(const Receipt&)> answered);
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  void submit(const core::Service& service, Receipt receipt, Delivered message);

 private:
  struct Door;
  core::InboundSink& sink_;
  std::shared_ptr<Door> door_;
};

}  // namespace mih::transport::amqp
