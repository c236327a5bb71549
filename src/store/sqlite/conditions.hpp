#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/sqlite/connection.hpp"

namespace mih::store::sqlite {

/// A SELECT whose conditions depend on a filter.
class Conditions {
 public:
  /// `select` ends before WHERE.
  explicit Conditions(std::string select) : sql_(std::move(select)) {}

  /// `condition` has one `?` for the value.
  void add(std::string_view condition, std::int64_t value) {
    add(condition);
    values_.emplace_back(value);
  }
  void add(std::string_view condition, std::string_view value) {
    add(condition);
    values_.emplace_back(std::string{value});
  }
  void add(std::string_view condition) {
    sql_.append(has_where_ ? " AND " : " WHERE ").append(condition);
    has_where_ = true;
  }
  /// `column` is one of the values.
  void add_any_of(std::string_view column, std::span<const std::int64_t> values) {
    std::string condition{column};
    condition += " IN (";
    for (std::size_t i = 0; i < values.size(); ++i)
      condition += i == 0 ? "?" : ",?";
    add(condition + ")");
    for (const std::int64_t value : values)
      values_.emplace_back(value);
  }
  /// What follows the conditions, with a value for its `?`.
  void end(std::string_view text, std::int64_t value) {
    sql_.append(text);
    values_.emplace_back(value);
  }
  void end(std::string_view text) { sql_.append(text); }

  /// Lives as long as the rows that are read from it; the conditions must outlive it.
  Statement prepare(Connection& connection) const {
    Statement statement{connection, sql_};
    statement.restart();
    for (const auto& value : values_) {
      if (const auto* number = std::get_if<std::int64_t>(&value)) {
        statement.bind_next(*number);
      } else {
        statement.bind_next(std::get<std::string>(value));
      }
    }
    return statement;
  }

 private:
  std::string sql_;
  bool has_where_ = false;
  std::vector<std::variant<std::int64_t, std::string>> values_;
};

/// Ids of the service of that name and of those that had it when they were removed.
std::vector<std::int64_t> service_ids(Connection& connection, std::string_view name);

/// The position of a list: rows below it. 0 means from the newest.
inline std::int64_t below(std::int64_t before) {
  return before > 0 ? before : INT64_MAX;
}

}  // namespace mih::store::sqlite
