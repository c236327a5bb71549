#pragma once

#include <string>
#include <string_view>

#include "core/service.hpp"

namespace mih::core {

/// What is wrong with a service's base_url for its type, for people; "" = nothing. Never shows the
/// password.
std::string fault_of_base_url(const Service& service);

/// Whether a URL has a user, or a query that may hold a key; the query of a broker's has none.
bool may_hold_secret(std::string_view url);

/// A URL with the values of its query masked: keys are often among them.
std::string with_masked_query(std::string_view url);

/// What may be kept of a URL that was made of a base_url: without user and password, and with the
/// values of the base_url's own query masked.
std::string without_secrets_of(std::string_view base_url, std::string_view url);
/// The way back, with what the base_url has now; a URL that was not made of it stays as it is.
std::string with_secrets_of(std::string_view base_url, std::string url);

}  // namespace mih::core
