#pragma once

#include <memory>
#include <string_view>

#include "api/call.hpp"
#include "core/service.hpp"

/// Steps that several service routes share.
namespace mih::api {

/// The service as it is in force; kServiceNotFound.
Result<std::shared_ptr<const core::Service>> find_service(const Call& call, std::string_view name);

/// Makes it durable and in force.
async::Task<Result<core::Service>> save_service(Call& call, core::Service service);

/// The service with its circuit and figures, and its ETag.
async::Task<Result<Response>> show_service(Call& call, core::Service service, int status = 200);

/// The header that the transport will add for authentication, its secret hidden.
void add_masked_authentication(core::Headers& headers, const core::Service& service);

}  // namespace mih::api
