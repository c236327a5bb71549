#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "store/store.hpp"

namespace mih::api {

/// The parameters of a query string, decoded. Faults are collected; check() reports them together.
class Query {
 public:
  explicit Query(std::string_view query);

  /// The first value of that name, "" when it is not there.
  std::string text(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name);
  std::optional<bool> flag(std::string_view name);
  /// `limit` 1..500 (50) and `cursor`.
  store::Page page();

  void fault(std::string_view name, std::string message);
  /// kValidationFailed naming every faulty parameter.
  Result<void> check();

 private:
  const std::string* find(std::string_view name) const;

  std::vector<std::pair<std::string, std::string>> parameters_;
  std::vector<FieldError> faults_;
};

/// kValidationFailed made of field faults, whose detail is the first of them.
std::unexpected<Error> invalid(std::vector<FieldError> faults);
std::unexpected<Error> invalid(std::string field, std::string message);

}  // namespace mih::api
