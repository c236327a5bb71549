#include "core/field_changes.hpp"

#include "base/json.hpp"
#include "base/json_compact.hpp"

namespace mih::core {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

/// The text itself when it is not JSON.
std::string comparable(const JsonText& json) {
  json::Document document;
  return document.parse(json.text) ? json::compact(document.root()) : json.text;
}

template <class T>
bool same(const Field<T>& field, const T& before, const T& after) {
  return std::visit(
      Overloaded{
          [&](const Choice<T>& choice) { return choice.get(before) == choice.get(after); },
          [&](JsonText T::* member) {
            return comparable(before.*member) == comparable(after.*member);
          },
          [&](auto member) { return before.*member == after.*member; },
      },
      field.access);
}

}  // namespace

template <class T>
std::vector<std::string_view> changed_fields(std::span<const Field<T>> fields, const T& before,
                                             const T& after) {
  std::vector<std::string_view> changed;
  for (const auto& field : fields) {
    if (!same(field, before, after)) changed.push_back(field.name);
  }
  return changed;
}

template std::vector<std::string_view> changed_fields(std::span<const Field<Service>>,
                                                      const Service&, const Service&);
template std::vector<std::string_view> changed_fields(std::span<const Field<Rule>>, const Rule&,
                                                      const Rule&);

}  // namespace mih::core
