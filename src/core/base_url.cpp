#include "core/base_url.hpp"

#include "core/amqp_address.hpp"

namespace mih::core {

std::string fault_of_base_url(const Service& service) {
  if (service.type == ServiceType::kAmqp) {
    const auto address = parse_amqp_address(service.base_url);
    return address ? "" : address.error().detail;
  }
  const bool http =
      service.base_url.starts_with("http://") || service.base_url.starts_with("https://");
  return http ? "" : "must start with http:// or https://";
}

}  // namespace mih::core
