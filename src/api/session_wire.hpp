#pragma once

#include <algorithm>
#include <array>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "api/session.hpp"
#include "base/header.hpp"

/// Included by session.cpp alone: it brings in the HTTP library, which is slow to compile.
namespace mih::api {

inline constexpr std::size_t kSmallRead = 8U << 10U;
inline constexpr std::size_t kLargeRead = 256U << 10U;
inline constexpr std::size_t kKeptBuffer = 64U << 10U;

/// Versions of the subscription list, in both directions.
inline constexpr const char* kSubscriptions = "MIH-Subscriptions";

inline std::string_view view_of(boost::core::string_view text) {
  return {text.data(), text.size()};
}

inline std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The HTTP library's side of a session.
struct Session::Wire {
  static constexpr std::size_t kFieldBytes = 2U << 10U;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body,
                                                    std::pmr::polymorphic_allocator<char>>;

  boost::beast::flat_buffer buffer;
  std::array<std::byte, kFieldBytes> field_space;  ///< enough for the fields of most headers
  std::pmr::monotonic_buffer_resource field_memory{field_space.data(), field_space.size()};
  std::optional<Parser> parser;
  Request request;
  std::optional<Method> method;
  std::string head;                 ///< of the answer being written
  std::optional<Response> refusal;  ///< instead of a handler's answer
  const Route* route = nullptr;
  Caller caller;
  std::optional<std::string_view> target_host;  ///< of a target in absolute form
  std::string_view sent_target;                 ///< path and query, as sent
  std::optional<Sha256> body_hash;              ///< that the body must have
  bool head_only = false;
  bool admitted = false;
  bool must_close = false;  ///< what follows on the connection cannot be read as a request

  void start(const Limits& limits) {
    parser.reset();
    field_memory.release();
    parser.emplace(std::piecewise_construct, std::tuple{},
                   std::tuple{std::pmr::polymorphic_allocator<char>(&field_memory)});
    parser->eager(true);
    parser->header_limit(static_cast<std::uint32_t>(limits.max_header));
    parser->body_limit(limits.max_body);
    refusal.reset();
    route = nullptr;
    caller = {};
    admitted = false;
    head_only = false;
    must_close = false;
  }

  /// Fills in everything but the body.
  void take_header() {
    const auto& message = parser->get();
    auto target = view_of(message.target());
    target_host.reset();
    if (const auto scheme = target.find("://");
        scheme != std::string_view::npos && !target.starts_with('/')) {
      target.remove_prefix(scheme + 3);
      target_host = target.substr(0, target.find_first_of("/?"));
      target.remove_prefix(target_host->size());
      if (!target.starts_with('/')) target = "/";
    }
    sent_target = target;
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    request.query = question == std::string_view::npos ? "" : target.substr(question + 1);
    method = method_from(view_of(message.method_string()));
    head_only = message.method() == boost::beast::http::verb::head;
    if (method) request.method = *method;
    assign_media_type(request.content_type,
                      view_of(message[boost::beast::http::field::content_type]));
    assign_media_type(request.content_encoding,
                      view_of(message[boost::beast::http::field::content_encoding]));
    request.if_match = view_of(message[boost::beast::http::field::if_match]);
    request.if_none_match = view_of(message[boost::beast::http::field::if_none_match]);
    request.accepts_gzip =
        accepts_coding(view_of(message[boost::beast::http::field::accept_encoding]), "gzip");
    request.list_version = number_of(view_of(message[kSubscriptions]));
    request.sender.reset();
    if (request.path.starts_with(kInboundPath)) take_sender();
  }

  void take_sender() {
    const auto& message = parser->get();
    const auto text = [&](const char* name) { return std::string(view_of(message[name])); };
    auto& sender = request.sender.emplace();
    sender.proof = {.authorization = text("Authorization"),
                    .api_key = text("X-API-Key"),
                    .webhook_id = text("webhook-id"),
                    .webhook_timestamp = text("webhook-timestamp"),
                    .webhook_signature = text("webhook-signature"),
                    .hub_signature_256 = text("X-Hub-Signature-256")};
    sender.content_type = text("Content-Type");
    for (const auto* name : {"webhook-id", "X-GitHub-Delivery", "Idempotency-Key"}) {
      if (sender.message_id.empty()) sender.message_id = text(name);
    }
  }

  Credentials credentials() const {
    const auto& message = parser->get();
    Credentials out{.authorization = view_of(message[boost::beast::http::field::authorization]),
                    .host = std::nullopt,
                    .forwarded = message.count("X-Forwarded-For") > 0 ||
                                 message.count(boost::beast::http::field::forwarded) > 0,
                    .forwarded_for = joined("X-Forwarded-For"),
                    .forwarded_proto = view_of(message["X-Forwarded-Proto"]),
                    .cookie = view_of(message[boost::beast::http::field::cookie]),
                    .csrf_token = view_of(message["X-CSRF-Token"]),
                    .request = {view_of(message.method_string()), sent_target}};
    if (const auto host = message.find(boost::beast::http::field::host); host != message.end()) {
      out.host = view_of(host->value());
    }
    if (target_host) out.host = target_host;
    return out;
  }

  /// The values of all lines with that name (RFC 9110, section 5.3): some proxies add a line of
  /// their own behind what the client sent.
  std::string joined(std::string_view name) const {
    std::string all;
    const auto [begin, end] = parser->get().equal_range(name);
    for (auto line = begin; line != end; ++line) {
      if (!all.empty()) all += ',';
      all += view_of(line->value());
    }
    return all;
  }

  /// RFC 9112, section 3.2: exactly one, which only HTTP/1.0 may leave out.
  /// True if a line of the header that is about to be parsed goes on on the next one (RFC 9112,
  /// section 5.2). The library would join them; a proxy in front may read them otherwise.
  bool has_folded_line() const {
    if (parser->is_header_done()) return false;
    const auto data = buffer.data();
    const std::string_view unread{static_cast<const char*>(data.data()), data.size()};
    const auto header = unread.substr(0, unread.find("\r\n\r\n"));
    if (header.size() == unread.size()) return false;  // looked at when it is complete
    return header.find("\n ") != header.npos || header.find("\n\t") != header.npos;
  }

  bool has_valid_host() const {
    const auto count = parser->get().count(boost::beast::http::field::host);
    return count == 1 || (count == 0 && parser->get().version() < 11);
  }

  bool expects_continue() const {
    return parser->get().version() >= 11 && !parser->is_done() &&
           equal_ignoring_case(view_of(parser->get()[boost::beast::http::field::expect]),
                               "100-continue");
  }

  /// True if reading the rest of a refused request costs less than a new connection.
  bool rest_is_small() const {
    if (parser->is_done()) return true;
    if (!parser->is_header_done() || expects_continue()) return false;
    const auto rest = parser->content_length_remaining();
    return rest && *rest <= kKeptBuffer;
  }

  std::size_t next_read() const {
    if (!parser->is_header_done()) return kSmallRead;
    const auto remaining = parser->content_length_remaining();
    if (!remaining) return kSmallRead * 4;
    return std::clamp<std::size_t>(*remaining, kSmallRead, kLargeRead);
  }
};

}  // namespace mih::api
