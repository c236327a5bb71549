#pragma once

#include <string>
#include <string_view>

/// What is wrong with the text of a field and what to do about it, for people; "" = nothing. None
/// repeats the text: it may be a secret.
namespace mih::core {

/// A text that ends up in a header, a login, a URL: without line breaks and control characters.
std::string fault_of_line(std::string_view text);
/// The name of a header that carries a credential.
std::string fault_of_credential_header(std::string_view name);
/// A user name for basic authentication (RFC 7617).
std::string fault_of_basic_user(std::string_view user);
/// An address over HTTP: http:// or https://, a host, perhaps a port. User and password may stand
/// before the host.
std::string fault_of_http_url(std::string_view url);
/// The address of a token endpoint, which gets the client's id and secret: without others in it.
std::string fault_of_token_url(std::string_view url);
/// A proxy of one of the kinds that HTTP requests can go through.
std::string fault_of_proxy(std::string_view url);

}  // namespace mih::core
