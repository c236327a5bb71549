#include "transport/amqp/settings.hpp"

#include <optional>
#include <utility>

namespace mih::transport::amqp {
namespace {

using core::AuthType;
using core::Failure;

std::optional<Refusal> use_mtls(const core::Service& service, ConnectionSettings& settings) {
  if (!settings.address.tls) return Refusal{Failure::kSecret, "auth_type mtls needs amqps://"};
  if (service.client_cert.empty() || service.client_key.empty()) {
    return Refusal{Failure::kSecret, "auth_type mtls needs client_cert and client_key"};
  }
  settings.external = settings.address.user.empty();
  return std::nullopt;
}

std::optional<Refusal> authenticate(const core::Service& service, ConnectionSettings& settings) {
  auto& address = settings.address;
  switch (service.auth_type) {
    case AuthType::kNone:
      break;
    case AuthType::kBasic:
      if (!service.basic_user.empty()) address.user = service.basic_user;
      address.password = service.auth_token;
      if (address.user.empty() || address.password.empty()) {
        return Refusal{Failure::kSecret, "auth_type basic needs basic_user and auth_token"};
      }
      break;
    case AuthType::kMtls:
      return use_mtls(service, settings);
    default:
      return Refusal{Failure::kSecret,
                     "an AMQP service authenticates with auth_type none (user and password of the "
                     "URL), basic or mtls"};
  }
  if (address.user.empty() && address.password.empty()) {
    address.user = "guest";
    address.password = "guest";
  }
  return std::nullopt;
}

}  // namespace

std::expected<ConnectionSettings, Refusal> settings_of(const core::Service& service) {
  ConnectionSettings settings;
  auto address = core::parse_amqp_address(service.base_url);
  if (!address) {
    return std::unexpected(
        Refusal{Failure::kInvalid, "base_url: " + std::move(address.error().detail)});
  }
  settings.address = std::move(*address);
  if (!service.proxy.empty()) {
    return std::unexpected(Refusal{
        Failure::kProxy, "an AMQP service cannot be reached through a proxy; nothing was sent"});
  }
  if (auto refused = authenticate(service, settings)) return std::unexpected(std::move(*refused));
  settings.target.host = settings.address.host;
  settings.target.port = settings.address.port;
  settings.target.tls = settings.address.tls;
  if (settings.address.tls) {
    settings.target.ca_file = service.ca_file;
    settings.target.client_cert = service.client_cert;
    settings.target.client_key = service.client_key;
  }
  return settings;
}

}  // namespace mih::transport::amqp
