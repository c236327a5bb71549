#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace mih::engine {

/// The named secrets of templates at one moment.
struct Secrets {
  std::map<std::string, std::string> values;
  bool hidden = false;  ///< for people who may not see what is made of them
};

/// For Scope::secret; `secrets` may be null and outlives the rendering.
inline std::function<std::optional<std::string>(const std::string&)> find_in(
    const Secrets* secrets) {
  return [secrets](const std::string& name) -> std::optional<std::string> {
    if (secrets == nullptr) return std::nullopt;
    const auto found = secrets->values.find(name);
    if (found == secrets->values.end()) return std::nullopt;
    return found->second;
  };
}

}  // namespace mih::engine
