#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mih {

/// What kind of failure it is. The names are the `code` of a problem document (RFC 9457).
enum class ErrorCode : std::uint8_t {
  kInvalidJson,
  kValidationFailed,
  kTemplateInvalid,
  kFilterInvalid,
  kUnauthorized,
  kForbidden,
  kNotFound,
  kServiceNotFound,
  kMethodNotAllowed,
  kNameTaken,
  kServiceDisabled,
  kNotWaiting,
  kConflict,
  kChanged,
  kTooLarge,
  kUnsupportedMediaType,
  kBusy,
  kRateLimited,
  kCircuitOpen,
  kDiskFull,
  kStarting,
  kStoreLocked,
  kStoreDamaged,
  kStoreTooNew,
  kStoreFailed,
  kConfigInvalid,
  kLoop,
  kInternal,
};

/// The wire name, for instance "invalid_json".
std::string_view code_name(ErrorCode code);

/// One fault in one field of the input. `line` and `column` count from 1 in code points; 0 =
/// unknown.
struct FieldError {
  std::string field;
  std::string message;
  int line = 0;
  int column = 0;
};

/// An expected failure: what went wrong, with what, and what to do about it.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string detail;
  std::vector<FieldError> fields;
};

template <class T>
using Result = std::expected<T, Error>;

/// Shorthand for `return fail(ErrorCode::kNotFound, "...")`.
inline std::unexpected<Error> fail(ErrorCode code, std::string detail,
                                   std::vector<FieldError> fields = {}) {
  return std::unexpected(Error{code, std::move(detail), std::move(fields)});
}

/// Passes on the error of another result.
template <class T>
std::unexpected<Error> fail(Result<T>& result) {
  return std::unexpected(std::move(result.error()));
}

}  // namespace mih
