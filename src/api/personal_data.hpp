#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "core/personal.hpp"

namespace mih::api {

/// What the privacy routes ask of the hub. Answers as those of Hub.
class PersonalData {
 public:
  template <class T>
  using Answer = std::move_only_function<void(Result<T>)>;

  virtual ~PersonalData() = default;

  /// Answers when the request is durable; it goes on over restarts.
  virtual void erase(std::string site, std::int64_t user, Answer<core::Erasure> answer) = 0;
  virtual void find_erasure(std::int64_t id, Answer<std::optional<core::Erasure>> answer) = 0;
};

/// As GET /jobs/{id} shows it.
std::string erasure_body(const core::Erasure& erasure);

}  // namespace mih::api
