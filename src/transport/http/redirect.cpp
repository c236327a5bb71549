#include "transport/http/redirect.hpp"

#include <curl/curl.h>
#include <memory>

#include "base/header.hpp"
#include "transport/http/header_list.hpp"

namespace mih::transport {
namespace {

struct Parts {
  std::string scheme;
  std::string host;
  std::string port;
};

std::string part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

Parts split(const std::string& text) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url{curl_url(), &curl_url_cleanup};
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return {};
  Parts parts{part(url.get(), CURLUPART_SCHEME), part(url.get(), CURLUPART_HOST),
              part(url.get(), CURLUPART_PORT)};
  if (parts.host.starts_with('[') && parts.host.ends_with(']')) {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  }
  return parts;
}

}  // namespace

std::string host_of(const std::string& url) {
  return split(url).host;
}

std::string authority_of(const std::string& url) {
  const Parts parts = split(url);
  const bool is_v6 = parts.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + parts.host + "]" : parts.host) + ":" + parts.port;
}

bool may_follow(int status, const std::string& from, const std::string& to) {
  if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
    return false;
  }
  const Parts a = split(from);
  const Parts b = split(to);
  if (a.host.empty() || !equal_ignoring_case(a.host, b.host)) return false;
  if (a.scheme == b.scheme) return a.port == b.port;
  return a.scheme == "http" && b.scheme == "https";
}

}  // namespace mih::transport
