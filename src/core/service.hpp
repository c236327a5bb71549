#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "core/ids.hpp"

namespace mih::core {

using Headers = std::vector<std::pair<std::string, std::string>>;

enum class ServiceType : std::uint8_t { kRest, kAmqp, kSoap };
enum class AuthType : std::uint8_t { kNone, kBearer, kApikey, kBasic, kOauth2, kMtls, kWsse };
enum class CircuitMode : std::uint8_t { kConsecutive, kRate };
enum class CloudEvents : std::uint8_t { kOff, kBinary, kStructured };
enum class WsseMode : std::uint8_t { kText, kDigest };

/// A registered external system: how to reach it, how to authenticate, how resilient to be. The
/// fields, their bounds, defaults and meaning are described once, in service_fields().
struct Service {
  ServiceId id;
  std::string name;
  ServiceType type = ServiceType::kRest;
  std::string base_url;
  AuthType auth_type = AuthType::kNone;
  std::string auth_token;
  std::chrono::milliseconds timeout{5000};
  std::int64_t max_retries = 3;
  std::chrono::milliseconds retry_backoff{1000};
  std::int64_t cb_failure_threshold = 5;
  std::chrono::milliseconds cb_cooldown{30000};
  std::string response_queue;
  bool enabled = true;
  double retry_jitter = 0;
  std::chrono::milliseconds max_age{std::chrono::hours{72}};
  std::int64_t max_concurrency = 8;
  double rate_limit = 0;
  std::int64_t max_backlog = 5'000'000;
  CircuitMode cb_mode = CircuitMode::kConsecutive;
  double cb_rate = 0.5;
  std::chrono::milliseconds cb_window{60000};
  std::int64_t cb_min_calls = 20;
  std::int64_t cb_slow_ms = 0;
  std::vector<std::string> retry_on;
  std::vector<std::string> reject_on;
  bool follow_redirects = false;
  Headers headers;
  std::string apikey_header = "X-API-Key";
  std::string basic_user;
  std::string oauth2_token_url;
  std::string oauth2_client_id;
  std::string oauth2_scope;
  std::string client_cert;
  std::string client_key;
  std::string ca_file;
  std::string signing_secret;
  std::string signing_secret_old;
  bool inbound_enabled = false;
  std::string inbound_secret;
  std::string inbound_site;
  std::string proxy;
  CloudEvents cloudevents = CloudEvents::kOff;
  std::string soap_headers;
  std::string wsse_user;
  WsseMode wsse_mode = WsseMode::kText;

  bool paused = false;  ///< by pause/resume; deliveries wait
  WallTime created{};
  WallTime modified{};
};

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,254}`
bool is_service_name(std::string_view name);

std::string_view name_of(ServiceType type);

}  // namespace mih::core
