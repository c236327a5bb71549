#pragma once

#include <cmath>
#include <deque>
#include <span>
#include <string>

#include "core/fields.hpp"
#include "store/sqlite/codec.hpp"
#include "store/sqlite/connection.hpp"

/// Columns of services, rules and settings, derived from the description of their fields.
namespace mih::store::sqlite {

namespace detail {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace detail

/// Binds fields to a statement. Lives until the statement has run: it holds texts that are bound.
template <class T>
class FieldBinder {
 public:
  FieldBinder(Statement& statement, const T& item) : statement_(statement), item_(item) {}

  void bind(const core::Field<T>& field) {
    std::visit(detail::Overloaded{
                   [&](std::string T::* member) { statement_.bind_next(item_.*member); },
                   [&](bool T::* member) { statement_.bind_next(item_.*member); },
                   [&](std::int64_t T::* member) { statement_.bind_next(item_.*member); },
                   [&](double T::* member) { statement_.bind_next(item_.*member); },
                   [&](std::chrono::milliseconds T::* member) {
                     statement_.bind_next(static_cast<double>((item_.*member).count()) / 1000);
                   },
                   [&](std::vector<std::string> T::* member) {
                     statement_.bind_next(texts_.emplace_back(list_to_json(item_.*member)));
                   },
                   [&](core::Headers T::* member) {
                     statement_.bind_next(texts_.emplace_back(headers_to_json(item_.*member)));
                   },
                   [&](core::JsonText T::* member) { statement_.bind_next((item_.*member).text); },
                   [&](const core::Choice<T>& choice) { statement_.bind_next(choice.get(item_)); },
               },
               field.access);
  }

 private:
  Statement& statement_;
  const T& item_;
  std::deque<std::string> texts_;
};

template <class T>
void read_field(const Rows& row, int column, const core::Field<T>& field, T& item) {
  std::visit(
      detail::Overloaded{
          [&](std::string T::* member) { item.*member = row.text(column); },
          [&](bool T::* member) { item.*member = row.integer(column) != 0; },
          [&](std::int64_t T::* member) { item.*member = row.integer(column); },
          [&](double T::* member) { item.*member = row.real(column); },
          [&](std::chrono::milliseconds T::* member) {
            item.*member = std::chrono::milliseconds{std::llround(row.real(column) * 1000)};
          },
          [&](std::vector<std::string> T::* member) {
            item.*member = list_from_json(row.text(column));
          },
          [&](core::Headers T::* member) { item.*member = headers_from_json(row.text(column)); },
          [&](core::JsonText T::* member) { (item.*member).text = row.text(column); },
          [&](const core::Choice<T>& choice) { choice.set(item, row.text(column)); },
      },
      field.access);
}

/// `"name", "type", ...`
template <class T>
std::string column_names(std::span<const core::Field<T>> fields) {
  std::string names;
  for (const auto& field : fields) {
    if (!names.empty()) names += ", ";
    names.append("\"").append(field.name).append("\"");
  }
  return names;
}

/// `"name" = ?, "type" = ?, ...`
template <class T>
std::string column_assignments(std::span<const core::Field<T>> fields) {
  std::string assignments;
  for (const auto& field : fields) {
    if (!assignments.empty()) assignments += ", ";
    assignments.append("\"").append(field.name).append("\" = ?");
  }
  return assignments;
}

}  // namespace mih::store::sqlite
