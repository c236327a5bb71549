#pragma once

#include "api/body.hpp"
#include "core/service_call.hpp"

namespace mih::api {

/// Reads endpoint, method, payload and headers of a call. Methods are read in any case; those that
/// are not given are `otherwise`.
core::ServiceCall read_service_call(ObjectReader& reader, core::HttpMethod otherwise);

}  // namespace mih::api
