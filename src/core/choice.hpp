#pragma once

#include <array>
#include <string_view>

#include "core/fields.hpp"

namespace mih::core {

/// A Choice field over an enum member, whose values have the names in `Names`, in order.
/// The empty text stands for the first name.
template <auto Member, const auto& Names, class T, class Enum>
Choice<T> make_choice(Enum T::*) {
  return {std::span<const std::string_view>(Names),
          [](const T& item) { return Names[static_cast<std::size_t>(item.*Member)]; },
          [](T& item, std::string_view name) {
            for (std::size_t i = 0; i < Names.size(); ++i) {
              if (Names[i] != name && !(name.empty() && i == 0)) continue;
              item.*Member = static_cast<Enum>(i);
              return true;
            }
            return false;
          }};
}

template <auto Member, const auto& Names>
auto choice() {
  return make_choice<Member, Names>(Member);
}

}  // namespace mih::core
