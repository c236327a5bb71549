#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"

namespace mih::engine {

/// What a sender of a message shows of itself: values of headers, "" when missing.
struct InboundProof {
  std::string authorization = {};      ///< Bearer SECRET
  std::string api_key = {};            ///< X-API-Key: SECRET
  std::string webhook_id = {};         ///< Standard Webhooks
  std::string webhook_timestamp = {};  ///< in seconds
  std::string webhook_signature = {};  ///< any number of "v1,BASE64", with spaces between
  std::string hub_signature_256 = {};  ///< X-Hub-Signature-256: sha256=HEX
};

/// Whether it proves that the sender of this body knows the secret. One valid proof is enough. An
/// empty secret is never proven. A signature is valid for five minutes around its timestamp.
bool proves(const InboundProof& proof, std::string_view body, std::string_view secret,
            WallTime now);

}  // namespace mih::engine
