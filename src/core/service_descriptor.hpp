#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "core/fields.hpp"
#include "core/service.hpp"

/// What each type of service has of the fields in service_fields(): forms, the API and the
/// reference page go by it.
namespace mih::core {

inline constexpr std::array<ServiceType, 3> kServiceTypes{ServiceType::kRest, ServiceType::kAmqp,
                                                          ServiceType::kSoap};

struct ServiceField {
  const Field<Service>* field;
  std::string_view help_es;
  std::vector<std::string_view> choices;  ///< that make sense for the type; empty: no choice
};

/// The fields of a type, in the order of service_fields().
std::vector<ServiceField> fields_of(ServiceType type);

/// A service of the type with all defaults.
Service default_service(ServiceType type);

}  // namespace mih::core
