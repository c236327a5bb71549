#include "cli/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <memory>

namespace mih::cli {
namespace {

constexpr long kConnectSeconds = 10;
constexpr std::chrono::seconds kNoTimeout{0};
constexpr std::chrono::seconds kPatience{10};

std::size_t append(char* data, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

std::unexpected<Error> unreachable(const Target& target, CURLcode code) {
  if (!target.url.empty()) {
    return fail(ErrorCode::kInternal,
                fmt::format("no answer from {}: {}", target.url, curl_easy_strerror(code)));
  }
  return fail(ErrorCode::kInternal,
              fmt::format("no hub answers at {} ({}); start it with mih serve --data {}, name its "
                          "directory with --data, or use --url and --token",
                          target.socket.string(), curl_easy_strerror(code),
                          target.socket.parent_path().string()));
}

}  // namespace

Client::Client(Target target) : target_(std::move(target)), handle_(curl_easy_init()) {
  if (!handle_) throw std::bad_alloc{};
  while (target_.url.ends_with('/'))
    target_.url.pop_back();
}

Client::~Client() {
  curl_easy_cleanup(handle_);
}

Result<Answer> Client::send(std::string_view method, std::string_view path, std::string_view body,
                            std::string_view content_type) {
  return perform(std::string(method), fmt::format("/api/v1{}", path), body, content_type,
                 kNoTimeout);
}

Result<Answer> Client::get(const std::string& path) {
  return perform("GET", path, {}, {}, kPatience);
}

Result<Answer> Client::perform(const std::string& verb, const std::string& path,
                               std::string_view body, std::string_view content_type,
                               std::chrono::seconds timeout) {
  const std::string url =
      fmt::format("{}{}", target_.url.empty() ? "http://localhost" : target_.url, path);
  const std::string type = fmt::format("Content-Type: {}", content_type);
  const std::string bearer = "Authorization: Bearer " + target_.token;

  curl_slist* headers = curl_slist_append(nullptr, body.empty() ? "Content-Type:" : type.c_str());
  headers = curl_slist_append(headers, "Expect:");
  if (!target_.token.empty()) headers = curl_slist_append(headers, bearer.c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> owner{headers,
                                                                          &curl_slist_free_all};
  Answer answer;
  CURL* h = handle_;
  curl_easy_reset(h);
  if (target_.url.empty()) {
    curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, target_.socket.c_str());
    curl_easy_setopt(h, CURLOPT_PROXY, "");
  }
  curl_easy_setopt(h, CURLOPT_URL, url.c_str());
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(h, CURLOPT_TIMEOUT, static_cast<long>(timeout.count()));
  curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, &answer.body);
  if (!body.empty() || verb == "POST" || verb == "PUT") {
    curl_easy_setopt(h, CURLOPT_POST, 1L);
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(h, CURLOPT_POSTFIELDS, body.data());
  }
  curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, verb.c_str());
  if (const CURLcode code = curl_easy_perform(h); code != CURLE_OK) {
    return unreachable(target_, code);
  }
  long status = 0;
  curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                               (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                               c == '~';
    if (is_unreserved) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

QueryText& QueryText::add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  text_ += text_.empty() ? '?' : '&';
  text_ += name;
  text_ += '=';
  text_ += encoded(value);
  return *this;
}

}  // namespace mih::cli
