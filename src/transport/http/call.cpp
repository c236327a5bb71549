#include "transport/http/call.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>

#include "base/header.hpp"
#include "base/uuid.hpp"
#include "transport/http/authenticate.hpp"
#include "transport/http/redirect.hpp"
#include "transport/http/retry_after.hpp"
#include "transport/pem_file.hpp"

namespace mih::transport {
namespace {

using core::Failure;

constexpr std::string_view kUserAgent = "MoodleIntegrationHub/" MIH_VERSION;
constexpr std::chrono::milliseconds kConnectTimeout{10'000};
constexpr std::size_t kMostHeaderBytes = 256 * 1024;
/// A longer body is not read to its end; the answer counts all the same.
constexpr std::size_t kMostBodyBytes = 1024 * 1024;
constexpr int kMostRedirects = 3;
/// Shorter than the idle timeout of most servers and load balancers.
constexpr long kIdleConnectionSeconds = 55;

constexpr std::array<std::string_view, 5> kMethods{"POST", "GET", "PUT", "PATCH", "DELETE"};

template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
  curl_easy_setopt(handle, option, value);
}

bool is_signing(const core::Service& service) {
  return !service.signing_secret.empty() || !service.signing_secret_old.empty();
}

bool starts_like(std::string_view text, std::string_view prefix) {
  return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::optional<IpAddress> address_of(const curl_sockaddr& address) {
  IpAddress ip;
  if (address.family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.addr, sizeof v4);
    std::memcpy(ip.bytes.data(), &v4.sin_addr, 4);
    return ip;
  }
  if (address.family == AF_INET6) {
    // curl_sockaddr has room for the address at its end, see curl/curl.h.
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address.addr, std::min<std::size_t>(address.addrlen, sizeof v6));
    std::memcpy(ip.bytes.data(), &v6.sin6_addr, 16);
    ip.is_v4 = false;
    return ip;
  }
  return std::nullopt;
}

Failure failure_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
      return Failure::kRefused;
    case CURLE_COULDNT_RESOLVE_HOST:
      return Failure::kDns;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return Failure::kProxy;
    case CURLE_OPERATION_TIMEDOUT:
      return Failure::kTimeout;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
      return Failure::kReset;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_USE_SSL_FAILED:
      return Failure::kTls;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return Failure::kSecret;
    case CURLE_URL_MALFORMAT:
      return Failure::kInvalid;
    default:
      return Failure::kOther;
  }
}

}  // namespace

Call::Call(const Guard& guard, const Clock& clock)
    : guard_(guard), clock_(clock), handle_(curl_easy_init()) {
  if (!handle_) throw std::bad_alloc{};
  set_up_handle();
}

