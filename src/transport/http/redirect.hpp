#pragma once

#include <string>

namespace mih::transport {

/// Host of a URL as libcurl reads it, without brackets; "" when there is none.
std::string host_of(const std::string& url);
/// "host:port", never user or password; the URL must not be shown where it may hold secrets.
std::string authority_of(const std::string& url);

/// Whether an answer's redirect may be followed: statuses 301, 302, 303, 307, 308, to the same host
/// on the same port, or from http to https on the same host; never from https to http. The method
/// and the body stay (a delivery must not turn into an empty GET), except that 303 asks for a GET.
bool may_follow(int status, const std::string& from, const std::string& to);

}  // namespace mih::transport
