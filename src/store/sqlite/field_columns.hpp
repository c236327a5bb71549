#pragma once

#include <cmath>
#include <deque>
#include <functional>
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

/// The text of a field made into another one: sealed when it is written, in clear when it is read.
template <class T>
using TextChange = std::function<std::string(const core::Field<T>&, std::string_view)>;

/// Binds fields to a statement. Lives until the statement has run: it holds texts that are bound.
template <class T>
class FieldBinder {
 public:
  FieldBinder(Statement& statement, const T& item, TextChange<T> keep = {})
      : statement_(statement), item_(item), keep_(std::move(keep)) {}

  void bind(const core::Field<T>& field) {
    std::visit(
        detail::Overloaded{
            [&](std::string T::* member) { bind_text(field, item_.*member); },
            [&](bool T::* member) { statement_.bind_next(item_.*member); },
            [&](std::int64_t T::* member) { statement_.bind_next(item_.*member); },
            [&](double T::* member) { statement_.bind_next(item_.*member); },
            [&](std::chrono::milliseconds T::* member) {
              statement_.bind_next(static_cast<double>((item_.*member).count()) / 1000);
            },
            [&](std::vector<std::string> T::* member) {
              statement_.bind_next(texts_.emplace_back(list_to_json(item_.*member)));
            },
            [&](core::Headers T::* member) { bind_text(field, headers_to_json(item_.*member)); },
            [&](core::JsonText T::* member) { statement_.bind_next((item_.*member).text); },
            [&](const core::Choice<T>& choice) { statement_.bind_next(choice.get(item_)); },
        },
        field.access);
  }

 private:
  void bind_text(const core::Field<T>& field, std::string text) {
    if (keep_) text = keep_(field, text);
    statement_.bind_next(texts_.emplace_back(std::move(text)));
  }

  Statement& statement_;
  const T& item_;
  TextChange<T> keep_;
  std::deque<std::string> texts_;
};

template <class T>
void read_field(const Rows& row, int column, const core::Field<T>& field, T& item,
                const TextChange<T>& open = {}) {
  const auto text = [&] {
    return open ? open(field, row.text(column)) : std::string(row.text(column));
  };
  std::visit(detail::Overloaded{
                 [&](std::string T::* member) { item.*member = text(); },
                 [&](bool T::* member) { item.*member = row.integer(column) != 0; },
                 [&](std::int64_t T::* member) { item.*member = row.integer(column); },
                 [&](double T::* member) { item.*member = row.real(column); },
                 [&](std::chrono::milliseconds T::* member) {
                   item.*member = std::chrono::milliseconds{std::llround(row.real(column) * 1000)};
                 },
                 [&](std::vector<std::string> T::* member) {
                   item.*member = list_from_json(row.text(column));
                 },
                 [&](core::Headers T::* member) { item.*member = headers_from_json(text()); },
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
