#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/fields.hpp"

namespace mih::core {

/// The fields, secrets among them, in which two items differ, by their names. JSON differs by its
/// values, not by white space.
template <class T>
std::vector<std::string_view> changed_fields(std::span<const Field<T>> fields, const T& before,
                                             const T& after);

extern template std::vector<std::string_view> changed_fields(std::span<const Field<Service>>,
                                                             const Service&, const Service&);
extern template std::vector<std::string_view> changed_fields(std::span<const Field<Rule>>,
                                                             const Rule&, const Rule&);

}  // namespace mih::core
