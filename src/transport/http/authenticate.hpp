#pragma once

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

}  // namespace mih::transport