void Call::set_up_handle() {
  CURL* h = handle();
  set(h, CURLOPT_PRIVATE, this);
  set(h, CURLOPT_ERRORBUFFER, error_text_.data());
  set(h, CURLOPT_HEADERFUNCTION, &Call::on_header);
  set(h, CURLOPT_HEADERDATA, this);
  set(h, CURLOPT_WRITEFUNCTION, &Call::on_body);
  set(h, CURLOPT_WRITEDATA, this);
  set(h, CURLOPT_OPENSOCKETFUNCTION, &Call::on_open_socket);
  set(h, CURLOPT_OPENSOCKETDATA, this);
  set(h, CURLOPT_PREREQFUNCTION, &Call::on_request);
  set(h, CURLOPT_PREREQDATA, this);
  set(h, CURLOPT_USERAGENT, kUserAgent.data());
  set(h, CURLOPT_PROTOCOLS_STR, "http,https");
  set(h, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(h, CURLOPT_PROXY, "");  // http_proxy and the like in the environment are not for us
  set(h, CURLOPT_NOPROXY, "");
  set(h, CURLOPT_FOLLOWLOCATION, 0L);
  set(h, CURLOPT_PATH_AS_IS, 1L);
  set(h, CURLOPT_NOSIGNAL, 1L);
  set(h, CURLOPT_QUICK_EXIT, 1L);  // else a hanging name resolution would hold up the thread
  set(h, CURLOPT_TCP_NODELAY, 1L);
  set(h, CURLOPT_TCP_KEEPALIVE, 1L);
  set(h, CURLOPT_MAXAGE_CONN, kIdleConnectionSeconds);
  set(h, CURLOPT_SSL_VERIFYPEER, 1L);
  set(h, CURLOPT_SSL_VERIFYHOST, 2L);
  set(h, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
}

std::optional<core::Reply> Call::prepare(CallId id, core::Request request) {
  id_ = id;
  request_ = std::move(request);
  url_ = request_.url;
  started_ = clock_.now().steady;
  redirects_ = 0;
  guard_refusal_.clear();
  checking_ = !request_.service->proxy.empty() && !request_.trusted_host;
  addresses_checked_ = 0;
  signed_id_ = request_.delivery_id;
  if (auto fault = pem_files_fault(*request_.service); !fault.empty()) {
    return failed(Failure::kSecret, std::move(fault));
  }
  set_identity();
  return set_request();
}

/// The handle is made anew when what it shows or trusts is another service's.
void Call::set_identity() {
  const core::Service& service = *request_.service;
  Identity wanted{service.ca_file, service.client_cert, service.client_key, service.proxy};
  if (wanted == identity_) return;
  identity_ = std::move(wanted);
  CURL* h = handle();
  curl_easy_reset(h);
  set_up_handle();
  if (!identity_.ca_file.empty()) {
    set(h, CURLOPT_CAINFO, identity_.ca_file.c_str());  // besides the system's CA directory
  }
  if (identity_.client_cert.empty()) return;
  // PEM text, or the name of a file with it.
  const auto give = [h](std::string& pem, CURLoption as_blob, CURLoption as_file) {
    if (!is_pem(pem)) return set(h, as_file, pem.c_str());
    curl_blob blob{pem.data(), pem.size(), CURL_BLOB_COPY};
    set(h, as_blob, &blob);
  };
  set(h, CURLOPT_SSLCERTTYPE, "PEM");
  set(h, CURLOPT_SSLKEYTYPE, "PEM");
  give(identity_.client_cert, CURLOPT_SSLCERT_BLOB, CURLOPT_SSLCERT);
  give(identity_.client_key, CURLOPT_SSLKEY_BLOB, CURLOPT_SSLKEY);
}

void Call::set_route() {
  CURL* h = handle();
  set(h, CURLOPT_PROXY, checking_ ? "" : identity_.proxy.c_str());
  // A connection that the guard did not judge is for this call alone: the guard is asked when one
  // is opened, and not when a kept one is used again. For a check one has to be opened.
  set(h, CURLOPT_FRESH_CONNECT, request_.trusted_host || checking_ ? 1L : 0L);
  set(h, CURLOPT_FORBID_REUSE, request_.trusted_host ? 1L : 0L);
}

std::optional<core::Reply> Call::set_request() {
  requests_started_ = 0;
  lost_ = cut_ = false;
  header_bytes_ = body_bytes_ = 0;
  reply_ = {};
  error_text_[0] = '\0';

  if (!starts_like(url_, "http://") && !starts_like(url_, "https://")) {
    return failed(Failure::kInvalid, "the URL must begin with http:// or https://");
  }
  if (std::ranges::find(kMethods, request_.method) == kMethods.end()) {
    return failed(Failure::kInvalid, fmt::format("\"{}\" is not one of the methods {}",
                                                 request_.method, fmt::join(kMethods, ", ")));
  }
  set_route();
  if (auto refused = set_headers()) return refused;
  CURL* h = handle();
  if (curl_easy_setopt(h, CURLOPT_URL, url_.c_str()) != CURLE_OK) {
    return failed(Failure::kInvalid, "the URL is too long");
  }
  if (request_.body.empty() && request_.method != "POST") {
    set(h, CURLOPT_HTTPGET, 1L);
  } else {
    set(h, CURLOPT_POST, 1L);
    set(h, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(h, CURLOPT_POSTFIELDS, request_.body.data());
  }
  set(h, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  set_timeout();
  return std::nullopt;
}

std::optional<core::Reply> Call::set_headers() {
  const auto credentials = credentials_of(*request_.service);
  if (!credentials) return failed(Failure::kSecret, credentials.error().detail);

  headers_.clear();
  if (!credentials->header.empty()) headers_.add(credentials->header, credentials->value);
  const bool is_signed = is_signing(*request_.service);
  if (is_signed) {
    if (signed_id_.empty()) signed_id_ = make_uuid7(clock_.now().wall);
    const auto time = to_unix_s(clock_.now().wall);
    const auto signature = signature_of(*request_.service, signed_id_, time, request_.body);
    if (!signature) return failed(Failure::kSecret, signature.error().detail);
    headers_.add("webhook-timestamp", std::to_string(time));
    headers_.add("webhook-signature", *signature);
  }
  if (!signed_id_.empty() && !headers_.add("webhook-id", signed_id_)) {
    return failed(Failure::kInvalid, "the delivery id cannot be sent as a header");
  }
  for (const auto& [name, value] : request_.headers) {
    const auto is_this = [&](std::string_view own) { return equal_ignoring_case(own, name); };
    // Framing is libcurl's business: a template must not be able to change it.
    if (is_connection_header(name)) continue;
    const bool is_ours =
        (!credentials->header.empty() && is_this(credentials->header)) ||
        (!signed_id_.empty() && is_this("webhook-id")) ||
        (is_signed && (is_this("webhook-timestamp") || is_this("webhook-signature")));
    if (is_ours) continue;
    if (!headers_.add(name, value)) {
      return failed(Failure::kInvalid,
                    fmt::format("the header \"{}\" has a character that is not allowed there",
                                is_header_name(name) ? name : "?"));
    }
  }
  if (request_.service->auth_type == core::AuthType::kOauth2 && !headers_.has("Authorization")) {
    return failed(Failure::kSecret, fmt::format("service {}: there is no OAuth token; nothing was "
                                                "sent",
                                                request_.service->name));
  }
  if (!headers_.has("Accept")) headers_.add("Accept", "application/json");
  if (!request_.body.empty() && !headers_.has("Content-Type")) {
    headers_.add("Content-Type", "application/json");
  }
  if (request_.body.empty()) headers_.suppress("Content-Type");
  headers_.suppress("Expect");
  set(handle(), CURLOPT_HTTPHEADER, headers_.list());
  return std::nullopt;
}

void Call::set_timeout() {
  const auto used = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed());
  const auto left = std::max(request_.timeout - used, std::chrono::milliseconds{1});
  set(handle(), CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  set(handle(), CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(std::min(left, kConnectTimeout).count()));
}

std::size_t Call::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::size_t bytes = size * count;
  return static_cast<Call*>(self)->take_header({data, bytes}) ? bytes : 0;
}

bool Call::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMostHeaderBytes) return false;
  if (line.starts_with("HTTP/")) reply_.retry_after.reset();  // an interim answer came before
  constexpr std::string_view kName = "retry-after:";
  if (starts_like(line, kName) && !reply_.retry_after) {
    line.remove_prefix(kName.size());
    line = line.substr(0, line.find_first_of("\r\n"));
    reply_.retry_after = parse_retry_after(line, clock_.now().wall);
  }
  return true;
}

std::size_t Call::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  const std::size_t bytes = size * count;
  return static_cast<Call*>(self)->take_body({data, bytes}) ? bytes : CURL_WRITEFUNC_ERROR;
}

