#include "api/tls.hpp"

#include <fmt/format.h>

namespace mih::api {

namespace ssl = boost::asio::ssl;

Result<std::unique_ptr<ssl::context>> make_tls(const std::filesystem::path& certificate,
                                               const std::filesystem::path& key) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  const auto failed = [](std::string_view what, const std::filesystem::path& path,
                         const boost::system::error_code& why) {
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("{} {} cannot be used: {}.", what, path.string(), why.message()));
  };
  boost::system::error_code fault;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                           ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                           ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION |
                           SSL_OP_CIPHER_SERVER_PREFERENCE,
                       fault);
  if (fault) return failed("TLS with", certificate, fault);
  context->use_certificate_chain_file(certificate.string(), fault);
  if (fault) return failed("The certificate", certificate, fault);
  context->use_private_key_file(key.string(), ssl::context::pem, fault);
  if (fault) return failed("The key", key, fault);
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("The key {} does not belong to the certificate {}.", key.string(),
                            certificate.string()));
  }
  return context;
}

}  // namespace mih::api
