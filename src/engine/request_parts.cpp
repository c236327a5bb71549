#include "engine/request_parts.hpp"

#include <algorithm>

#include "base/header.hpp"
#include "engine/escape.hpp"

namespace mih::engine {
namespace {

std::string_view trim_slashes_left(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of('/'), text.size()));
}

}  // namespace

void set_header(core::Headers& headers, std::string_view name, std::string_view value) {
  std::string clean;
  append_header_text(clean, value);
  const auto known = std::ranges::find_if(
      headers, [name](const auto& header) { return equal_ignoring_case(header.first, name); });
  if (known == headers.end()) {
    headers.emplace_back(name, std::move(clean));
  } else {
    *known = {std::string{name}, std::move(clean)};
  }
}

void append_query(std::string& url, std::string_view query) {
  if (query.empty()) return;
  const std::size_t mark = url.find('?');
  if (mark == std::string::npos) {
    url.push_back('?');
  } else if (mark + 1 != url.size() && url.back() != '&') {
    url.push_back('&');
  }
  url += query;
}

std::string join_url(std::string_view base, std::string_view endpoint) {
  base = base.substr(0, base.find('#'));
  endpoint = endpoint.substr(0, endpoint.find('#'));
  const std::size_t base_mark = std::min(base.find('?'), base.size());
  const std::size_t endpoint_mark = std::min(endpoint.find('?'), endpoint.size());

  std::string url{base.substr(0, base_mark)};
  const std::string_view path = trim_slashes_left(endpoint.substr(0, endpoint_mark));
  if (!path.empty()) {
    while (url.ends_with('/'))
      url.pop_back();
    url.push_back('/');
    url += path;
  }
  if (base_mark < base.size()) append_query(url, base.substr(base_mark + 1));
  if (endpoint_mark < endpoint.size()) append_query(url, endpoint.substr(endpoint_mark + 1));
  return url;
}

}  // namespace mih::engine