bool Call::take_body(std::string_view bytes) {
  const std::size_t room = request_.keep_response - reply_.body.size();
  reply_.body += bytes.substr(0, room);
  reply_.truncated = reply_.truncated || bytes.size() > room;
  body_bytes_ += bytes.size();
  cut_ = body_bytes_ > std::max(kMostBodyBytes, request_.keep_response);
  return !cut_;
}

curl_socket_t Call::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& call = *static_cast<Call*>(self);
  const auto ip = address_of(*address);
  const bool to_proxy = !call.identity_.proxy.empty() && !call.checking_;
  const std::string host = host_of(to_proxy ? call.identity_.proxy : call.url_);
  if (!ip || !(call.request_.trusted_host || call.guard_.allows(host, *ip))) {
    call.guard_refusal_ = ip ? Guard::refusal(host, *ip) : "an address of an unknown family";
    return CURL_SOCKET_BAD;
  }
  if (call.checking_) {
    ++call.addresses_checked_;
    return CURL_SOCKET_BAD;  // libcurl goes on with the next address
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// libcurl is about to write a request. A second time in one hop means that it repeats it because a
/// kept connection broke; only harmless if nothing of it was written.
int Call::on_request(void* self, char*, char*, int, int) {
  auto& call = *static_cast<Call*>(self);
  if (++call.requests_started_ == 1) return CURL_PREREQFUNC_OK;
  long written = 0;
  curl_easy_getinfo(call.handle(), CURLINFO_REQUEST_SIZE, &written);
  call.lost_ = written > 0;
  return call.lost_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

std::optional<core::Reply> Call::finish(CURLcode code) {
  if (checking_) return finish_check(code);
  if (code == CURLE_WRITE_ERROR && cut_) code = CURLE_OK;
  if (code != CURLE_OK) return failure(code);
  if (follow_redirect()) return set_request();
  return answer();
}

std::optional<core::Reply> Call::finish_check(CURLcode code) {
  if (!guard_refusal_.empty() || addresses_checked_ == 0) return failure(code);
  checking_ = false;
  return set_request();
}

bool Call::follow_redirect() {
  if (!request_.service->follow_redirects || redirects_ == kMostRedirects) return false;
  long status = 0;
  const char* location = nullptr;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle(), CURLINFO_REDIRECT_URL, &location);
  if (!location || !may_follow(static_cast<int>(status), url_, location)) return false;
  ++redirects_;
  checking_ = !identity_.proxy.empty() && !request_.trusted_host;
  addresses_checked_ = 0;
  if (status == 303) {
    request_.method = "GET";
    request_.body.clear();
  }
  url_ = location;
  return true;
}

core::Reply Call::answer() {
  long status = 0;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  reply_.http_status = static_cast<int>(status);
  reply_.latency = elapsed();
  return std::move(reply_);
}

core::Reply Call::failure(CURLcode code) {
  const std::string_view text = error_text_[0] ? error_text_.data() : curl_easy_strerror(code);
  if (!guard_refusal_.empty() && code == CURLE_COULDNT_CONNECT) {
    return failed(Failure::kGuard, guard_refusal_);
  }
  if (lost_) code = CURLE_GOT_NOTHING;
  if (header_bytes_ > kMostHeaderBytes) {
    return failed(Failure::kOther, target() + ": the headers of the answer are over 256 KiB");
  }
  const Failure kind = failure_of(code);
  if (!identity_.proxy.empty() && !checking_ && requests_started_ == 0 &&
      (kind == Failure::kRefused || kind == Failure::kDns || kind == Failure::kReset)) {
    return failed(Failure::kProxy, fmt::format("proxy of {}: {}", target(), text));
  }
  switch (kind) {
    case Failure::kRefused: {
      long number = 0;
      curl_easy_getinfo(handle(), CURLINFO_OS_ERRNO, &number);
      const std::string reason = number == 0
                                     ? "cannot connect"
                                     : std::generic_category().message(static_cast<int>(number));
      return failed(kind, fmt::format("{}: {}", target(), reason));
    }
    case Failure::kDns:
      return failed(kind, fmt::format("the name {} cannot be resolved", host_of(url_)));
    case Failure::kTimeout: {
      const double seconds = std::chrono::duration<double>(request_.timeout).count();
      return failed(kind,
                    fmt::format("{}: {} within {} s", target(),
                                requests_started_ == 0 ? "no connection" : "no complete answer",
                                requests_started_ == 0 ? std::min(seconds, 10.0) : seconds));
    }
    case Failure::kReset:
      return failed(kind, target() + ": the connection was lost before the answer was complete");
    case Failure::kInvalid:
      return failed(kind, "the URL is malformed");
    default:
      return failed(kind, fmt::format("{}: {}", target(), text));
  }
}

core::Reply Call::abandon(std::string why) {
  return failed(Failure::kOther, std::move(why));
}

core::Reply Call::failed(Failure failure, std::string error) const {
  core::Reply reply;
  reply.failure = failure;
  reply.error = std::move(error);
  reply.latency = elapsed();
  return reply;
}

std::string Call::target() const {
  return authority_of(url_);
}

std::chrono::microseconds Call::elapsed() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().steady - started_);
}

}  // namespace mih::transport
