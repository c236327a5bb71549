#pragma once

#include <string>
#include <string_view>

#include "core/service.hpp"

namespace mih::transport {

/// True for PEM text; what else stands in its place is the name of a file.
bool is_pem(std::string_view text);

/// Why the file that `field` names may not be read as certificates or a key; "" when it may, or is
/// not there, which who reads it tells. A pipe or a device has no end, and would hold the thread
/// that reads it, with everybody's calls.
std::string pem_file_fault(const char* field, const std::string& path);

/// The same for all files that the service names.
std::string pem_files_fault(const core::Service& service);

}  // namespace mih::transport
