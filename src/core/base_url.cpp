#include "core/base_url.hpp"

#include "base/header.hpp"
#include "core/amqp_address.hpp"
#include "core/fields.hpp"
#include "core/text_faults.hpp"

namespace mih::core {
namespace {

/// The query without '?' and what follows it; empty when there is none.
std::string_view query_of(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const auto mark = url.find('?');
  return mark == std::string_view::npos ? std::string_view{} : url.substr(mark + 1);
}

std::string masked(std::string_view query) {
  std::string out;
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    const auto equals = part.find('=');
    const bool is_pair = equals != std::string_view::npos;
    if (is_pair) out += part.substr(0, equals + 1);
    if (equal_ignoring_case(part, "wsdl")) {
      out += part;  // asks for a description, in many toolkits
    } else if (!part.empty() && equals + 1 != part.size()) {
      out += kMask;
    }
    query.remove_prefix(part.size());
    if (!query.empty()) {
      out += '&';
      query.remove_prefix(1);
    }
  }
  return out;
}

/// The URL with `from` at the beginning of its query replaced.
std::string with_query(std::string_view url, std::string_view from, std::string_view to) {
  const auto query = query_of(url);
  const bool begins = !from.empty() && query.starts_with(from) &&
                      (query.size() == from.size() || query[from.size()] == '&');
  std::string out(url);
  if (!begins) return out;
  return out.replace(static_cast<std::size_t>(query.data() - url.data()), from.size(), to);
}

/// User and password with the '@', empty when there are none; `begin` is where they stand.
std::string_view userinfo_of(std::string_view url, std::size_t& begin) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  begin = scheme + 3;
  const auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  const auto at = authority.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : authority.substr(0, at + 1);
}

}  // namespace

std::string fault_of_base_url(const Service& service) {
  if (auto fault = fault_of_line(service.base_url); !fault.empty()) return fault;
  if (service.type == ServiceType::kAmqp) {
    const auto address = parse_amqp_address(service.base_url);
    return address ? "" : address.error().detail;
  }
  return fault_of_http_url(service.base_url);
}

bool may_hold_secret(std::string_view url) {
  std::size_t begin = 0;
  if (!userinfo_of(url, begin).empty()) return true;
  const bool broker = url.starts_with("amqp://") || url.starts_with("amqps://");
  return !broker && !query_of(url).empty();
}

std::string with_masked_query(std::string_view url) {
  const auto query = query_of(url);
  return with_query(url, query, masked(query));
}

std::string without_secrets_of(std::string_view base_url, std::string_view url) {
  std::size_t begin = 0;
  const auto userinfo = userinfo_of(url, begin);
  std::string out(url);
  out.erase(begin, userinfo.size());
  const auto query = query_of(base_url);
  return with_query(out, query, masked(query));
}

std::string with_secrets_of(std::string_view base_url, std::string url) {
  std::size_t begin = 0;
  const auto userinfo = userinfo_of(base_url, begin);
  const auto host = base_url.substr(begin, base_url.find_first_of("/?#", begin) - begin);
  const auto bare = std::string{base_url.substr(0, begin)}.append(host.substr(userinfo.size()));
  const bool same = url.starts_with(bare) && (url.size() == bare.size() ||
                                              std::string_view{"/?#"}.contains(url[bare.size()]));
  if (!same) return url;
  url.insert(begin, userinfo);
  const auto query = query_of(base_url);
  return with_query(url, masked(query), query);
}

}  // namespace mih::core
