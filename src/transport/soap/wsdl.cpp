#include "transport/soap/wsdl.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.hpp"

namespace mih::transport::soap {
namespace {

bool is_meant(const Operation& operation, std::string_view endpoint) {
  if (endpoint == operation.name) return true;
  if (!endpoint.ends_with(operation.name)) return false;
  const std::string by_port = operation.port + "/" + operation.name;
  return endpoint == by_port || endpoint == operation.service + "/" + by_port;
}

}  // namespace

Result<std::vector<const Operation*>> Wsdl::find(std::string_view endpoint) const {
  std::vector<const Operation*> found;
  for (const Operation& operation : operations_) {
    if (!is_meant(operation, endpoint)) continue;
    // The first port that has it; another is asked for by name.
    const bool same_port = found.empty() || (found.front()->port == operation.port &&
                                             found.front()->service == operation.service);
    if (same_port) found.push_back(&operation);
  }
  if (!found.empty()) return found;
  std::vector<std::string_view> names;
  for (const Operation& operation : operations_) {
    if (std::ranges::find(names, operation.name) == names.end()) names.push_back(operation.name);
  }
  const std::string_view near = nearest(endpoint.substr(endpoint.rfind('/') + 1), names);
  constexpr std::size_t kMostNames = 30;
  const bool more = names.size() > kMostNames;
  names.resize(std::min(names.size(), kMostNames));
  return fail(ErrorCode::kTemplateInvalid,
              fmt::format("endpoint: the WSDL has no operation \"{}\"{}; it has {}{}", endpoint,
                          near.empty() ? "" : fmt::format(", did you mean \"{}\"?", near),
                          fmt::join(names, ", "), more ? ", ..." : ""));
}

}  // namespace mih::transport::soap
