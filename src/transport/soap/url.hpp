#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mih::transport::soap {

/// `reference` (a schemaLocation) as seen from the document at `base`; empty if it is no http or
/// https URL then. A fragment is left out.
std::optional<std::string> resolve_url(const std::string& base, const std::string& reference);

/// True if both are of one scheme, host and port.
bool same_origin(const std::string& one, const std::string& other);

/// For people: user name and password are left out, values of the query masked.
std::string without_secrets(const std::string& url);

/// Where calls are posted to: the `location` of a soap:address, as seen from the WSDL; without one,
/// where the WSDL is, without its query. A WSDL that came over https never leads to http: servers
/// behind a proxy often do not know that they are spoken to over TLS. A password in the URL of the
/// WSDL holds for the same server. Empty if it is no URL.
std::optional<std::string> address_of(const std::string& wsdl_url, std::string_view location);

}  // namespace mih::transport::soap
