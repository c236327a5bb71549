#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/hub.hpp"
#include "core/personal.hpp"

namespace mih::api {

/// What the privacy routes ask of the hub. Answers as those of Hub.
class PersonalData {
 public:
  virtual ~PersonalData() = default;

  /// Answers when the request is durable; it goes on over restarts.
  virtual void erase(std::string site, std::int64_t user, Answer<core::Erasure> answer) = 0;
  virtual void find_erasure(std::int64_t id, Answer<std::optional<core::Erasure>> answer) = 0;
};

/// The hub's side of it.
PersonalData& personal_data_of(Hub& hub);
/// As GET /jobs/{id} shows it.
std::string erasure_body(const core::Erasure& erasure);

}  // namespace mih::api
