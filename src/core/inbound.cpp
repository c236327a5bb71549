#include "core/inbound.hpp"

namespace mih::core {

std::string_view name_of(InboundSource source) {
  return source == InboundSource::kAmqp ? "amqp" : "webhook";
}

}  // namespace mih::core
