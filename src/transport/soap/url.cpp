#include "transport/soap/url.hpp"

#include <curl/curl.h>
#include <memory>

#include "base/header.hpp"
#include "core/base_url.hpp"

namespace mih::transport::soap {
namespace {

struct CleanUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

/// A URL in its parts.
class Url {
 public:
  explicit Url(const std::string& text) {
    valid_ = curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  }

  bool valid() const { return valid_; }
  /// As seen from here.
  bool follow(const std::string& reference) {
    return curl_url_set(url_.get(), CURLUPART_URL, reference.c_str(), CURLU_URLENCODE) == CURLUE_OK;
  }
  /// "" if it is not there.
  std::string get(CURLUPart part, unsigned flags = 0) const {
    char* value = nullptr;
    if (curl_url_get(url_.get(), part, &value, flags) != CURLUE_OK) return {};
    std::string out{value};
    curl_free(value);
    return out;
  }
  void set(CURLUPart part, const std::string& value) {
    curl_url_set(url_.get(), part, value.empty() ? nullptr : value.c_str(), 0);
  }
  bool is_http() const {
    const std::string scheme = get(CURLUPART_SCHEME);
    return scheme == "http" || scheme == "https";
  }

 private:
  std::unique_ptr<CURLU, CleanUrl> url_{curl_url()};
  bool valid_ = false;
};

std::string origin_of(const Url& url) {
  return url.get(CURLUPART_SCHEME) + "://" + url.get(CURLUPART_HOST) + ":" +
         url.get(CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

}  // namespace

std::optional<std::string> resolve_url(const std::string& base, const std::string& reference) {
  Url url{base};
  if (!url.valid() || !url.follow(reference) || !url.is_http()) return std::nullopt;
  url.set(CURLUPART_FRAGMENT, "");
  return url.get(CURLUPART_URL);
}

bool same_origin(const std::string& one, const std::string& other) {
  const Url first{one};
  const Url second{other};
  return first.valid() && second.valid() &&
         equal_ignoring_case(origin_of(first), origin_of(second));
}

std::string without_secrets(const std::string& text) {
  Url url{text};
  if (!url.valid() || url.get(CURLUPART_USER).empty()) return core::with_masked_query(text);
  url.set(CURLUPART_USER, "");
  url.set(CURLUPART_PASSWORD, "");
  return core::with_masked_query(url.get(CURLUPART_URL));
}

std::optional<std::string> address_of(const std::string& wsdl_url, std::string_view location) {
  const Url wsdl{wsdl_url};
  Url url{wsdl_url};
  if (!url.valid()) return std::nullopt;
  if (location.empty()) {
    url.set(CURLUPART_QUERY, "");
  } else if (!url.follow(std::string{location}) || !url.is_http()) {
    return std::nullopt;
  }
  url.set(CURLUPART_FRAGMENT, "");
  if (wsdl.get(CURLUPART_SCHEME) == "https" && url.get(CURLUPART_SCHEME) == "http") {
    if (url.get(CURLUPART_PORT) == "80") url.set(CURLUPART_PORT, "");
    url.set(CURLUPART_SCHEME, "https");
  }
  if (origin_of(wsdl) == origin_of(url) && url.get(CURLUPART_USER).empty()) {
    url.set(CURLUPART_USER, wsdl.get(CURLUPART_USER));
    url.set(CURLUPART_PASSWORD, wsdl.get(CURLUPART_PASSWORD));
  }
  return url.get(CURLUPART_URL);
}

}  // namespace mih::transport::soap
