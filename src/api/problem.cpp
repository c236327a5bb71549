#include "api/problem.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/json.hpp"

namespace mih::api {
namespace {

struct Row {
  ErrorCode code;
  int status;
  std::string_view retry_after = {};  ///< seconds
};

/// Every code that an answer can have, in the order of ErrorCode.
constexpr std::array kTable{
    Row{ErrorCode::kInvalidJson, 400},
    Row{ErrorCode::kValidationFailed, 422},
    Row{ErrorCode::kTemplateInvalid, 422},
    Row{ErrorCode::kFilterInvalid, 422},
    Row{ErrorCode::kUnauthorized, 401},
    Row{ErrorCode::kForbidden, 403},
    Row{ErrorCode::kNotFound, 404},
    Row{ErrorCode::kServiceNotFound, 404},
    Row{ErrorCode::kMethodNotAllowed, 405},
    Row{ErrorCode::kNameTaken, 409},
    Row{ErrorCode::kServiceDisabled, 409},
    Row{ErrorCode::kNotWaiting, 409},
    Row{ErrorCode::kConflict, 409},
    Row{ErrorCode::kChanged, 412},
    Row{ErrorCode::kTooLarge, 413},
    Row{ErrorCode::kUnsupportedMediaType, 415},
    Row{ErrorCode::kBusy, 429, "1"},
    Row{ErrorCode::kRateLimited, 429, "1"},
    Row{ErrorCode::kCircuitOpen, 503, "5"},
    Row{ErrorCode::kDiskFull, 503, "30"},
    Row{ErrorCode::kStarting, 503, "1"},
    Row{ErrorCode::kStoreLocked, 500},
    Row{ErrorCode::kStoreDamaged, 500},
    Row{ErrorCode::kStoreTooNew, 500},
    Row{ErrorCode::kStoreFailed, 500},
    Row{ErrorCode::kConfigInvalid, 500},
    Row{ErrorCode::kLoop, 422},
    Row{ErrorCode::kInternal, 500},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  }
  return kTable.size() == static_cast<std::size_t>(ErrorCode::kInternal) + 1;
}
static_assert(in_order());

const Row& row_of(ErrorCode code) {
  return kTable[static_cast<std::size_t>(code)];
}

std::string document(int status, std::string_view code, std::string_view detail,
                     std::span<const FieldError> fields) {
  json::Writer out;
  out.begin_object();
  out.member("type", "about:blank");
  out.member("title", reason_of(status));
  out.member("status", status);
  out.member("code", code);
  out.member("detail", detail);
  if (!fields.empty()) {
    out.key("errors");
    out.begin_array();
    for (const auto& fault : fields) {
      out.begin_object();
      out.member("field", fault.field);
      if (fault.line > 0) {
        out.member("line", fault.line);
        out.member("column", fault.column);
      }
      out.member("message", fault.message);
      out.end_object();
    }
    out.end_array();
  }
  out.end_object();
  return out.take();
}

}  // namespace

int status_of(ErrorCode code) {
  return row_of(code).status;
}

Response problem(const Error& error) {
  const auto& row = row_of(error.code);
  Response response{.status = row.status,
                    .body = document(row.status, code_name(error.code), error.detail, error.fields),
                    .content_type = "application/problem+json"};
  if (!row.retry_after.empty()) {
    response.headers.emplace_back("Retry-After", std::string(row.retry_after));
  }
  if (error.code == ErrorCode::kUnauthorized) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"mih\"");
  }
  return response;
}

Response problem(int status, std::string_view code, std::string_view detail) {
  return {.status = status,
          .body = document(status, code, detail, {}),
          .content_type = "application/problem+json"};
}

}  // namespace mih::api
