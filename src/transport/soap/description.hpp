#pragma once

#include <expected>
#include <memory>
#include <string>

#include "base/hash.hpp"
#include "core/exchange.hpp"
#include "transport/soap/wsdl.hpp"

namespace mih::transport::soap {

/// A WSDL with all that it imports, as it was loaded from somewhere.
struct Description {
  std::shared_ptr<const Wsdl> wsdl;
  std::string url;
  Sha256 content{};  ///< of all its documents: tells whether anything changed
};

/// Why a description could not be loaded.
struct LoadError {
  core::Failure failure = core::Failure::kDescription;
  std::string text;  ///< for people; names the document
};

using Loaded = std::expected<std::shared_ptr<const Description>, LoadError>;

/// What the loading depends on: services that have it in common share one description.
using SourceKey = Sha256;
SourceKey source_of(const core::Service& service);

}  // namespace mih::transport::soap
