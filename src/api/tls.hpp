#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>

#include "base/error.hpp"

namespace mih::api {

/// A TLS context (1.2 and newer) with a certificate chain and its key, both PEM. kConfigInvalid.
Result<std::unique_ptr<boost::asio::ssl::context>> make_tls(
    const std::filesystem::path& certificate, const std::filesystem::path& key);

}  // namespace mih::api
