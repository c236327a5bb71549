#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/inbound_proof.hpp"

/// A request and a response as handlers see them, free of any HTTP library.
namespace mih::api {

enum class Method : std::uint8_t { kGet, kPost, kPut, kPatch, kDelete };

std::string_view name_of(Method method);
/// HEAD reads as GET; empty for what no route uses.
std::optional<Method> method_from(std::string_view name);

/// What a service that sends a message says of itself and of the message.
struct SenderHeaders {
  engine::InboundProof proof;
  std::string message_id;    ///< "" when it has none
  std::string content_type;  ///< with its parameters
};

struct Request {
  static constexpr std::size_t kMaxParameters = 2;

  Method method = Method::kGet;
  std::string path;                                    ///< as sent, without query
  std::string query;                                   ///< as sent, without the question mark
  std::array<std::string, kMaxParameters> parameters;  ///< of the pattern, decoded, in its order
  std::string content_type;  ///< media type alone, lower case, "" when not given
  std::string content_encoding;
  std::string if_match;
  std::string if_none_match;
  bool accepts_gzip = false;
  std::optional<std::int64_t> list_version;  ///< MIH-Subscriptions: the list that a site goes by
  std::optional<SenderHeaders> sender;       ///< of inbound messages
  std::string body;
};

struct Response {
  int status = 200;
  std::string body = {};
  std::string_view content_type = "application/json";
  std::vector<std::pair<std::string_view, std::string>> headers = {};
  std::string_view cache = "no-store";
  bool encrypted = false;  ///< goes out over TLS
  bool stream = false;     ///< server-sent events follow instead of a body
  /// Content-Security-Policy; what is not a page may do nothing.
  std::string policy = {};

  static Response json(std::string body, int status = 200) {
    return {.status = status, .body = std::move(body)};
  }
  static Response empty() { return {.status = 204}; }
};

/// The reason phrase of a status code (RFC 9110, section 15).
std::string_view reason_of(int status);

/// `text` with %XX decoded; empty when an escape is malformed.
std::optional<std::string> percent_decoded(std::string_view text);
/// `text` for use as one path segment.
std::string percent_encoded(std::string_view text);

/// Whether an Accept-Encoding value names `coding` and does not refuse it (RFC 9110,
/// section 12.5.3).
bool accepts_coding(std::string_view header, std::string_view coding);

/// Makes `out` the media type of a Content-Type value: without parameters, lower case.
void assign_media_type(std::string& out, std::string_view content_type);

}  // namespace mih::api
