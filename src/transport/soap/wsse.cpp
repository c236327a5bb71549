#include "transport/soap/wsse.hpp"

#include <array>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdexcept>

#include "base/base64.hpp"
#include "transport/soap/names.hpp"
#include "transport/soap/xml.hpp"

namespace mih::transport::soap {
namespace {

constexpr std::string_view kProfile =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
constexpr std::string_view kBase64 =
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-soap-message-security-1.0#Base64Binary";
constexpr std::size_t kNonceBytes = 16;

std::string sha1(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("SHA-1 is not available");
  }
  return {digest.begin(), digest.begin() + size};
}

std::string escaped(std::string_view text) {
  std::string out;
  append_xml(out, text);
  return out;
}

}  // namespace

std::string random_nonce() {
  std::array<unsigned char, kNonceBytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("no random numbers");
  }
  return {bytes.begin(), bytes.end()};
}

Result<std::string> username_token(const core::Service& service, std::string_view nonce,
                                   WallTime created) {
  if (service.wsse_user.empty()) {
    return fail(ErrorCode::kValidationFailed,
                fmt::format("service {}: wsse_user is empty; nothing was sent", service.name));
  }
  const std::string time =
      fmt::format("{:%FT%T}Z", std::chrono::floor<std::chrono::seconds>(created));
  const bool digest = service.wsse_mode == core::WsseMode::kDigest;
  const std::string password =
      digest ? to_base64(sha1(std::string{nonce} + time + service.auth_token)) : service.auth_token;
  return fmt::format(
      R"(<wsse:Security xmlns:wsse="{}" xmlns:wsu="{}"><wsse:UsernameToken>)"
      R"(<wsse:Username>{}</wsse:Username><wsse:Password Type="{}#{}">{}</wsse:Password>)"
      R"(<wsse:Nonce EncodingType="{}">{}</wsse:Nonce><wsu:Created>{}</wsu:Created>)"
      R"(</wsse:UsernameToken></wsse:Security>)",
      ns::kWsse, ns::kWsu, escaped(service.wsse_user), kProfile,
      digest ? "PasswordDigest" : "PasswordText", escaped(password), kBase64, to_base64(nonce),
      time);
}

}  // namespace mih::transport::soap
