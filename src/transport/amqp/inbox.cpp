#include "transport/amqp/inbox.hpp"

#include <boost/asio/post.hpp>
#include <mutex>
#include <utility>

namespace mih::transport::amqp {

/// Where the sink's answers come in, from any thread; closed at the end.
struct Inbox::Door {
  std::mutex mutex;
  boost::asio::io_context* io = nullptr;  ///< null: closed
  std::function<void(const Receipt&)> answered;
};

Inbox::Inbox(boost::asio::io_context& io, core::InboundSink& sink,
             std::function<void(const Receipt&)> answered)
    : sink_(sink), door_(std::make_shared<Door>()) {
  door_->io = &io;
  door_->answered = std::move(answered);
}

Inbox::~Inbox() {
  const std::lock_guard lock(door_->mutex);
  door_->io = nullptr;
}

void Inbox::submit(const core::Service& service, Receipt receipt, Delivered message) {
  core::InboundMessage inbound;
  inbound.service = service.id;
  inbound.service_name = service.name;
  inbound.source = core::InboundSource::kAmqp;
  inbound.message_id = std::move(message.message_id);
  inbound.content_type = std::move(message.content_type);
  if (message.size > message.body.size()) inbound.cut_from = message.size;
  inbound.body = std::move(message.body);
  sink_.submit(std::move(inbound),
               [door = door_, receipt](const Result<core::InboundReceipt>& result) mutable {
                 receipt.kept = result.has_value();
                 const std::lock_guard lock(door->mutex);
                 if (!door->io) return;
                 boost::asio::post(*door->io, [door, receipt] { door->answered(receipt); });
               });
}

}  // namespace mih::transport::amqp
