#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "core/service.hpp"
#include "transport/http/header_list.hpp"

namespace mih::transport {

/// The header that proves who we are to this service; "" = none is needed.
struct Credentials {
  std::string header;
  std::string value;
};

/// From the service's authentication fields. What cannot be done as configured is an error that
/// says why (the call fails as kSecret): a request never goes out with less than was asked for.
Result<Credentials> credentials_of(const core::Service& service);

/// The value of `webhook-signature` (Standard Webhooks): a signature for each signing secret of the
/// service; "" when it has none.
Result<std::string> signature_of(const core::Service& service, std::string_view id,
                                 std::int64_t timestamp, std::string_view body);

}  // namespace mih::transport
